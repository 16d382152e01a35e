# SPDX-License-Identifier: GPL-2.0-or-later
"""A workspace's own layer, to compare what it was before something came and after it went."""

import os
import stat

TOPS = ("etc", "opt", "srv", "usr", "var")  # where packages write; what the view itself makes elsewhere is made by each opening


def layer_tree(folder):
    """path → mode, owner, device and bytes of everything in the layer of the workspace at @folder, which is closed and has no vault."""
    upper, tree = os.path.join(folder, "layers/root/upper"), {}
    for top in TOPS:
        for where, folders, names in os.walk(os.path.join(upper, top)):
            for path in [os.path.join(where, name) for name in folders + names]:
                info, data = os.lstat(path), b""
                if stat.S_ISREG(info.st_mode):
                    with open(path, "rb") as file:
                        data = file.read()
                tree[path[len(upper):]] = (info.st_mode, info.st_uid, info.st_gid, info.st_rdev, data)
    return tree
