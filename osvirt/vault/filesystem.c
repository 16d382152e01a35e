/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domicile-vault-filesystem DIRECTORY: shows a directory over the FUSE connection at descriptor 6, as the kernel's
 * overlayfs wants the layer that it writes to: with whiteouts, exchanges and file types, which fuse2fs does not have.
 * Started by the keeper only. The kernel checks permissions, so nothing is checked here. */
#define FUSE_USE_VERSION 35

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <limits.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

/* Stands for the other file while two change their places; a crash meanwhile leaves it behind with its contents. */
#define EXCHANGE_NAME ".domicile-exchange"

#define RESULT(call) ((call) < 0 ? -errno : 0)

/* Paths come from the kernel, absolute in the file system; they are used below the working directory. */
static const char *
below (const char *path)
{
  return path[1] == '\0' ? "." : path + 1;
}

static void *
fs_init (struct fuse_conn_info *connection, struct fuse_config *config)
{
  config->use_ino = 1;
  config->hard_remove = 0; /* a removed file that is open gets a hidden name until it is closed: fuse2fs needs one too */
  config->entry_timeout = config->attr_timeout = 1.0;
  config->negative_timeout = 0;
  return NULL;
}

static int
fs_getattr (const char *path, struct stat *info, struct fuse_file_info *file)
{
  return RESULT (file != NULL ? fstat ((int) file->fh, info) : lstat (below (path), info));
}

static int
fs_readlink (const char *path, char *target, size_t room)
{
  ssize_t length = readlink (below (path), target, room - 1);

  if (length < 0)
    return -errno;
  target[length] = '\0';
  return 0;
}

static int
fs_mknod (const char *path, mode_t mode, dev_t device)
{
  return RESULT (mknod (below (path), mode, device));
}

static int
fs_mkdir (const char *path, mode_t mode)
{
  return RESULT (mkdir (below (path), mode));
}

static int
fs_unlink (const char *path)
{
  return RESULT (unlink (below (path)));
}

static int
fs_rmdir (const char *path)
{
  return RESULT (rmdir (below (path)));
}

static int
fs_symlink (const char *target, const char *path)
{
  return RESULT (symlink (target, below (path)));
}

/* Other requests do not come between: there is one thread. */
static int
exchange (const char *from, const char *to)
{
  struct stat info;

  if (lstat (to, &info) != 0 || rename (to, EXCHANGE_NAME) != 0)
    return -errno;
  if (rename (from, to) != 0) {
    int error = errno;

    rename (EXCHANGE_NAME, to);
    return -error;
  }
  return RESULT (rename (EXCHANGE_NAME, from));
}

static int
fs_rename (const char *from, const char *to, unsigned flags)
{
  struct stat info;

  from = below (from);
  to = below (to);
  if (flags & RENAME_EXCHANGE)
    return flags == RENAME_EXCHANGE ? exchange (from, to) : -EINVAL;
  if ((flags & RENAME_NOREPLACE) && lstat (to, &info) == 0)
    return -EEXIST;
  if (rename (from, to) != 0)
    return -errno;
  return flags & RENAME_WHITEOUT ? RESULT (mknod (from, S_IFCHR, makedev (0, 0))) : 0;
}

/* --- how many names a file has ------------------------------------------------------------------------------------- */

/* To the kernel each name is a file of its own, of which it remembers for a second how many names it has, and programs that lock
 * by a link look just then. The kernel is told by a thread: before it answers it may want to write pages, which is for the main one. */
static struct {
  pthread_mutex_t lock;
  pthread_cond_t change;
  struct fuse *fuse;
  char path[PATH_MAX]; /* "" when there is nothing to tell */
  bool ending;
} telling = { .lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER };

static void *
tell (void *data)
{
  char path[PATH_MAX];

  pthread_mutex_lock (&telling.lock);
  while (!telling.ending) {
    if (telling.path[0] == '\0') {
      pthread_cond_wait (&telling.change, &telling.lock);
      continue;
    }
    strcpy (path, telling.path);
    pthread_mutex_unlock (&telling.lock);
    fuse_invalidate_path (telling.fuse, path);
    pthread_mutex_lock (&telling.lock);
    telling.path[0] = '\0';
    pthread_cond_broadcast (&telling.change);
  }
  pthread_mutex_unlock (&telling.lock);
  return NULL;
}

