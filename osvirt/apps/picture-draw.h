/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What domicile-picture and who starts it agree on. Its descriptor 3 is a socket that takes the picture's length and gives that of
 * the drawing, as a guint32 each; 4 is the memory where first the one and then the other lies. */
enum {
  PICTURE_SOCKET = 3,
  PICTURE_MEMORY = 4,
  PICTURE_MAX_BYTES = 512 * 1024,
  PICTURE_SIDE = 128, /* of the drawing, which is no larger; the launchpad's tiles have 48, on fine screens twice that */
  PICTURE_MS = 150,   /* of the processor, for a picture; one that somebody means to be an icon takes less than 10 */
};

typedef enum {
  PICTURE_DRAWN,
  PICTURE_REFUSED, /* it cannot be drawn, or not in that time */
  PICTURE_LATER,   /* all pictures together have taken too long, or this computer cannot draw now */
} PictureResult;

/* Draws pictures that anybody may have made in another program, which has no rights and little time. */
typedef struct _PictureDrawer PictureDrawer;

PictureDrawer *picture_drawer_new  (void);
void           picture_drawer_free (PictureDrawer *self);
PictureResult  picture_drawer_draw (PictureDrawer *self, const char *data, gsize length, char **drawn, gsize *drawn_length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PictureDrawer, picture_drawer_free)

G_END_DECLS
