"""The addresses of documents and of PDF pages, asked over HTTP without the web app around them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from corpus_files import pdf
from quoth.corpus import DocumentId, Span
from quoth.qa import Library
from quoth.ui.document_routes import add_document_routes
from quoth.ui.links import document_link, place_link
from quoth.ui.page_routes import add_page_routes
from quoth.ui.security import PAGE_POLICY, Guard
from small_encoder import HashingEncoder

TEXT = "Intro 😀 line.\r\n\r\nThe <b>answer</b> is forty-two.\n\nThe <b>answer</b> is forty-two.\n"
WORDS = "The <b>answer</b> is forty-two."
PAGES = pdf([["The lamp was lit at dusk."], ["The tower was built in 1887."]])


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        yield library


@pytest.fixture
def client(library: Library) -> Iterator[TestClient]:
    app = FastAPI()
    add_document_routes(app, library)
    add_page_routes(app, library)
    app.add_middleware(Guard)
    with TestClient(app) as client:
        yield client


def added(library: Library, content: bytes, name: str = "a.txt") -> DocumentId:
    report = library.add_files([(name, content)])
    return (*report.added, *report.replaced)[0].id


def place(at: int) -> str:
    start = -1
    for _ in range(at):
        start = TEXT.index(WORDS, start + 1)
    return f"start={start}&stop={start + len(WORDS)}"


class TestPage:
    def test_it_is_html_without_scripts_and_says_so(self, client: TestClient, library: Library) -> None:
        response = client.get(f"/doc/{added(library, TEXT.encode())}?{place(1)}")
        assert response.status_code == 200
        assert response.headers["content-security-policy"] == PAGE_POLICY
        assert '<mark id="quote">' in response.text

    @pytest.mark.parametrize("query", ["start=x&stop=y", "start=9&stop=3", "start=-1&stop=2", "start=1", "sha=", "?&&=",
                                       f"start={'9' * 5000}&stop={'9' * 5001}", "start=٣&stop=٤"])  # fmt: skip
    def test_a_place_that_makes_no_sense_is_passed_over(self, client: TestClient, library: Library, query: str) -> None:
        response = client.get(f"/doc/{added(library, TEXT.encode())}?{query}")
        assert response.status_code == 200
        assert "<mark" not in response.text

    @pytest.mark.parametrize("id", ["0" * 16, "%3Cscript%3E", "..", "x" * 3000])
    def test_an_unknown_document_is_a_page_that_says_so(self, client: TestClient, id: str) -> None:
        response = client.get(f"/doc/{id}")
        assert response.status_code == 404
        assert "<script" not in response.text

    def test_a_replaced_document_leads_on(self, client: TestClient, library: Library) -> None:
        before = library.document(added(library, TEXT.encode()))
        address = place_link(before.id, before.uri, Span(0, 5), before.text_sha256)
        after = added(library, b"Other words.")
        response = client.get(f"/{urlsplit(address)._replace(fragment='').geturl()}", follow_redirects=False)
        assert (response.status_code, response.headers["location"]) == (302, f"{after}?replaced={before.id}")
        landed = client.get(f"/{urlsplit(address)._replace(fragment='').geturl()}")
        assert landed.url.path == f"/doc/{after}"
        assert "has been replaced" in landed.text
        assert "Other words." in landed.text
        assert client.get(f"/doc/{before.id}").status_code == 404  # nothing says which file it was

    def test_a_damaged_document_is_not_shown(self, client: TestClient, library: Library) -> None:
        id = added(library, TEXT.encode())
        with closing(sqlite3.connect(library.folder / "shelf.sqlite")) as sql:
            sql.execute("UPDATE documents SET text = 'Other.'")
            sql.commit()
        response = client.get(f"/doc/{id}")
        assert response.status_code == 500
        assert "no longer matches its hash" in response.text


class TestText:
    def test_its_paragraphs_join_to_the_text(self, client: TestClient, library: Library) -> None:
        response = client.get(f"/doc/{added(library, TEXT.encode())}/text.json")
        assert response.headers["content-type"] == "application/json"
        assert "".join(paragraph["text"] for paragraph in response.json()["paragraphs"]) == TEXT

    def test_a_browser_that_has_it_gets_nothing(self, client: TestClient, library: Library) -> None:
        address = f"/doc/{added(library, TEXT.encode())}/text.json"
        tag = client.get(address).headers["etag"]
        again = client.get(address, headers={"if-none-match": tag})
        assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", "private, no-cache")
        assert client.get(address, headers={"if-none-match": '"other"'}).status_code == 200

    def test_an_unknown_document_is_a_sentence(self, client: TestClient) -> None:
        response = client.get("/doc/0000000000000000/text.json")
        assert response.status_code == 200  # nothing unforeseen, which would stand in a browser's console
        assert "There is no document 0000000000000000" in response.json()["error"]

    @pytest.mark.parametrize("address", ["/doc/{}/text.json", "/doc/{}/places.json?start=0&stop=1", "/doc/{}"])
    def test_an_endless_id_is_not_sent_back(self, client: TestClient, address: str) -> None:
        said = client.get(address.format("x" * 5_000)).text
        assert "There is no document xxx" in said
        assert "x" * 65 not in said


class TestPlaces:
    def test_the_same_words_and_which_place_is_meant(self, client: TestClient, library: Library) -> None:
        id = added(library, TEXT.encode())
        found = client.get(f"/doc/{id}/places.json?{place(2)}").json()
        assert (found["document"], found["own"], found["total"], found["notice"]) == (id, 2, 2, "")
        assert set(found["marks"]) == {id}

    def test_a_stale_link_has_a_notice_and_no_places(self, client: TestClient, library: Library) -> None:
        id = added(library, TEXT.encode())
        found = client.get(f"/doc/{id}/places.json?{place(1)}&sha={'0' * 64}").json()
        assert "has changed" in found["notice"]
        assert set(found) == {"document", "notice"}

    def test_a_replaced_document_is_the_new_one(self, client: TestClient, library: Library) -> None:
        before = library.document(added(library, TEXT.encode()))
        at = document_link(before.id, before.uri).partition("?")[2]
        after = added(library, b"Other words.")
        found = client.get(f"/doc/{before.id}/places.json?{place(1)}&{at}").json()
        assert found["document"] == after
        assert "has been replaced" in found["notice"]

    @pytest.mark.parametrize(("id", "query"), [("", ""), ("", "start=a&stop=b"), ("0" * 16, "start=1&stop=2&at=zz")])
    def test_what_makes_no_sense_is_a_sentence(self, client: TestClient, library: Library, id: str, query: str) -> None:
        here = added(library, TEXT.encode())
        found = client.get(f"/doc/{id or here}/places.json?{query}").json()
        assert len(found["error"].split()) > 4


class TestPages:
    def test_a_page_is_a_picture_that_browsers_keep(self, client: TestClient, library: Library) -> None:
        address = f"/doc/{added(library, PAGES, 'lights.pdf')}/page/2.png"
        response = client.get(address)
        assert response.headers["content-type"] == "image/png"
        assert response.headers["cross-origin-resource-policy"] == "same-origin"
        with Image.open(BytesIO(response.content)) as picture:
            assert picture.size == (1240, 1605)
        again = client.get(address, headers={"if-none-match": response.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_the_words_are_found_on_the_page(self, client: TestClient, library: Library) -> None:
        id = added(library, PAGES, "lights.pdf")
        text = library.document(id).text
        start = text.index("tower")
        (box,) = client.get(f"/doc/{id}/page/2.json?start={start}&stop={start + 5}").json()["boxes"]
        assert set(box) == {"left", "top", "width", "height"}
        assert client.get(f"/doc/{id}/page/1.json?start={start}&stop={start + 5}").json() == {"boxes": []}
        assert client.get(f"/doc/{id}/page/2.json").json() == {"boxes": []}

    @pytest.mark.parametrize("page", ["0", "3", "-1", "99999999999999999999"])
    def test_a_page_that_is_not_there_is_a_problem(self, client: TestClient, library: Library, page: str) -> None:
        address = f"/doc/{added(library, PAGES, 'lights.pdf')}/page/{page}"
        response = client.get(f"{address}.png")
        assert response.status_code == 422
        assert "no page" in response.json()["detail"]
        assert client.get(f"{address}.json").json() == {"error": response.json()["detail"]}

    def test_other_documents_have_no_pages(self, client: TestClient, library: Library) -> None:
        assert client.get(f"/doc/{added(library, b'Words.')}/page/1.png").status_code == 422

    def test_a_file_on_this_machine_is_read_where_it_is_or_missed(
        self, client: TestClient, library: Library, tmp_path: Path
    ) -> None:
        path = tmp_path / "lights.pdf"
        path.write_bytes(PAGES)
        (record,) = library.add([path]).added
        path.rename(tmp_path / "elsewhere.pdf")
        missed = client.get(f"/doc/{record.id}/page/1.png")
        assert missed.status_code == 422
        assert "lights.pdf is not where it was when it was added" in missed.json()["detail"]
        (tmp_path / "elsewhere.pdf").rename(path)
        assert client.get(f"/doc/{record.id}/page/1.png").status_code == 200

    def test_a_removed_document_has_no_picture_any_more(self, client: TestClient, library: Library) -> None:
        id = added(library, PAGES, "lights.pdf")
        tag = client.get(f"/doc/{id}/page/1.png").headers["etag"]
        library.remove([id])
        assert client.get(f"/doc/{id}/page/1.png").status_code == 404
        assert client.get(f"/doc/{id}/page/1.png", headers={"if-none-match": tag}).status_code == 404
