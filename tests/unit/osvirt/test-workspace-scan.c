/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/workspace-scan.h"

#include "tree.h"

typedef struct {
  char *root;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->root = g_dir_make_tmp ("domicile-XXXXXX", NULL);
  tree_write (f->root, "top.domicile/workspace.json", "{}", 0644);
  tree_write (f->root, "a/b/deep.domicile/workspace.json", "{}", 0644);
  tree_write (f->root, ".hidden/h.domicile/workspace.json", "{}", 0644);
  tree_write (f->root, "empty.domicile/other", "", 0644);
  tree_write (f->root, "not-a-workspace/workspace.json", "{}", 0644);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  tree_remove (f->root);
  g_free (f->root);
}

static gboolean
finds (GPtrArray *found, const char *root, const char *path)
{
  g_autofree char *full = g_build_filename (root, path, NULL);

  return g_ptr_array_find_with_equal_func (found, full, g_str_equal, NULL);
}

static void
test_depth (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) top = workspace_scan (f->root, 1, NULL);
  g_autoptr (GPtrArray) deep = workspace_scan (f->root, 3, NULL);

  g_assert_cmpuint (top->len, ==, 1);
  g_assert_true (finds (top, f->root, "top.domicile"));
  g_assert_cmpuint (deep->len, ==, 2);
  g_assert_true (finds (deep, f->root, "a/b/deep.domicile"));
}

static void
test_links (Fixture *f, gconstpointer data)
{
  g_autofree char *loop = g_build_filename (f->root, "a/loop", NULL);
  g_autofree char *link = g_build_filename (f->root, "link.domicile", NULL);

  g_assert_cmpint (symlink ("..", loop), ==, 0);
  g_assert_cmpint (symlink ("top.domicile", link), ==, 0);
  g_autoptr (GPtrArray) found = workspace_scan (f->root, 16, NULL);
  g_assert_cmpuint (found->len, ==, 2);
}

static void
test_bound (Fixture *f, gconstpointer data)
{
  for (int i = 0; i < 300; i++) {
    g_autofree char *path = g_strdup_printf ("many/%d.domicile/workspace.json", i);
    tree_write (f->root, path, "{}", 0644);
  }
  g_autoptr (GPtrArray) found = workspace_scan (f->root, 2, NULL);
  g_assert_cmpuint (found->len, ==, 256);
}

static void
test_nothing_there (void)
{
  g_autoptr (GPtrArray) found = workspace_scan ("/nonexistent", 3, NULL);

  g_assert_cmpuint (found->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/workspace-scan/depth", Fixture, NULL, set_up, test_depth, tear_down);
  g_test_add ("/workspace-scan/links", Fixture, NULL, set_up, test_links, tear_down);
  g_test_add ("/workspace-scan/bound", Fixture, NULL, set_up, test_bound, tear_down);
  g_test_add_func ("/workspace-scan/nothing-there", test_nothing_there);
  return g_test_run ();
}
