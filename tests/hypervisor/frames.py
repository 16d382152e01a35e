# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks at a stopped machine from outside: the hypervisor's record of page frames against all page tables there are."""
import array
import hashlib
import os
import re
import subprocess

DRAM, SRAM = 0x60000000, 0x48000000
PAGE, FIRST = 4096, DRAM >> 12
SRAM_SIZE = 32 << 20
VIRTUAL = 0xFC000000  # of SRAM
NONE, WRITABLE, TABLE, DIRECTORY, CHECKED = range(5)
OWNER_NONE = 0xFF
GUEST_END = 0xE0000000 >> 20
WINDOW = range(0xFF000000 >> 20, (0xFF000000 >> 20) + 2)  # of the focus: each domain's own
L2_RW, L2_RO, L2_XN, L2_GRANTED = 0xC7E, 0xE7E, 1, 0x100
L1_FORMS = (0x021, 0x041)


class Frames:
    """A snapshot: memory of the machine, and what the hypervisor says of each frame."""
    def __init__(self, elf, dram, sram):
        self.dram, self.sram = dram, sram
        names = subprocess.run(["arm-linux-gnueabihf-nm", elf], check=True, stdout=subprocess.PIPE, text=True).stdout
        self.symbols = {name: int(value, 16) for value, name in re.findall(r"^(\w+) \w (\S+)$", names, re.M)}
        count = len(dram) // PAGE
        words = array.array("I", self.at("hv_frames", count * 8))
        self.use, self.held = words[0::2], words[1::2]

    def at(self, name, size):
        offset = self.symbols[name] - VIRTUAL
        return self.sram[offset:offset + size]

    def page(self, index):
        return self.dram[index * PAGE:(index + 1) * PAGE]

    def words(self, index):
        return array.array("I", self.page(index))

    def owner(self, index):
        return self.use[index] >> 24

    def type(self, index):
        return self.use[index] >> 21 & 7

    def uses(self, index):
        return (self.use[index] & 0x1FFFFE) >> 1

    def owners(self):
        return sorted({use >> 24 for use in self.use} - {OWNER_NONE})

    def digest(self, owner):
        """Over all memory of an owner, and where it is."""
        digest = hashlib.sha256()
        for index, use in enumerate(self.use):
            if use >> 24 == owner:
                digest.update(index.to_bytes(4, "little") + self.page(index))
        return digest.hexdigest()

    def text_digest(self):
        start, end = (self.symbols[name] - VIRTUAL for name in ("hv_text_start", "hv_text_end"))
        return hashlib.sha256(self.sram[start:end]).hexdigest()

    def audit(self):
        """What is wrong, as lines; and how many uses each owner's frames have that no table explains."""
        return Audit(self).result()


