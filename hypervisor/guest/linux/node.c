/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "node.h"

#include "file.h"
#include "heap.h"
#include "page.h"
#include "clock.h"

struct node *node_root;
static uint32_t next_number = 1;

void
node_init (void)
{
  node_root = node_new (S_IFDIR | 0755);
  if (!node_root)
    pv_panic ("no memory for the root directory");
  node_root->parent = node_root;
  node_root->links = 2;
}

struct node *
node_new (uint32_t mode)
{
  struct node *node = heap_new (sizeof *node);
  if (!node)
    return NULL;
  node->uses = 1;
  node->number = next_number++;
  node->mode = mode;
  node->changed_ns = clock_realtime_ns ();
  node->ops = &file_ops_memory;
  return node;
}

void
node_hold (struct node *node)
{
  node->uses++;
}

static void
drop_pages (struct node *node, uint32_t from)
{
  for (uint32_t i = from; i < node->page_count; i++)
    if (node->pages[i] != PAGE_NONE) {
      page_drop (node->pages[i]);
      node->pages[i] = PAGE_NONE;
    }
  if (from < node->page_count)
    node->page_count = from;
}

void
node_drop (struct node *node)
{
  if (--node->uses > 0)
    return;
  drop_pages (node, 0);
  heap_free (node->pages);
  heap_free (node->target);
  heap_free (node);
}

/* ---- contents ---- */

/* Makes room for the pages below `count`. */
static int
extend (struct node *node, uint32_t count)
{
  if (count <= node->page_count)
    return 0;
  uint32_t room = 4;
  while (room < count)
    room *= 2;
  uint32_t *pages = heap_resize (node->pages, room * sizeof pages[0]);
  if (!pages)
    return -ENOSPC;
  for (uint32_t i = node->page_count; i < count; i++)
    pages[i] = PAGE_NONE;
  node->pages = pages;
  node->page_count = count;
  return 0;
}

uint32_t
node_page (struct node *node, uint32_t index)
{
  uint32_t count = (uint32_t)((node->size + PV_PAGE_SIZE - 1) / PV_PAGE_SIZE);
  if (!node_is (node, S_IFREG) || index >= count)
    return NODE_NO_PAGE;
  if (extend (node, count) != 0)
    return PAGE_NONE;
  if (node->pages[index] == PAGE_NONE)
    node->pages[index] = page_new ();
  return node->pages[index];
}

long
node_read (struct node *node, uint64_t offset, void *buffer, uint32_t length)
{
  if (offset >= node->size)
    return 0;
  if (length > node->size - offset)
    length = (uint32_t)(node->size - offset);
  for (uint32_t done = 0; done < length;) {
    uint32_t at = (uint32_t)offset + done, index = at / PV_PAGE_SIZE, in = at % PV_PAGE_SIZE;
    uint32_t part = length - done < PV_PAGE_SIZE - in ? length - done : PV_PAGE_SIZE - in;
    if (index < node->page_count && node->pages[index] != PAGE_NONE)
      memcpy ((char *)buffer + done, (char *)memory_address (node->pages[index]) + in, part);
    else
      memset ((char *)buffer + done, 0, part);
    done += part;
  }
  return (long)length;
}

long
node_write (struct node *node, uint64_t offset, const void *buffer, uint32_t length)
{
  uint32_t done = 0;
  if (offset >= FILE_MAX_BYTES || length > FILE_MAX_BYTES - (uint32_t)offset)
    return -EFBIG;
  if (length == 0)
    return 0;
  if (extend (node, ((uint32_t)offset + length + PV_PAGE_SIZE - 1) / PV_PAGE_SIZE) != 0)
    return -ENOSPC;
  while (done < length) {
    uint32_t at = (uint32_t)offset + done, index = at / PV_PAGE_SIZE, in = at % PV_PAGE_SIZE;
    uint32_t part = length - done < PV_PAGE_SIZE - in ? length - done : PV_PAGE_SIZE - in;
    if (node->pages[index] == PAGE_NONE)
      node->pages[index] = page_new ();
    if (node->pages[index] == PAGE_NONE)
      break;
    memcpy ((char *)memory_address (node->pages[index]) + in, (const char *)buffer + done, part);
    done += part;
    if (at + part > node->size)
      node->size = at + part;
  }
  node->changed_ns = clock_realtime_ns ();
  return done > 0 ? (long)done : -ENOSPC;
}

