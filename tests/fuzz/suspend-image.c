/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a suspended workspace brings along: as a file from anywhere, as an archive of one who packs what he likes, and as the files in
 * it, which the root helper reads before CRIU does. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "fuzz.h"
#include "suspend/archive.h"
#include "suspend/externals.h"
#include "suspend/inspect.h"

static const char *const names[] = { "inventory.img", "pstree.img", "ids-1.img", "ids-10.img", "userns-13.img", "externals" };

static char *folder_path;

static void
remove_folder (void)
{
  if (rmdir (folder_path) != 0)
    g_warning ("%s stays", folder_path);
}

static int
open_folder (void)
{
  static int folder = -1;

  if (folder < 0) {
    folder_path = g_build_filename (g_get_tmp_dir (), "domicile-fuzz-XXXXXX", NULL);
    if (g_mkdtemp (folder_path) == NULL || (folder = open (folder_path, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
      g_error ("no folder can be made here");
    atexit (remove_folder);
  }
  return folder;
}

static void
check_folder (int folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder_path, 0, NULL);
  const char *name;
  struct stat info;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (name[0] == '.' || fstatat (folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG (info.st_mode)
        || unlinkat (folder, name, 0) != 0)
      g_error ("something strange was unpacked");
}

static void
read_all (int folder)
{
  struct external *next;
  struct wire_fault fault;

  image_inspect (folder, &fault);
  for (struct external *external = externals_read (folder); external != NULL; external = next) {
    if (external->place[0] != '/' || strchr (external->place, '\n') != NULL || strstr (external->place, "]:") != NULL)
      g_error ("a place is not one");
    next = external->next;
    free (external);
  }
}

static void
unpack (int folder, const void *data, size_t size)
{
  int fd = memfd_create ("archive", MFD_CLOEXEC);
  struct wire_fault fault;

  if (fd < 0 || write (fd, data, size) != (ssize_t) size || lseek (fd, 0, SEEK_SET) != 0)
    g_error ("no file can be made here");
  archive_unpack (fd, folder, &fault);
  close (fd);
  read_all (folder);
  check_folder (folder);
}

/* The names in turn for the parts of the input: two bytes of length, then so many. */
static void
lay_out (int folder, const uint8_t *data, size_t size)
{
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    size_t length = size >= 2 ? MIN (data[0] | (size_t) data[1] << 8, size - 2) : 0;
    int fd = length > 0 ? openat (folder, names[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;

    if (fd >= 0 && write (fd, data + 2, length) != (ssize_t) length)
      g_error ("no file can be written here");
    if (fd >= 0)
      close (fd);
    data += MIN (size, length + 2);
    size -= MIN (size, length + 2);
  }
  read_all (folder);
  check_folder (folder);
}

static void
unpack_packed (int folder, const void *data, size_t size)
{
  const size_t room = ZSTD_compressBound (size);
  g_autofree void *packed = g_malloc (room);
  const size_t length = ZSTD_compress (packed, room, data, size, 1);

  if (!ZSTD_isError (length))
    unpack (folder, packed, length);
}

/* One way for each input, by its form: a compressed archive, an archive, or the files. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const uint8_t frame[] = { 0x28, 0xb5, 0x2f, 0xfd };
  const int folder = open_folder ();

  if (size >= sizeof frame && memcmp (data, frame, sizeof frame) == 0)
    unpack (folder, data, size);
  else if (size > 262 && memcmp (data + 257, "ustar", 5) == 0)
    unpack_packed (folder, data, size);
  else
    lay_out (folder, data, size);
  return 0;
}