/* What the kernel knows of the file itself is forgotten first, so that nothing is lost by going on when its pages take long. */
static void
forget_attributes (const char *path)
{
  struct timespec deadline;

  clock_gettime (CLOCK_REALTIME, &deadline);
  deadline.tv_sec++;
  pthread_mutex_lock (&telling.lock);
  if (telling.path[0] == '\0' && strlen (path) < sizeof telling.path) {
    strcpy (telling.path, path);
    pthread_cond_broadcast (&telling.change);
    while (telling.path[0] != '\0' && pthread_cond_timedwait (&telling.change, &telling.lock, &deadline) == 0)
      ;
  }
  pthread_mutex_unlock (&telling.lock);
}

static void
end_telling (pthread_t thread)
{
  pthread_mutex_lock (&telling.lock);
  telling.ending = true;
  pthread_cond_broadcast (&telling.change);
  pthread_mutex_unlock (&telling.lock);
  pthread_join (thread, NULL);
}

static int
fs_link (const char *from, const char *to)
{
  int result = RESULT (link (below (from), below (to)));

  if (result == 0)
    forget_attributes (from);
  return result;
}

/* --- the rest ------------------------------------------------------------------------------------------------------ */

static int
fs_chmod (const char *path, mode_t mode, struct fuse_file_info *file)
{
  return RESULT (file != NULL ? fchmod ((int) file->fh, mode) : chmod (below (path), mode));
}

static int
fs_chown (const char *path, uid_t uid, gid_t gid, struct fuse_file_info *file)
{
  return RESULT (file != NULL ? fchown ((int) file->fh, uid, gid) : lchown (below (path), uid, gid));
}

static int
fs_truncate (const char *path, off_t size, struct fuse_file_info *file)
{
  return RESULT (file != NULL ? ftruncate ((int) file->fh, size) : truncate (below (path), size));
}

static int
fs_utimens (const char *path, const struct timespec times[2], struct fuse_file_info *file)
{
  return RESULT (file != NULL ? futimens ((int) file->fh, times)
                              : utimensat (AT_FDCWD, below (path), times, AT_SYMLINK_NOFOLLOW));
}

/* A page that is written in part is read first, whatever the program asked for; and O_APPEND is the kernel's work, which
 * gives the place. */
static int
opening_flags (int flags)
{
  flags &= ~(O_APPEND | O_CREAT | O_EXCL);
  return (flags & O_ACCMODE) == O_WRONLY ? (flags & ~O_ACCMODE) | O_RDWR : flags;
}

static int
fs_open (const char *path, struct fuse_file_info *file)
{
  int fd = open (below (path), opening_flags (file->flags) | O_NOFOLLOW | O_CLOEXEC);

  file->fh = (uint64_t) fd;
  return RESULT (fd);
}

