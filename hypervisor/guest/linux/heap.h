/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory for the kernel's own objects. Nothing here is ever mapped for a process. */
#ifndef LINUX_HEAP_H
#define LINUX_HEAP_H

#include <stddef.h>

/* `size` bytes, cleared, eight-byte aligned; NULL: there is no memory left. */
void *heap_new (size_t size);
void heap_free (void *object);
/* As realloc(); what is new is cleared. NULL: no memory, and the object is as it was. */
void *heap_resize (void *object, size_t size);

#endif
