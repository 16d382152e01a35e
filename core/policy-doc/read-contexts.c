/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The member "contexts": which label apps, directories and addresses have. */
#include "policy-doc/document-private.h"

#define MAX_PATH_BYTES 200

/* The name of a label of @names at @member: (transfer full) (nullable) with a problem told */
static char *
read_label (DmcPolicyReader *self, JsonObject *object, const char *member, const DmcPolicyNames *names, const char *what)
{
  gsize where = dmc_policy_reader_enter_member (self, member);
  int id = -1;

  if (!json_object_has_member (object, member))
    dmc_policy_reader_error (self, "It is not said which label this has.");
  else
    id = dmc_policy_reader_find (self, json_object_get_member (object, member), names, what);
  dmc_policy_reader_leave (self, where);
  return id >= 0 ? g_strdup (dmc_policy_names_get (names, (guint)id)) : NULL;
}

static void
read_apps (DmcPolicyReader *self, JsonObject *apps)
{
  DmcPolicyDocument *document = self->document;
  GList *members = json_object_get_members (apps);

  for (GList *item = members; item != NULL; item = item->next) {
    char *label = read_label (self, apps, item->data, document->subjects, "subject");

    if (label != NULL)
      g_hash_table_replace (document->contexts->apps, g_strdup (item->data), label);
  }
  g_list_free (members);
}

static void
read_may_bring (DmcPolicyReader *self, JsonObject *contexts)
{
  gsize where = dmc_policy_reader_enter_member (self, "may_bring");
  JsonArray *array = dmc_policy_reader_array (self, json_object_get_member (contexts, "may_bring"));

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    gsize inner = dmc_policy_reader_enter_element (self, i);
    int id = dmc_policy_reader_find (self, json_array_get_element (array, i), self->document->subjects, "subject");

    if (id >= 0)
      g_hash_table_add (self->document->contexts->may_bring,
                        g_strdup (dmc_policy_names_get (self->document->subjects, (guint)id)));
    dmc_policy_reader_leave (self, inner);
  }
  dmc_policy_reader_leave (self, where);
}

static const char *
path_problem (const char *path)
{
  static const char *const kernels[] = { "/proc", "/sys", "/dev" };
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  if (path[0] != '/' && !g_str_has_prefix (path, "~/"))
    return "A path begins with “/”, or with “~/” below the home folder.";
  if (strlen (path) > MAX_PATH_BYTES)
    return "The path is too long.";
  for (guint i = 0; parts[i] != NULL; i++)
    if ((i > 0 && parts[i][0] == '\0') || g_str_equal (parts[i], ".") || g_str_equal (parts[i], ".."))
      return "A path has no empty parts, “.” or “..”, and does not end with “/”.";
  for (guint i = 0; i < G_N_ELEMENTS (kernels); i++)
    if (g_str_has_prefix (path, kernels[i]) && (path[strlen (kernels[i])] & ~'/') == 0)
      return "What the kernel shows there cannot have a label.";
  return NULL;
}

/* A label within another's directory could not be taken away without the other. */
static gboolean
overlaps (GPtrArray *places, const char *path)
{
  for (guint i = 0; i < places->len; i++) {
    const char *other = ((DmcPolicyPlace *)g_ptr_array_index (places, i))->path;
    gsize length = MIN (strlen (path), strlen (other));

    if (strncmp (path, other, length) == 0
        && (strlen (path) == strlen (other) || (strlen (path) > length ? path : other)[length] == '/'))
      return TRUE;
  }
  return FALSE;
}

static void
read_place (DmcPolicyReader *self, JsonObject *object)
{
  static const char *const known[] = { "path", "label", "description", NULL };
  GPtrArray *places = self->document->contexts->places;
  g_autofree char *label = NULL;
  const char *path = NULL;
  const char *problem;
  gsize where;

  dmc_policy_reader_check_members (self, object, known);
  label = read_label (self, object, "label", self->document->objects, "object");
  where = dmc_policy_reader_enter_member (self, "path");
  path = dmc_policy_reader_string (self, json_object_get_member (object, "path"));
  problem = path != NULL ? path_problem (path) : NULL;
  if (problem != NULL)
    dmc_policy_reader_error (self, "%s", problem);
  else if (path != NULL && overlaps (places, path))
    dmc_policy_reader_error (self, "“%s” and another labelled directory are one within the other.", path);
  else if (path != NULL && places->len >= DMC_POLICY_MAX_PLACES)
    dmc_policy_reader_error (self, "There can be at most %d labelled directories.", DMC_POLICY_MAX_PLACES);
  else if (path != NULL && label != NULL) {
    DmcPolicyPlace *place = g_new0 (DmcPolicyPlace, 1);

    place->path = g_strdup (path);
    place->label = g_steal_pointer (&label);
    g_ptr_array_add (places, place);
  }
  dmc_policy_reader_leave (self, where);
}

