/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The decrypted image mounted without privilege, in the keeper's own namespaces: e2fsck mends what a crash has left,
 * fuse2fs serves the ext4, and domicile-vault-filesystem serves it again so that overlayfs can write to it. */

/* Remembers the keeper's namespaces for the client; before the keeper hides itself from other processes. */
void keeper_note_namespaces (void);

/* Mounts KEEPER_PLAIN, tells the client, and comes back when the vault is done with and all of it is written to the image. */
void keeper_mount (void);

/* Takes down what is mounted, whoever uses it. For a keeper that ends early. */
void keeper_unmount (void);
