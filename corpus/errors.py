"""The error tree of every room, drawn once, in the leftmost room so that each may raise its own.

QuothError                      anything Quoth refuses to do; its text is one plain sentence that says what to do
├── InputError                  what was given cannot be used; nothing was changed
│   ├── UnreadableDocument      a file that cannot become a document (carries its name and the reason)
│   ├── BadQuestion             an empty or oversized question
│   └── BadRequest              a number, a format or an id that makes no sense here
│       └── UnknownDocument     the id of a document that is not in the library
├── LibraryError                the library cannot be used as it is
│   ├── LibraryMissing          there is none at that place
│   ├── LibraryBusy             another process is writing
│   ├── LibraryDamaged          stored files do not match their recorded hashes
│   └── LibraryMismatch         made by another model, format or setting
└── EncoderError                the embedding model is missing, or its weights are not the ones expected
"""

from __future__ import annotations

__all__ = [
    "BadQuestion",
    "BadRequest",
    "EncoderError",
    "InputError",
    "LibraryBusy",
    "LibraryDamaged",
    "LibraryError",
    "LibraryMismatch",
    "LibraryMissing",
    "QuothError",
    "UnknownDocument",
    "UnreadableDocument",
]

_LONGEST_ID = 64
"""Characters of an id that are repeated; those there are have 16."""


class QuothError(Exception):
    """Base of all errors Quoth raises on purpose; `str(error)` is a sentence for a person."""


class InputError(QuothError):
    """What was given cannot be used; nothing was changed."""


class UnreadableDocument(InputError):
    """A file that cannot become a document.

    `name` is the file as the caller named it, `reason` what is wrong and how to mend it.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class BadQuestion(InputError):
    """A question that is empty or too long."""


class BadRequest(InputError):
    """A number, a format or an id that makes no sense here."""


class UnknownDocument(BadRequest):
    """The id of a document that is not in the library."""

    def __init__(self, id: str) -> None:
        named = id if len(id) <= _LONGEST_ID else f"{id[:_LONGEST_ID]}…"  # whoever asks may send anything for an id
        super().__init__(f"There is no document {named} in this library; `quoth list` shows what there is.")
        self.id = id


class LibraryError(QuothError):
    """The library cannot be used as it is."""


class LibraryMissing(LibraryError):
    """There is no library at that place."""


class LibraryBusy(LibraryError):
    """Another process is writing to the library."""


class LibraryDamaged(LibraryError):
    """Stored files do not match their recorded hashes."""


class LibraryMismatch(LibraryError):
    """The library was made by another model, format or setting."""


class EncoderError(QuothError):
    """The embedding model is missing, or its weights are not the expected ones."""