static GArray *
read_ports (DmcPolicyReader *self, JsonObject *object)
{
  gsize where = dmc_policy_reader_enter_member (self, "ports");
  JsonArray *array = dmc_policy_reader_array (self, json_object_get_member (object, "ports"));
  GArray *ports = g_array_new (FALSE, FALSE, sizeof (guint16));

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    JsonNode *node = json_array_get_element (array, i);
    gsize inner = dmc_policy_reader_enter_element (self, i);
    gint64 number = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64
                        ? json_node_get_int (node)
                        : -1;
    guint16 port = (guint16)number;

    if (number < 0 || number > G_MAXUINT16)
      dmc_policy_reader_error (self, "A port is a whole number from 0 to 65535.");
    else
      g_array_append_val (ports, port);
    dmc_policy_reader_leave (self, inner);
  }
  dmc_policy_reader_leave (self, where);
  return ports;
}

static GInetAddressMask *
read_mask (DmcPolicyReader *self, JsonObject *object)
{
  gsize where = dmc_policy_reader_enter_member (self, "address");
  const char *text = dmc_policy_reader_string (self, json_object_get_member (object, "address"));
  GInetAddressMask *mask = text != NULL ? g_inet_address_mask_new_from_string (text, NULL) : NULL;

  if (text != NULL && mask == NULL)
    dmc_policy_reader_error (self, "“%s” is no address, and no network such as 10.0.0.0/8.", text);
  dmc_policy_reader_leave (self, where);
  return mask;
}

static void
read_addresses (DmcPolicyReader *self, JsonObject *object)
{
  static const char *const known[] = { "address", "ports", "label", "description", NULL };
  DmcPolicyAddresses *addresses = g_new0 (DmcPolicyAddresses, 1);

  dmc_policy_reader_check_members (self, object, known);
  addresses->label = read_label (self, object, "label", self->document->objects, "object");
  if (json_object_has_member (object, "address"))
    addresses->addresses = read_mask (self, object);
  if (json_object_has_member (object, "ports"))
    addresses->ports = read_ports (self, object);
  g_ptr_array_add (self->document->contexts->network, addresses);
}

static char *
read_text (DmcPolicyReader *self, JsonObject *object, const char *member)
{
  gsize where = dmc_policy_reader_enter_member (self, member);
  const char *text = NULL;

  if (json_object_has_member (object, member))
    text = dmc_policy_reader_string (self, json_object_get_member (object, member));
  dmc_policy_reader_leave (self, where);
  return g_strdup (text);
}

static void
read_volume (DmcPolicyReader *self, JsonObject *object)
{
  static const char *const known[] = { "kind", "path", "label", "description", NULL };
  static const char *const kinds[] = { "usb", "disk", "image", "iscsi", NULL };
  DmcPolicyVolume *volume = g_new0 (DmcPolicyVolume, 1);

  dmc_policy_reader_check_members (self, object, known);
  volume->kind = read_text (self, object, "kind");
  volume->path = read_text (self, object, "path");
  volume->label = read_label (self, object, "label", self->document->objects, "object");
  if (volume->kind != NULL && !g_strv_contains (kinds, volume->kind))
    dmc_policy_reader_error (self, "A volume is of the kind usb, disk, image or iscsi.");
  if (volume->path != NULL && (volume->path[0] != '/' || g_str_has_suffix (volume->path, "/")))
    dmc_policy_reader_error (self, "A path begins with “/”, and does not end with it.");
  g_ptr_array_add (self->document->contexts->volumes, volume);
}

static void
read_each (DmcPolicyReader *self, JsonObject *contexts, const char *member, void (*read) (DmcPolicyReader *, JsonObject *))
{
  gsize where = dmc_policy_reader_enter_member (self, member);
  JsonArray *array = NULL;

  if (json_object_has_member (contexts, member))
    array = dmc_policy_reader_array (self, json_object_get_member (contexts, member));
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    gsize inner = dmc_policy_reader_enter_element (self, i);
    JsonObject *object = dmc_policy_reader_object (self, json_array_get_element (array, i));

    if (object != NULL)
      read (self, object);
    dmc_policy_reader_leave (self, inner);
  }
  dmc_policy_reader_leave (self, where);
}

static int
by_path (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(DmcPolicyPlace *const *)a)->path, (*(DmcPolicyPlace *const *)b)->path);
}

void
dmc_policy_read_contexts (DmcPolicyReader *self, JsonObject *contexts)
{
  static const char *const known[] = { "apps", "may_bring", "files", "network", "volumes", "processes", "description", NULL };
  gsize where;

  self->document->contexts = dmc_policy_contexts_new ();
  dmc_policy_reader_check_members (self, contexts, known);
  if (json_object_has_member (contexts, "apps")) {
    JsonObject *apps;

    where = dmc_policy_reader_enter_member (self, "apps");
    apps = dmc_policy_reader_object (self, json_object_get_member (contexts, "apps"));
    if (apps != NULL)
      read_apps (self, apps);
    dmc_policy_reader_leave (self, where);
  }
  if (json_object_has_member (contexts, "may_bring"))
    read_may_bring (self, contexts);
  read_each (self, contexts, "files", read_place);
  self->document->contexts->asks_network = json_object_has_member (contexts, "network");
  read_each (self, contexts, "network", read_addresses);
  read_each (self, contexts, "volumes", read_volume);
  if (json_object_has_member (contexts, "processes"))
    self->document->contexts->processes
        = read_label (self, contexts, "processes", self->document->objects, "object");
  g_ptr_array_sort (self->document->contexts->places, by_path);
}