class Audit:
    def __init__(self, frames):
        self.frames, self.wrong = frames, []
        self.typed = array.array("I", bytes(4 * len(frames.use)))
        self.plain = array.array("I", bytes(4 * len(frames.use)))
        self.shared = array.array("I", frames.at("hv_directory", 4096 * 4))
        self.unfinished = []  # directories that a virtual processor has begun to check, or to let go of

    def result(self):
        frames = self.frames
        for index in range(len(frames.use)):
            if frames.uses(index) == 0:
                continue
            if frames.type(index) == TABLE:
                self.tables(index)
            elif frames.type(index) == DIRECTORY and index % 4 == 0:
                self.directory(index)
            elif frames.type(index) == CHECKED and index % 4 == 0:
                self.unfinished.append(index)
        for index in self.unfinished:
            self.checked(index)
        extra = {owner: 0 for owner in frames.owners()}
        for index in range(len(frames.use)):
            self.frame(index, extra)
        return self.wrong, extra

    def complain(self, index, text):
        self.wrong.append(f"frame {index + FIRST:x} of {self.frames.owner(index)}: {text}")

    def target(self, index, entry, kinds):
        """The frame that an entry of a table or directory names, which must be of the same owner and fit."""
        frame = (entry >> 12) - FIRST
        if not 0 <= frame < len(self.frames.use):
            return self.complain(index, f"entry {entry:08x} names no frame of domain memory")
        if entry & L2_GRANTED and WRITABLE in kinds:
            kinds = {kind for kind in kinds if kind != TABLE}
        elif self.frames.owner(frame) != self.frames.owner(index):
            return self.complain(index, f"entry {entry:08x} names a frame of {self.frames.owner(frame)}")
        if kinds and self.frames.type(frame) not in kinds:
            return self.complain(index, f"entry {entry:08x} names a frame of type {self.frames.type(frame)}")
        return frame

    def tables(self, index):
        for entry in self.frames.words(index):
            if entry & 3 == 0:
                continue
            granted = entry & L2_GRANTED
            form = entry & 0xFFE
            if not granted and form not in (L2_RW, L2_RO):
                self.complain(index, f"entry {entry:08x} is of no form that is allowed")
                continue
            writable = entry & 0x200 == 0
            frame = self.target(index, entry, {WRITABLE} if writable else set())
            if frame is not None:
                (self.typed if writable else self.plain)[frame] += 1
            if granted:
                self.typed[index] += 1  # a grant holds the table that it is mapped in

    def directory(self, index):
        words = array.array("I", self.frames.dram[index * PAGE:(index + 4) * PAGE])
        for position, entry in enumerate(words):
            if position >= GUEST_END:
                if entry != self.shared[position] and position not in WINDOW:
                    self.complain(index, f"entry {position:x} of the hypervisor's part is {entry:08x}")
            elif entry & 3:
                if entry & 0x3FF not in L1_FORMS:
                    self.complain(index, f"entry {entry:08x} is of no form that is allowed")
                    continue
                frame = self.target(index, entry, {TABLE})
                if frame is not None:
                    self.typed[frame] += 1
        for quarter in range(index + 1, index + 4):
            self.typed[quarter] += 1

    def left(self, index):
        """Uses as its type that nothing has explained yet."""
        return self.frames.uses(index) - self.typed[index] - (self.frames.use[index] & 1)

    def checked(self, index):
        """Its first entries have their references, up to where the work is: as far as there are any."""
        frames = self.frames
        for entry in array.array("I", frames.dram[index * PAGE:(index + 4) * PAGE])[:GUEST_END]:
            if entry & 3 == 0:
                continue
            frame = (entry >> 12) - FIRST
            if not 0 <= frame < len(frames.use) or frames.owner(frame) != frames.owner(index) \
                    or frames.type(frame) != TABLE or self.left(frame) <= 0:
                return
            self.typed[frame] += 1

    def frame(self, index, extra):
        frames = self.frames
        if frames.owner(index) == OWNER_NONE:
            if frames.uses(index):
                self.complain(index, "is free and in use")
            if frames.held[index] == 0 and frames.page(index).strip(b"\0"):
                self.complain(index, "is free and not clear")
            return
        typed, plain = self.left(index), frames.held[index] - self.plain[index]
        if typed < 0 or plain < 0:
            self.complain(index, f"has {-typed} typed and {-plain} plain uses too few")
        elif frames.type(index) == CHECKED and frames.uses(index) not in (0, 1):
            self.complain(index, f"is used {frames.uses(index)} times while it is checked")
        elif frames.type(index) == DIRECTORY and typed > 4:
            self.complain(index, f"is the directory of {typed} virtual processors")
        elif frames.type(index) == TABLE and typed > 0:
            self.complain(index, f"has {typed} uses as a page table that no directory has")
        elif frames.type(index) not in (DIRECTORY, CHECKED):
            extra[frames.owner(index)] += typed + plain


def snapshot(monitor, folder, elf, mebibytes):
    """Stops the machine, reads its memory and lets it go on. `monitor` is a function that does a command of QMP."""
    monitor("stop")
    parts = []
    for name, start, size in (("dram", DRAM, mebibytes << 20), ("sram", SRAM, SRAM_SIZE)):
        path = os.path.join(folder, name)
        monitor("pmemsave", val=start, size=size, filename=path)
        with open(path, "rb") as file:
            parts.append(file.read())
        os.unlink(path)
    monitor("cont")
    return Frames(elf, *parts)
