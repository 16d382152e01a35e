/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/app-catalog.h"

#include <fcntl.h>

#include "tree.h"

#define ENTRY(name, exec) "[Desktop Entry]\nType=Application\nName=" name "\nExec=" exec "\n"

typedef struct {
  char *root;
  RootDir dir;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->root = g_dir_make_tmp ("domicile-XXXXXX", NULL);
  f->dir = (RootDir){ open (f->root, O_PATH | O_DIRECTORY | O_CLOEXEC), -1, "/home/me" };
  g_assert_cmpint (f->dir.fd, >=, 0);
  tree_write (f->root, "usr/bin/edit", "#!/bin/sh\n", 0755);
  tree_write (f->root, "usr/bin/plain", "not a program\n", 0644);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  close (f->dir.fd);
  tree_remove (f->root);
  g_free (f->root);
}

static void
test_own_first (Fixture *f, gconstpointer data)
{
  tree_write (f->root, "usr/share/applications/a.desktop", ENTRY ("Host", "edit"), 0644);
  tree_write (f->root, "home/me/.local/share/applications/a.desktop", ENTRY ("Own", "edit"), 0644);
  tree_write (f->root, "usr/share/applications/kde/b.desktop", ENTRY ("Below", "edit"), 0644);
  g_autoptr (GPtrArray) apps = app_catalog_read (&f->dir, NULL);

  g_assert_cmpuint (apps->len, ==, 2);
  g_assert_cmpstr (app_catalog_find (apps, "a.desktop")->name, ==, "Own");
  g_assert_cmpstr (app_catalog_find (apps, "a")->name, ==, "Own");
  g_assert_cmpstr (app_catalog_find (apps, "kde-b")->name, ==, "Below");
  g_assert_null (app_catalog_find (apps, "c"));
}

static void
test_removed_by_user (Fixture *f, gconstpointer data)
{
  tree_write (f->root, "usr/share/applications/a.desktop", ENTRY ("Host", "edit"), 0644);
  tree_write (f->root, "home/me/.local/share/applications/a.desktop",
              "[Desktop Entry]\nType=Application\nName=x\nHidden=true\n", 0644);
  g_autoptr (GPtrArray) apps = app_catalog_read (&f->dir, NULL);

  g_assert_cmpuint (apps->len, ==, 0);
}

static void
test_program_must_be_there (Fixture *f, gconstpointer data)
{
  tree_write (f->root, "usr/share/applications/gone.desktop", ENTRY ("Gone", "no-such-program"), 0644);
  tree_write (f->root, "usr/share/applications/plain.desktop", ENTRY ("Plain", "plain"), 0644);
  tree_write (f->root, "usr/share/applications/try.desktop", ENTRY ("Try", "edit") "TryExec=/usr/bin/other\n", 0644);
  tree_write (f->root, "usr/share/applications/good.desktop", ENTRY ("Good", "/usr/bin/edit %f"), 0644);
  g_autoptr (GPtrArray) apps = app_catalog_read (&f->dir, NULL);

  g_assert_cmpuint (apps->len, ==, 1);
  g_assert_nonnull (app_catalog_find (apps, "good"));
}

/* An absolute link in the workspace leads below its root, so the host's files stay out of reach. */
static void
test_links_stay_inside (Fixture *f, gconstpointer data)
{
  g_autofree char *outside = g_dir_make_tmp ("domicile-XXXXXX", NULL);
  g_autofree char *target = g_build_filename (outside, "x.desktop", NULL);
  g_autofree char *link = g_build_filename (f->root, "usr/share/applications/x.desktop", NULL);
  g_autofree char *inside = g_build_filename (f->root, "usr/share/applications/y.desktop", NULL);

  tree_write (outside, "x.desktop", ENTRY ("Outside", "edit"), 0644);
  tree_write (f->root, "opt/y.desktop", ENTRY ("Inside", "edit"), 0644);
  tree_write (f->root, "usr/share/applications/good.desktop", ENTRY ("Good", "edit"), 0644);
  g_assert_cmpint (symlink (target, link), ==, 0);
  g_assert_cmpint (symlink ("/opt/y.desktop", inside), ==, 0);
  g_autoptr (GPtrArray) apps = app_catalog_read (&f->dir, NULL);

  g_assert_null (app_catalog_find (apps, "x"));
  g_assert_nonnull (app_catalog_find (apps, "y"));
  g_assert_nonnull (app_catalog_find (apps, "good"));
  tree_remove (outside);
}