int
node_truncate (struct node *node, uint64_t size)
{
  if (size > FILE_MAX_BYTES)
    return -EFBIG;
  uint32_t count = ((uint32_t)size + PV_PAGE_SIZE - 1) / PV_PAGE_SIZE,
           rest = (uint32_t)size % PV_PAGE_SIZE;
  drop_pages (node, count);
  if (rest != 0 && size < node->size && count <= node->page_count
      && node->pages[count - 1] != PAGE_NONE)
    memset ((char *)memory_address (node->pages[count - 1]) + rest, 0, PV_PAGE_SIZE - rest);
  node->size = (uint32_t)size;
  node->changed_ns = clock_realtime_ns ();
  return 0;
}

/* ---- directories ---- */

static struct entry **
place_of (struct node *directory, const char *name)
{
  struct entry **place = &directory->entries;
  while (*place && strcmp ((*place)->name, name) != 0)
    place = &(*place)->next;
  return place;
}

struct node *
directory_find (struct node *directory, const char *name)
{
  if (directory->directory && strcmp (name, ".") != 0 && strcmp (name, "..") != 0)
    return directory->directory->find (directory, name);
  struct node *node = NULL;
  if (strcmp (name, ".") == 0)
    node = directory;
  else if (strcmp (name, "..") == 0)
    node = directory->parent;
  else if (*place_of (directory, name))
    node = (*place_of (directory, name))->node;
  if (node)
    node_hold (node);
  return node;
}

int
directory_add (struct node *directory, const char *name, struct node *node)
{
  size_t length = strlen (name);
  if (directory->directory || directory->links == 0)
    return -EPERM;
  if (length > NAME_MAX_BYTES)
    return -ENAMETOOLONG;
  struct entry **place = place_of (directory, name);
  if (*place)
    return -EEXIST;
  struct entry *entry = heap_new (sizeof *entry + length + 1);
  if (!entry)
    return -ENOSPC;
  memcpy (entry->name, name, length + 1);
  entry->node = node;
  node_hold (node);
  node->links++;
  if (node_is (node, S_IFDIR)) {
    node->parent = directory;
    node->links++;
    directory->links++;
  }
  directory->changed_ns = clock_realtime_ns ();
  *place = entry;
  return 0;
}

int
directory_remove (struct node *directory, const char *name)
{
  if (directory->directory)
    return -EPERM;
  struct entry **place = place_of (directory, name), *entry = *place;
  if (!entry)
    return -ENOENT;
  struct node *node = entry->node;
  node->links--;
  if (node_is (node, S_IFDIR)) {
    node->links--;
    directory->links--;
  }
  directory->changed_ns = clock_realtime_ns ();
  *place = entry->next;
  heap_free (entry);
  node_drop (node);
  return 0;
}

bool
directory_empty (const struct node *directory)
{
  return !directory->directory && !directory->entries;
}

/* `.` and `..` come first. `node` is not held, and NULL for what a virtual directory lists. */
bool
directory_list (struct node *directory,
                uint32_t index,
                char name[NAME_MAX_BYTES + 1],
                struct node **node,
                uint32_t *number)
{
  if (index < 2) {
    *node = index == 0 ? directory : directory->parent;
    *number = (*node)->number;
    memcpy (name, "..", 3);
    name[index + 1] = 0;
    return true;
  }
  *node = NULL;
  if (directory->directory)
    return directory->directory->list (directory, index - 2, name, number);
  const struct entry *entry = directory->entries;
  for (index -= 2; entry && index > 0; index--)
    entry = entry->next;
  if (!entry)
    return false;
  memcpy (name, entry->name, strlen (entry->name) + 1);
  *node = entry->node;
  *number = entry->node->number;
  return true;
}
