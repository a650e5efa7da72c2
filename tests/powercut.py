"""What a disk may hold after the power went: rebuilt from the calls of a process, at any moment between two of them.

What a file was written since it was last synced is there, lost, or torn at the boundaries of sectors, each write by
itself. A name made, changed or removed since its folder was last synced is as before or as after. This is less than any
file system promises. What SQLite maps (`-shm`) is gone. No fixtures: tests and benchmarks share it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sectors import Inode
from traced import Call

__all__ = ["Cut", "Disk", "disk_after"]

_SYNCS = ("fsync", "fdatasync")
_KNOWN = ("read", "lseek", "mmap", "sync_file_range")


@dataclass(frozen=True, slots=True)
class Naming:
    """`inode` gets the name `new`, or loses `old`, or both at once; a folder is an inode too."""

    inode: Inode | None
    old: str
    new: str

    @property
    def folder(self) -> str:
        return os.path.dirname(self.new or self.old)  # noqa: PTH120


@dataclass(frozen=True, slots=True)
class Cut:
    """The power goes after `calls` calls. `in_order`: names change in the order they were changed, folder by folder,
    as with a journal; else each by itself. `lost` is the chance of everything that is not certain to be lost.
    """

    calls: int
    seed: int
    in_order: bool
    lost: float

    @classmethod
    def some(cls, calls: int, count: int, first: int = 0) -> Iterator[Cut]:
        """`count` cuts, spread over all calls, and one of them after the last; the seed gives the rest."""
        for number in range(count):
            chance = random.Random(first + number)  # the same cuts every time
            at = calls if number == count - 1 else (number * calls + chance.randrange(calls)) // count
            yield cls(at, first + number, chance.random() < 0.5, chance.choice((0.2, 0.5, 0.8, 1.0)))


class Disk:
    """A folder as the process sees it, and how much of that is certain."""

    def __init__(self, root: Path, before: Path) -> None:
        """Everything in `before`, a copy of what `root` was, is certain."""
        self.said: list[str] = []
        """What the process said, line by line."""
        self._root = str(root)
        self._names: dict[str, Inode | None] = {str(root): None}
        for path in sorted(before.rglob("*")):
            inode = None if path.is_dir() else Inode(bytearray(path.read_bytes()))
            self._names[str(root / path.relative_to(before))] = inode
        self._certain = dict(self._names)
        self._pending: list[Naming] = []
        self._places: dict[int, int] = {}

    def do(self, call: Call) -> None:
        """What the call did. Raises NotImplementedError where that is not known."""
        if call.name == "write" and call.handle() == 1:
            self.said += call.text(1).decode().splitlines()
        elif call.name in ("open", "openat", "creat"):
            self._open(call, call.path(0 if call.name != "openat" else 1))
        elif call.name in ("write", "pwrite64"):
            self._write(call)
        elif call.name in _SYNCS:
            self._sync(call.of_handle())
        elif call.name == "ftruncate":
            if inode := self._names.get(call.of_handle()):
                inode.pending.append((int(call.arguments[1]), None))
        elif call.name == "lseek":
            self._places[call.handle()] = call.result
        elif call.name == "read":
            self._places[call.handle()] = self._places.get(call.handle(), 0) + call.result
        else:
            self._rename(call)

    def cut(self, cut: Cut, target: Path) -> None:
        """Put what the disk may hold now into the new folder `target`."""
        chance = random.Random(cut.seed)
        names, stopped = dict(self._certain), set[str]()
        for naming in self._pending:
            if naming.folder in stopped or chance.random() < cut.lost:
                stopped |= {naming.folder} if cut.in_order else set()
                continue
            _name(names, naming)
        self._put(names, target, chance, cut.lost)

    def whole(self, target: Path) -> None:
        """Put everything that was done until now into the new folder `target`."""
        self._put(self._names, target, None, 0.0)

    def _put(self, names: dict[str, Inode | None], target: Path, chance: random.Random | None, lost: float) -> None:
        for name, inode in sorted(names.items()):
            path = target / Path(name).relative_to(self._root)
            if not path.parent.is_dir() and path != target:  # what stands in a folder that has no name is lost
                continue
            if inode is None:
                path.mkdir(exist_ok=True)
            elif not name.endswith("-shm"):
                path.write_bytes(inode.content(chance, lost))

    def _open(self, call: Call, path: str) -> None:
        self._places[call.result] = 0
        if "O_CREAT" in call and path not in self._names:
            self._change(Naming(Inode(), "", path))
        inode = self._names.get(path)
        if inode and "O_TRUNC" in call:
            inode.pending.append((0, None))
        if inode and "O_APPEND" in call:
            self._places[call.result] = -1

    def _write(self, call: Call) -> None:
        inode = self._names.get(call.of_handle())
        if inode is None:  # its name is gone already
            return
        at, data = call.handle(), call.text(1)[: call.result]
        if call.name == "pwrite64":
            inode.pending.append((int(call.arguments[3]), data))
        elif self._places[at] < 0:
            inode.pending.append((len(inode.content()), data))
        else:
            inode.pending.append((self._places[at], data))
            self._places[at] += len(data)

    def _sync(self, path: str) -> None:
        inode = self._names.get(path)
        if inode is not None:
            inode.certain = inode.content()
            inode.pending.clear()
            return
        for naming in [one for one in self._pending if one.folder == path]:
            _name(self._certain, naming)
            self._pending.remove(naming)

    def _rename(self, call: Call) -> None:
        if call.name == "rename":
            old, new = call.path(0), call.path(1) if call.text(1).startswith(b"/") else ""
            self._change(Naming(self._names[old], old, new))
        elif call.name in ("unlink", "rmdir"):
            self._change(Naming(self._names[call.path(0)], call.path(0), ""))
        elif call.name == "unlinkat":
            self._change(Naming(self._names[call.path(1)], call.path(1), ""))
        elif call.name == "mkdir":
            self._change(Naming(None, "", call.path(0)))
        elif call.name == "link":
            self._change(Naming(self._names[call.path(0)], "", call.path(1)))
        elif call.name not in _KNOWN or _maps(call):
            raise NotImplementedError(f"{call.name} of {call.arguments}")

    def _change(self, naming: Naming) -> None:
        _name(self._names, naming)
        self._pending.append(naming)


def disk_after(calls: Sequence[Call], root: Path, before: Path) -> Disk:
    """The disk after these calls. `before` is a copy of what the folder was before them."""
    disk = Disk(root, before)
    for call in calls:
        disk.do(call)
    return disk


def _maps(call: Call) -> bool:
    """Whether the call writes by memory to anything that has to last."""
    shared = call.name == "mmap" and "MAP_SHARED" in call and "PROT_WRITE" in call
    return shared and not call.of_handle(4).endswith("-shm")


def _name(names: dict[str, Inode | None], naming: Naming) -> None:
    if naming.old and naming.old in names and names[naming.old] is naming.inode:
        del names[naming.old]
    if naming.new:
        names[naming.new] = naming.inode