/* The home comes from elsewhere than the root; no path below the root leads out of either. */
static void
test_home_apart (Fixture *f, gconstpointer data)
{
  g_autofree char *home = g_dir_make_tmp ("domicile-XXXXXX", NULL);

  tree_write (home, ".local/share/applications/own.desktop", ENTRY ("Own", "own-program"), 0644);
  tree_write (home, ".local/bin/own-program", "#!/bin/sh\n", 0755);
  tree_write (f->root, "home/me/.local/share/applications/other.desktop", ENTRY ("Other", "edit"), 0644);
  f->dir.home_fd = open (home, O_PATH | O_DIRECTORY | O_CLOEXEC);
  g_autoptr (GPtrArray) apps = app_catalog_read (&f->dir, NULL);
  close (f->dir.home_fd);

  g_assert_nonnull (app_catalog_find (apps, "own"));
  g_assert_null (app_catalog_find (apps, "other"));
  tree_remove (home);
}

/* A console on the host gets a drawing of an icon that only the workspace has, and of nothing else. */
static void
test_icon_is_drawn (Fixture *f, gconstpointer data)
{
  g_autofree char *copies = g_dir_make_tmp ("domicile-XXXXXX", NULL);
  g_autofree char *content = NULL;

  tree_write (f->root, "usr/share/icons/hicolor/48x48/apps/own-icon.png", "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", 0644);
  tree_write (f->root, "srv/secret.key", "secret", 0644);
  tree_write (f->root, "usr/share/applications/own.desktop", ENTRY ("Own", "edit") "Icon=own-icon\n", 0644);
  tree_write (f->root, "usr/share/applications/key.desktop", ENTRY ("Key", "edit") "Icon=/srv/secret.key\n", 0644);
  tree_write (f->root, "usr/share/applications/up.desktop", ENTRY ("Up", "edit") "Icon=../../srv/secret\n", 0644);
  g_autoptr (GPtrArray) apps = app_catalog_read (&f->dir, copies);

  DesktopEntry *own = app_catalog_find (apps, "own");
  g_assert_nonnull (own->icon_file);
  g_assert_true (g_str_has_prefix (own->icon_file, copies));
  g_assert_true (g_file_get_contents (own->icon_file, &content, NULL, NULL));
  g_assert_true (g_str_has_prefix (content, "\211PNG\r\n"));
  g_assert_null (app_catalog_find (apps, "key")->icon_file);
  g_assert_null (app_catalog_find (apps, "up")->icon_file);
  tree_remove (copies);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/app-catalog/own-first", Fixture, NULL, set_up, test_own_first, tear_down);
  g_test_add ("/app-catalog/removed-by-user", Fixture, NULL, set_up, test_removed_by_user, tear_down);
  g_test_add ("/app-catalog/program-must-be-there", Fixture, NULL, set_up, test_program_must_be_there, tear_down);
  g_test_add ("/app-catalog/links-stay-inside", Fixture, NULL, set_up, test_links_stay_inside, tear_down);
  g_test_add ("/app-catalog/home-apart", Fixture, NULL, set_up, test_home_apart, tear_down);
  g_test_add ("/app-catalog/icon-is-drawn", Fixture, NULL, set_up, test_icon_is_drawn, tear_down);
  return g_test_run ();
}
