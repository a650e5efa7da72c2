"""The compact view for other people's pages: who may show it, what it may load, and what it says to whoever asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from quoth.corpus import BadRequest
from quoth.qa import Library
from quoth.ui.cli import quoth
from quoth.ui.embedding import add_embedding, embed_policy
from quoth.ui.lanes import Lane
from quoth.ui.pacing import Pace
from quoth.ui.security import Guard
from quoth.ui.serving import Serving
from quoth.ui.tokens import Tokens
from small_library import small_library

TEXTS = {"harbour.txt": "The harbour of Lund opened in 1904.", "hostile.txt": '"><script>harm()</script> sings.'}
ORIGINS = ("https://example.org", "http://127.0.0.1:8000")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with small_library(tmp_path_factory.mktemp("embedded") / "library", TEXTS) as library:
        yield library


@pytest.fixture(scope="module")
def client(library: Library) -> Iterator[TestClient]:
    app, lane = FastAPI(), Lane()
    add_embedding(app, library, lane, ORIGINS)
    app.add_middleware(Guard)
    with TestClient(app) as client:
        yield client
    lane.close()


def ask(client: TestClient, sent: object, **headers: str) -> dict[str, Any]:
    response = client.post("/embed/ask", content=json.dumps(sent), headers=headers)
    assert response.status_code == 200
    value: dict[str, Any] = response.json()
    return value


def test_only_pages_of_these_origins_may_show_it() -> None:
    assert embed_policy(ORIGINS).endswith("; frame-ancestors https://example.org http://127.0.0.1:8000")
    assert embed_policy(()).endswith("; frame-ancestors 'none'")
    assert "unsafe" not in embed_policy(ORIGINS)


def test_the_page_carries_that_policy_and_no_cookie(client: TestClient) -> None:
    response = client.get("/embed")
    assert response.headers["content-security-policy"] == embed_policy(ORIGINS)
    assert "set-cookie" not in response.headers
    assert "x-frame-options" not in response.headers
    assert "2 passages in 2 documents" in response.text
    assert response.text.count("<script") == 1  # our own, by its address


def test_an_answer_is_that_of_the_app(client: TestClient) -> None:
    view = ask(client, {"question": "When did the harbour of Lund open?", "base": "https://quoth.example/embed"})
    assert view["kind"] == "answer"
    assert view["quotes"][0]["text"] == TEXTS["harbour.txt"]
    assert "https://quoth.example/doc/" in view["quotes"][0]["cite"][1]["text"]
    assert set(view["marks"]) >= {view["quotes"][0]["document"]}


def test_earlier_questions_are_looked_at(client: TestClient) -> None:
    follow_up = "When did it open?"
    assert ask(client, {"question": follow_up})["query"] == ""
    assert ask(client, {"question": follow_up, "history": ["Where is the harbour of Lund?"]})["query"] != ""


@pytest.mark.parametrize("question", ["", "  ", "x" * 100_000, "half \ud800"])
def test_a_bad_question_is_a_sentence(client: TestClient, question: str) -> None:
    view = ask(client, {"question": question})
    assert view["kind"] == "error"
    assert len(view["sentence"].split()) > 3


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"question": 7}'])
def test_a_body_that_is_none_is_a_sentence(client: TestClient, body: bytes) -> None:
    response = client.post("/embed/ask", content=body)
    assert (response.status_code, response.json()["kind"]) == (200, "error")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["question", "history", "base"]), inner)
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=ANYTHING)
def test_whatever_is_sent_gets_a_turn(client: TestClient, sent: object) -> None:
    assert ask(client, sent)["kind"] in {"answer", "refusal", "error"}


def test_another_page_may_show_it_but_not_ask_through_it(client: TestClient) -> None:
    """What asks is the view itself, which is a page of ours; the page around it cannot read what it says."""
    foreign = client.post("/embed/ask", content="{}", headers={"origin": ORIGINS[0]})
    assert foreign.status_code == 403
    assert "access-control-allow-origin" not in client.get("/embed", headers={"origin": ORIGINS[0]}).headers
    ask(client, {"question": "When?"}, origin="http://testserver")


def test_a_library_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with small_library(tmp_path / "library", TEXTS) as broken:
        (tmp_path / "library" / "shelf.sqlite").write_bytes(b"rubbish" * 1000)
        app, lane = FastAPI(), Lane()
        add_embedding(app, broken, lane, ())
        with TestClient(app) as client:
            assert "&quot;error&quot;" in client.get("/embed").text
        lane.close()


@pytest.mark.parametrize(
    "origin",
    ["example.org", "*", "https://*.example.org", "https://example.org/", "ftp://a", "https://a;b", "https://a 'self'"],
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(BadRequest, match="no origin of pages"):
        Serving.at("127.0.0.1", Tokens(), (), Pace(), [origin])


def test_an_origin_is_taken_as_it_is_and_there_is_none_by_default() -> None:
    assert Serving.at("127.0.0.1", Tokens(), (), Pace(), ["https://example.org"]).embed_origins == (
        "https://example.org",
    )
    assert Serving.at("127.0.0.1", Tokens(), (), Pace()).embed_origins == ()
    assert "--embed-origin" in CliRunner().invoke(quoth, ["serve", "--help"]).output
