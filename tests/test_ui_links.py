"""Links: what they carry, and where they lead when a document has changed, was replaced or is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from quoth.corpus import DocumentId, Span, UnknownDocument
from quoth.qa import Library
from quoth.ui.links import Link, document_link, follow, origin_key, place_link, successor
from small_encoder import HashingEncoder

FIRST, SECOND = b"The lamp was lit at dusk.\n", b"The lamp was never lit, they say.\n"
ABSENT = DocumentId("0" * 16)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        yield library


def added(library: Library, content: bytes, name: str = "lamp.txt") -> DocumentId:
    report = library.add_files([(name, content)])
    return (*report.added, *report.replaced)[0].id


def link_to(library: Library, id: DocumentId, span: Span | None = None) -> Link:
    """What the server makes of the link it gave out for a place of a document."""
    document = library.document(id)
    address = place_link(id, document.uri, span, document.text_sha256) if span else document_link(id, document.uri)
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert parts.path == f"doc/{id}"
    assert span is None or (int(query["start"]), int(query["stop"])) == (span.start, span.stop)
    return Link(id, span, query.get("sha", ""), query["at"])


def test_a_link_leads_to_its_place_as_long_as_nothing_has_changed(library: Library) -> None:
    id = added(library, FIRST)
    followed = follow(library, link_to(library, id, Span(4, 8)))
    assert (followed.document.id, followed.span, followed.notice) == (id, Span(4, 8), "")
    assert follow(library, link_to(library, id)).span is None


def test_another_text_under_the_same_id_is_said_and_not_marked(library: Library) -> None:
    """A newer Quoth may read another text out of the same file."""
    link = link_to(library, added(library, FIRST), Span(4, 8))
    followed = follow(library, Link(link.document, link.span, "0" * 64, link.origin))
    assert followed.span is None
    assert "has changed since the link was made" in followed.notice


def test_a_place_outside_is_said(library: Library) -> None:
    followed = follow(library, Link(added(library, FIRST), Span(4, 999)))
    assert followed.span is None
    assert "outside the document" in followed.notice


def test_a_replaced_document_leads_on_to_its_next_version(library: Library) -> None:
    link = link_to(library, added(library, FIRST), Span(4, 8))
    after = added(library, SECOND)
    with pytest.raises(UnknownDocument):
        follow(library, link)
    assert successor(library, link) == after
    followed = follow(library, Link(after, replaced=link.document))
    assert (followed.document.id, followed.span) == (after, None)
    assert "has been replaced" in followed.notice


def test_it_leads_on_over_several_versions_and_to_files_on_this_machine_too(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "lamp.txt"
    path.write_bytes(FIRST)
    link = link_to(library, library.add([path]).added[0].id)
    for content in (SECOND, b"A third version.", b"A fourth version."):
        path.write_bytes(content)
        library.add([path])
    assert library.document(successor(library, link)).text == "A fourth version."


def test_a_removed_document_has_no_next_version(library: Library) -> None:
    id = added(library, FIRST)
    link = link_to(library, id)
    added(library, SECOND, "other.txt")
    library.remove([id])
    with pytest.raises(UnknownDocument, match=id):
        successor(library, link)


@pytest.mark.parametrize("origin", ["", "0" * 12, "nonsense"])
def test_without_knowing_where_it_came_from_nothing_is_led_on(library: Library, origin: str) -> None:
    added(library, FIRST)
    with pytest.raises(UnknownDocument):
        successor(library, Link(ABSENT, origin=origin))


def test_a_link_tells_nothing_of_the_folders_of_this_machine(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "secret plans.txt"
    path.write_bytes(FIRST)
    (record,) = library.add([path]).added
    address = document_link(record.id, record.uri)
    assert "secret" not in address
    assert str(tmp_path) not in address
    assert origin_key(record.uri) != origin_key(record.uri + "x")
