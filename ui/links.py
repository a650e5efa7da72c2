"""The addresses of documents and of places in them, and what they carry so that they still say something in years.

    doc/ID?start=120&stop=345&sha=HASH&at=KEY#quote

`start` and `stop` are code points, `sha` is the SHA-256 of the text at that time, and `at` stands for where the
document came from: by it the next version of a file is found. Addresses are relative to the page that shows them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from quoth.corpus import Document, DocumentId, Span, UnknownDocument
from quoth.qa import Library

__all__ = ["Followed", "Link", "document_link", "follow", "origin_key", "place_link", "successor"]

_KEY_LENGTH: Final = 12

_CHANGED: Final = "This document has changed since the link was made, so the quoted place is not marked."
_OUTSIDE: Final = "The place this link names lies outside the document."
_REPLACED: Final = (
    "The document that this link was made for has been replaced. This is its next version, so the quoted place is not "
    "marked; where the same words still stand, your browser may show them."
)


@dataclass(frozen=True, slots=True)
class Link:
    """What a link asks for: a document, a place in it, and what was known of both when it was made.

    `replaced` is the document it was made for, where somebody was led on from that to this one.
    """

    document: DocumentId
    span: Span | None = None
    sha: str = ""
    origin: str = ""
    replaced: str = ""


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a link leads: `span` is the place it names, if that still holds; `notice` says what has changed since."""

    document: Document
    span: Span | None
    notice: str


def origin_key(uri: str) -> str:
    """Stands for the place a document came from without giving it away: the beginning of its SHA-256."""
    return hashlib.sha256(uri.encode("utf-8")).hexdigest()[:_KEY_LENGTH]


def document_link(id: DocumentId, uri: str) -> str:
    """To the plain page of a document."""
    return f"doc/{id}?{urlencode({'at': origin_key(uri)})}"


def place_link(id: DocumentId, uri: str, span: Span, text_sha256: str, fragment: str = "") -> str:
    """To a place in a document; `fragment` lets browsers look for its words too, should the place not hold any more."""
    query = {"start": span.start, "stop": span.stop, "sha": text_sha256, "at": origin_key(uri)}
    return f"doc/{id}?{urlencode(query)}#quote{fragment}"


def follow(library: Library, link: Link) -> Followed:
    """Where `link` leads. Raises UnknownDocument, LibraryDamaged."""
    document = library.document(link.document)
    if link.replaced:
        return Followed(document, None, _REPLACED)
    if link.sha and link.sha != document.text_sha256:
        return Followed(document, None, _CHANGED)
    if link.span is not None and link.span.stop > len(document.text):
        return Followed(document, None, _OUTSIDE)
    return Followed(document, link.span, "")


def successor(library: Library, link: Link) -> DocumentId:
    """The document that has taken the place of the one `link` names. Raises UnknownDocument where none has."""
    for record in library.documents() if link.origin else ():
        if origin_key(record.uri) == link.origin:
            return record.id
    raise UnknownDocument(link.document)
