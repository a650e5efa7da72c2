"""Addresses of characters: every one leads back to exactly its characters, and what leads nowhere says so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import BadRequest, Document, DocumentId, QuothError, Span
from quoth.qa import Library
from quoth.ui import mcp_places
from quoth.ui.mcp_places import PLACE_TEMPLATE, read_resource, resource_uri, span_in
from small_library import small_library
from strategies import document_of, documents

TEXT = "a😀b\r\ncafé e\u0301\u2028end\n"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return small_library(tmp_path_factory.mktemp("places") / "library", {"odd.txt": TEXT})


def only(library: Library) -> DocumentId:
    return library.documents()[0].id


@given(st.data())
@settings(deadline=None)
def test_an_address_leads_to_exactly_its_characters(library: Library, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(TEXT) - 1))
    stop = data.draw(st.integers(start + 1, len(TEXT)))
    assert read_resource(library, resource_uri(only(library), Span(start, stop))) == TEXT[start:stop]


def test_without_a_fragment_it_is_the_whole_text(library: Library) -> None:
    assert read_resource(library, resource_uri(only(library))) == TEXT


@pytest.mark.parametrize(
    ("fragment", "text"), [("char=6,", TEXT[6:]), ("char=,6", TEXT[:6]), ("char=,", TEXT), ("char=3,9999", TEXT[3:])]
)
def test_an_open_end_is_the_end_of_the_text(library: Library, fragment: str, text: str) -> None:
    assert read_resource(library, f"{resource_uri(only(library))}#{fragment}") == text


def test_a_line_end_of_two_characters_counts_as_two(library: Library) -> None:
    at = TEXT.index("\r\n")
    assert read_resource(library, resource_uri(only(library), Span(at, at + 3))) == "\r\nc"


def test_the_template_is_what_addresses_are_made_of(library: Library) -> None:
    made = PLACE_TEMPLATE.format(id=only(library), start=1, stop=2)
    assert made == resource_uri(only(library), Span(1, 2))


WRONG = (
    "",
    "quoth://document/",
    "quoth://document/{id}/",
    "quoth://document/{id}#",
    "quoth://document/{id}#char=5",
    "quoth://document/{id}#char=-1,5",
    "quoth://document/{id}#char=1,5;length=9",
    "quoth://document/{id}#char=٣,٥",
    "quoth://document/{id}#line=1,5",
    "quoth://document/{id}?x#char=1,2",
    "quoth://document/../{id}",
    "quoth://document/{id}\n",
    "QUOTH://document/{id}",
    "file:///etc/passwd",
    "x" * 100_000,
)


@pytest.mark.parametrize("uri", WRONG, ids=lambda uri: uri[:40])
def test_what_is_no_address_is_refused_in_a_sentence(library: Library, uri: str) -> None:
    with pytest.raises(BadRequest, match="is no address") as caught:
        read_resource(library, uri.replace("{id}", only(library)))
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("fragment", ["char=5,5", "char=7,3", "char=999999999999,", f"char={len(TEXT)},", "char=,0"])
def test_a_place_without_characters_is_refused(library: Library, fragment: str) -> None:
    with pytest.raises(BadRequest, match=f"has {len(TEXT)} characters"):
        read_resource(library, f"{resource_uri(only(library))}#{fragment}")


def test_a_document_that_is_not_there_is_refused(library: Library) -> None:
    with pytest.raises(QuothError, match="no document 0123456789abcdef"):
        read_resource(library, "quoth://document/0123456789abcdef")


def test_too_much_at_once_is_refused_with_an_address_that_is_not(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mcp_places, "LONGEST_RESOURCE", 4)
    with pytest.raises(BadRequest, match="at most 4 at once") as caught:
        read_resource(library, f"{resource_uri(only(library))}#char=2,")
    address = str(caught.value).split()[-1].rstrip(".")
    assert read_resource(library, address) == TEXT[2:6]


@given(documents(), st.integers(0, 400), st.none() | st.integers(0, 400))
def test_a_span_lies_in_its_document_or_is_refused(document: Document, start: int, stop: int | None) -> None:
    length = len(document.text)
    expected = range(length)[start:stop]
    if not expected:
        with pytest.raises(BadRequest):
            span_in(document, start, stop)
    else:
        assert span_in(document, start, stop) == Span(expected.start, expected.stop)


def test_nothing_lies_before_the_beginning() -> None:
    with pytest.raises(BadRequest):
        span_in(document_of("abc"), -2, None)