static int
fs_create (const char *path, mode_t mode, struct fuse_file_info *file)
{
  int fd = open (below (path), opening_flags (file->flags) | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

  file->fh = (uint64_t) fd;
  return RESULT (fd);
}

static int
fs_read (const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *file)
{
  ssize_t length = pread ((int) file->fh, buffer, size, offset);

  return length < 0 ? -errno : (int) length;
}

static int
fs_write (const char *path, const char *buffer, size_t size, off_t offset, struct fuse_file_info *file)
{
  ssize_t length = pwrite ((int) file->fh, buffer, size, offset);

  return length < 0 ? -errno : (int) length;
}

/* fuse2fs tells of a full disk here at the latest. */
static int
fs_flush (const char *path, struct fuse_file_info *file)
{
  int copy = dup ((int) file->fh);

  return copy < 0 ? -errno : RESULT (close (copy));
}

static int
fs_release (const char *path, struct fuse_file_info *file)
{
  return RESULT (close ((int) file->fh));
}

static int
fs_fsync (const char *path, int data_only, struct fuse_file_info *file)
{
  return RESULT (data_only ? fdatasync ((int) file->fh) : fsync ((int) file->fh));
}

static int
fs_fallocate (const char *path, int mode, off_t offset, off_t length, struct fuse_file_info *file)
{
  return RESULT (fallocate ((int) file->fh, mode, offset, length));
}

static int
fs_opendir (const char *path, struct fuse_file_info *file)
{
  DIR *directory = opendir (below (path));

  file->fh = (uint64_t) (uintptr_t) directory;
  return directory == NULL ? -errno : 0;
}

/* All entries at once, so that a directory may change while it is read. The library wants the type in a stat. */
static int
fs_readdir (const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *file,
            enum fuse_readdir_flags flags)
{
  DIR *directory = (DIR *) (uintptr_t) file->fh;
  struct dirent *entry;

  rewinddir (directory);
  while ((entry = readdir (directory)) != NULL) {
    struct stat info;

    if (fstatat (dirfd (directory), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    if (fill (buffer, entry->d_name, &info, 0, FUSE_FILL_DIR_PLUS) != 0)
      return -ENOMEM;
  }
  return 0;
}

static int
fs_releasedir (const char *path, struct fuse_file_info *file)
{
  return RESULT (closedir ((DIR *) (uintptr_t) file->fh));
}

static int
fs_fsyncdir (const char *path, int data_only, struct fuse_file_info *file)
{
  return RESULT (fsync (dirfd ((DIR *) (uintptr_t) file->fh)));
}

static int
fs_setxattr (const char *path, const char *name, const char *value, size_t size, int flags)
{
  return RESULT (lsetxattr (below (path), name, value, size, flags));
}

static int
fs_getxattr (const char *path, const char *name, char *value, size_t room)
{
  ssize_t length = lgetxattr (below (path), name, value, room);

  return length < 0 ? -errno : (int) length;
}

static int
fs_listxattr (const char *path, char *names, size_t room)
{
  ssize_t length = llistxattr (below (path), names, room);

  return length < 0 ? -errno : (int) length;
}

static int
fs_removexattr (const char *path, const char *name)
{
  return RESULT (lremovexattr (below (path), name));
}

static int
fs_statfs (const char *path, struct statvfs *info)
{
  return RESULT (statvfs (".", info));
}

static const struct fuse_operations operations = {
  .init = fs_init,           .getattr = fs_getattr,   .readlink = fs_readlink,   .mknod = fs_mknod,
  .mkdir = fs_mkdir,         .unlink = fs_unlink,     .rmdir = fs_rmdir,         .symlink = fs_symlink,
  .rename = fs_rename,       .link = fs_link,         .chmod = fs_chmod,         .chown = fs_chown,
  .truncate = fs_truncate,   .utimens = fs_utimens,   .open = fs_open,           .create = fs_create,
  .read = fs_read,           .write = fs_write,       .flush = fs_flush,         .release = fs_release,
  .fsync = fs_fsync,         .opendir = fs_opendir,   .readdir = fs_readdir,     .releasedir = fs_releasedir,
  .fsyncdir = fs_fsyncdir,   .setxattr = fs_setxattr, .getxattr = fs_getxattr,   .listxattr = fs_listxattr,
  .removexattr = fs_removexattr, .statfs = fs_statfs, .fallocate = fs_fallocate,
};

/* Not fuse_main(), which leaves the working directory. Ends when the file system is unmounted, or in order by SIGTERM. */
static int
serve (struct fuse *fuse)
{
  struct fuse_session *session = fuse_get_session (fuse);
  sigset_t all, before;
  pthread_t thread;
  int result;

  if (fuse_mount (fuse, "/dev/fd/6") != 0)
    return 1;
  if (fuse_set_signal_handlers (session) != 0)
    return 1;
  telling.fuse = fuse;
  sigfillset (&all);
  pthread_sigmask (SIG_BLOCK, &all, &before); /* signals are for the loop */
  result = pthread_create (&thread, NULL, tell, NULL);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (result != 0)
    return 1;
  result = fuse_loop (fuse);
  fuse_remove_signal_handlers (session);
  end_telling (thread);
  return result != 0 ? 1 : 0;
}

int
main (int argc, char **argv)
{
  struct fuse_args arguments = FUSE_ARGS_INIT (1, argv);
  struct fuse *fuse;
  int result;

  if (argc != 2 || fcntl (6, F_GETFD) < 0 || chdir (argv[1]) != 0) {
    fputs ("domicile-vault-filesystem is started by Domicile and is of no use by itself.\n", stderr);
    return 2;
  }
  umask (0);
  fuse = fuse_new (&arguments, &operations, sizeof operations, NULL);
  fuse_opt_free_args (&arguments);
  if (fuse == NULL)
    return 1;
  result = serve (fuse);
  fuse_destroy (fuse);
  return result;
}
