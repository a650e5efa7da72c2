"""What parent and child say to each other when a file is read apart: JSON behind its length, never pickle."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import IO, Final, Literal

from .document import Extract, Mark

__all__ = ["LARGEST_MESSAGE", "Answer", "Bounds", "Request", "receive", "send"]

LARGEST_MESSAGE: Final = 1024**3
"""Bytes: four times the largest file, for in UTF-8 a text may be longer than the file it came from."""

_LENGTH: Final = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What reading one file may cost; seconds of processor time and by the clock, bytes of address space."""

    memory_bytes: int = 2 * 1024**3
    cpu_seconds: int = 120
    wall_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Request:
    """A file to be read by the function `reader` of the module of that name."""

    reader: str
    name: str
    data: bytes
    bounds: Bounds

    def packed(self) -> bytes:
        """A line of JSON and the file."""
        head = {"reader": self.reader, "name": self.name, "bounds": asdict(self.bounds)}
        return json.dumps(head).encode("ascii") + b"\n" + self.data

    @classmethod
    def unpacked(cls, message: bytes) -> Request:
        """Raises ValueError, KeyError or TypeError when it is none."""
        line, _, data = message.partition(b"\n")
        head = json.loads(line)
        return cls(head["reader"], head["name"], data, Bounds(**head["bounds"]))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a file: an extract, else why it is `refused`, what is `broken`, or that `memory` ran out.

    `last`: this child reads no more.
    """

    extract: Extract | None = None
    refused: str = ""
    broken: str = ""
    memory: bool = False
    last: bool = False

    def packed(self) -> bytes:
        """JSON."""
        found = self.extract
        marks = [[mark.start, mark.kind, mark.label] for mark in found.marks] if found else []
        said = {
            "text": found and found.text,
            "title": found and found.title,
            "marks": marks,
            "extractor": found and found.extractor,
            "refused": self.refused,
            "broken": self.broken,
            "memory": self.memory,
            "last": self.last,
        }
        return json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def unpacked(cls, message: bytes) -> Answer:
        """Raises ValueError when it is none."""
        try:
            said = json.loads(message.decode("utf-8", "surrogatepass"))
            found = None
            if said["text"] is not None:
                title = None if said["title"] is None else str(said["title"])
                marks = tuple(Mark(int(start), _kind(kind), str(label)) for start, kind, label in said["marks"])
                found = Extract(str(said["text"]), title, marks, str(said["extractor"]))
            refused, broken = (" ".join(str(said[key]).split()) for key in ("refused", "broken"))
            return cls(found, refused, broken, said["memory"] is True, said["last"] is True)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("this is no answer") from error


def _kind(said: object) -> Literal["page", "heading"]:
    if said == "page":
        return "page"
    if said == "heading":
        return "heading"
    raise ValueError(f"there are no marks of kind {said!r}")


def send(pipe: IO[bytes], message: bytes) -> None:
    """Raises OSError when nobody reads any more."""
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """None at the end of the pipe, in the middle of a message too. Raises ValueError for one that is too long."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > LARGEST_MESSAGE:
        raise ValueError(f"a message of {length} bytes is too long")
    message = pipe.read(length)
    return message if len(message) == length else None
