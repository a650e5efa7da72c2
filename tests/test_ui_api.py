"""The routes of the HTTP API: what they give, and that it is the library's own answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api_clients import ANSWERED, REFUSED, TEXTS, Served, served
from quoth.qa import Library
from quoth.ui.limits import UploadLimits
from quoth.ui.record import answer_record
from small_library import small_library

SCHEMA = "/api/v1/schema"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return small_library(tmp_path_factory.mktemp("asked"), TEXTS)


@pytest.fixture(scope="module")
def server(library: Library) -> Iterator[Served]:
    """For what only reads."""
    with served(library) as it:
        yield it


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """For what changes the library."""
    with served(small_library(tmp_path_factory.mktemp("own"), TEXTS)) as it:
        yield it


def timeless(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "elapsed_ms": 0}


# --- asking


@pytest.mark.parametrize(("question", "answered"), [(ANSWERED, True), (REFUSED, False)])
def test_an_answer_is_the_record_of_the_library(
    server: Served, library: Library, question: str, answered: bool
) -> None:
    record = server.ask(question)
    assert record["answered"] is answered
    assert timeless(record) == timeless(json.loads(json.dumps(answer_record(library.ask(question)))))
    Draft202012Validator(server.client.get(SCHEMA).json()).validate(record)


def test_quotes_filter_and_history_are_those_of_the_library(server: Served, library: Library) -> None:
    (rivers,) = [one for one in library.documents() if one.title == "Rivers"]
    before = "Which is the longest river of Africa?"
    asked: dict[str, Any] = {"quotes": 1, "history": [before], "documents": [rivers.id]}
    record = server.ask("Where does it end?", **asked)
    assert timeless(record) == timeless(answer_record(library.ask("Where does it end?", **asked)))
    assert record["query_used"] != "Where does it end?"
    found = server.client.post("/api/v1/search", json={"question": "harbour", "documents": ["rivers"]}).json()
    assert {hit["source"]["document"] for hit in found["hits"]} == {rivers.id}


def test_a_document_that_is_not_there_is_no_silent_refusal(server: Served) -> None:
    for path in ("ask", "search"):
        response = server.client.post(f"/api/v1/{path}", json={"question": "Who?", "documents": ["nowhere.txt"]})
        assert response.status_code == 422
        assert "nowhere.txt" in response.json()["detail"]


def units(text: str) -> bytes:
    return text.encode("utf-16-le")


@pytest.mark.parametrize("question", [ANSWERED, REFUSED])
def test_utf16_offsets_cut_the_same_words_in_javascripts_units(
    server: Served, library: Library, question: str
) -> None:
    record = server.ask(question, utf16=True)
    quotes = record["quotes"] or record["abstention"]["nearest"]
    assert any(quote["source"]["utf16"]["stop"] != quote["source"]["stop"] for quote in quotes), "the ship is two units"
    for quote in quotes:
        text = library.document(quote["source"]["document"]).text
        for span in (quote["source"], quote["highlight"] or quote["source"]):
            counted = span["utf16"]
            assert units(text)[2 * counted["start"] : 2 * counted["stop"]] == units(text[span["start"] : span["stop"]])
    Draft202012Validator(server.client.get(SCHEMA).json()).validate(record)
    assert "utf16" not in json.dumps(server.ask(question))


def test_search_ranks_without_judging(server: Served, library: Library) -> None:
    response = server.client.post("/api/v1/search", json={"question": REFUSED, "k": 2, "utf16": True})
    hits = response.json()["hits"]
    assert [hit["score"] for hit in hits] == [hit.score for hit in library.search(REFUSED, 2)]
    for hit in hits:
        text, source = library.document(hit["source"]["document"]).text, hit["source"]
        assert hit["text"] == text[source["start"] : source["stop"]]
        assert units(hit["text"]) == units(text)[2 * source["utf16"]["start"] : 2 * source["utf16"]["stop"]]


# --- many questions


def test_a_batch_answers_in_its_order_and_passes_over_what_cannot_be_asked(server: Served) -> None:
    wanted = [ANSWERED, REFUSED, "   ", ANSWERED, "x" * 2001, "Is Tana deep?"] * 3
    questions = [{"question": question, "id": number} for number, question in enumerate(wanted)]
    response = server.client.post("/api/v1/ask/batch", json={"questions": questions, "quotes": 1})
    assert response.headers["content-type"].startswith("application/x-ndjson")
    rows = [json.loads(line) for line in response.text.split("\n")[:-1]]
    assert [(row["id"], row["question"]) for row in rows] == list(enumerate(wanted))
    for row in rows:
        if "problem" in row:
            assert row["problem"]["type"] == "urn:quoth:problem:bad-question"
            assert len(row["question"].strip()) in (0, 2001)
        else:
            alone = {**server.ask(row["question"], quotes=1), "id": row["id"]}
            assert timeless(row) == timeless(alone)
            assert list(row)[:3] == ["schema", "id", "question"], "as in answers.jsonl"


def test_a_batch_is_bounded(server: Served) -> None:
    for many in (0, 1_001):
        body = {"questions": [{"question": "Who?"}] * many}
        assert server.client.post("/api/v1/ask/batch", json=body).status_code == 422


def test_a_batch_may_be_verified_as_it_comes(server: Served) -> None:
    rows = server.client.post("/api/v1/ask/batch", json={"questions": [{"question": ANSWERED}] * 2, "utf16": True})
    verdicts = server.client.post("/api/v1/verify", content=rows.content, headers=NDJSON).json()
    assert (verdicts["checked"], verdicts["failed"]) == (2, 0)
    assert [verdict["line"] for verdict in verdicts["verdicts"]] == [1, 2]


# --- verifying

NDJSON = {"content-type": "application/x-ndjson"}


def test_a_changed_word_fails_and_says_why(server: Served) -> None:
    record = server.ask(ANSWERED)
    record["quotes"][0]["text"] = record["quotes"][0]["text"].replace("1904", "1905")
    for body in (record, [record, server.ask(ANSWERED)]):
        verdicts = server.client.post("/api/v1/verify", json=body).json()
        assert verdicts["failed"] == 1
        assert "do not match" in verdicts["verdicts"][0]["reason"]


def test_a_refusals_passages_are_verified_too(server: Served) -> None:
    record = server.ask(REFUSED)
    verdicts = server.client.post("/api/v1/verify", json=record).json()
    assert (verdicts["checked"], verdicts["failed"]) == (len(record["abstention"]["nearest"]), 0)


NO_RECORDS = ["5", "[]", '{"no": "record"}', "[" * 50_000, "{", '{"quotes": [1e999], "abstention": 4}']


@pytest.mark.parametrize("body", NO_RECORDS)
@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson", "application/jsonl"])
def test_what_is_no_record_is_refused(server: Served, body: str, kind: str) -> None:
    response = server.client.post("/api/v1/verify", content=body, headers={"content-type": kind})
    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == "application/problem+json"


def test_an_offset_beyond_all_bounds_is_a_verdict(server: Served) -> None:
    text = json.dumps(server.ask(ANSWERED)).replace('"stop":', '"stop": 1e999, "was":')
    verdicts = server.client.post("/api/v1/verify", content=text, headers=NDJSON).json()
    assert verdicts["failed"] == 1


# --- documents


def test_documents_are_listed_in_parts(server: Served, library: Library) -> None:
    titles = [record.title for record in library.documents()]
    parts = [server.client.get(f"/api/v1/documents?offset={offset}&limit=1").json() for offset in range(3)]
    assert [[one["title"] for one in part["documents"]] for part in parts] == [[titles[0]], [titles[1]], []]
    assert {part["total"] for part in parts} == {2}
    assert parts[0]["documents"][0] == server.client.get(f"/api/v1/documents/{library.documents()[0].id}").json()


@pytest.mark.parametrize(("start", "stop"), [(0, None), (4, 11), (19, 30), (20, 5_000)])
def test_text_is_read_by_characters_or_by_units(
    server: Served, library: Library, start: int, stop: int | None
) -> None:
    document = library.document(library.documents()[0].id)
    assert "🚢" in document.text
    params = {"start": start} if stop is None else {"start": start, "stop": stop}
    address = f"/api/v1/documents/{document.id}/text"
    response = server.client.get(address, params=params)
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.content.decode() == document.text[start:stop]
    in_units = server.client.get(address, params={**params, "utf16": True})
    expected = units(document.text)[2 * start : None if stop is None else 2 * stop]
    assert units(in_units.content.decode()) == expected


def test_there_is_no_half_of_a_character_and_nothing_behind_the_end(server: Served, library: Library) -> None:
    document = library.document(library.documents()[0].id)
    inside = document.text.index("🚢") + 1
    for query in (f"start={inside}&utf16=true", "start=5000", "start=5&stop=5", "start=9&stop=4"):
        response = server.client.get(f"/api/v1/documents/{document.id}/text?{query}")
        assert response.status_code == 422, query


def upload(server: Served, *files: tuple[str, str]) -> Any:
    return server.client.post("/api/v1/documents", files=[("files", (name, text.encode())) for name, text in files])


def test_uploads_are_added_replaced_known_and_named_where_they_cannot_be_read(own: Served) -> None:
    first = upload(own, ("moon.txt", "The moon is made of basalt."), ("moon.zzz", "no"))
    assert first.status_code == 201
    assert [one["title"] for one in first.json()["added"]] == ["Moon"]
    assert [(one["name"], "not read" in one["reason"]) for one in first.json()["refused"]] == [("moon.zzz", True)]
    assert "basalt" in own.ask("What is the moon made of?")["quotes"][0]["text"]
    assert upload(own, ("moon.txt", "The moon is made of basalt.")).status_code == 200
    again = upload(own, ("moon.txt", "The moon is made of anorthosite."))
    assert (again.status_code, [one["title"] for one in again.json()["replaced"]]) == (201, ["Moon"])
    assert own.client.get("/api/v1/documents").json()["total"] == 3


def test_line_ends_and_emoji_come_back_as_they_were(own: Served) -> None:
    text = "One 🦊.\r\nTwo.\rThree.\n"
    (added,) = upload(own, ("ends.txt", text)).json()["added"]
    assert own.client.get(f"/api/v1/documents/{added['id']}/text").content == text.encode()


def test_uploads_of_which_none_can_be_read_are_a_problem(own: Served) -> None:
    alone = upload(own, ("moon.zzz", "no"))
    both = upload(own, ("moon.zzz", "no"), ("empty.txt", ""))
    assert (alone.status_code, both.status_code) == (422, 422)
    assert "moon.zzz: " in alone.json()["detail"]
    assert "moon.zzz: " in both.json()["detail"]
    assert "empty.txt: " in both.json()["detail"]
    assert own.client.post("/api/v1/documents", files=[("wrong", b"x")]).status_code == 422


def test_an_upload_is_called_by_its_name_wherever_it_says_it_lies(own: Served) -> None:
    (added,) = upload(own, ("../../etc/moon\x1b[2J.txt", "The moon is far away.")).json()["added"]
    assert added["uri"] == "upload:etc/moon<U+001B>[2J.txt"


def test_too_many_and_too_large_files_are_refused(library: Library) -> None:
    with served(library, uploads=UploadLimits(files=2, file_bytes=20, total_bytes=30)) as it:
        assert "at most 2" in upload(it, *[("a.txt", "x")] * 3).json()["detail"]
        assert "at most 20 bytes" in upload(it, ("a.txt", "x" * 21)).json()["detail"]
        assert upload(it, ("a.txt", "x" * 20), ("b.txt", "x" * 20)).status_code == 422


def test_a_removed_document_is_gone_and_cannot_be_removed_again(own: Served) -> None:
    (record,) = own.client.get("/api/v1/documents?limit=1").json()["documents"]
    address = f"/api/v1/documents/{record['id']}"
    assert own.client.delete(address).json() == record
    for response in (own.client.delete(address), own.client.get(address), own.client.get(f"{address}/text")):
        assert response.status_code == 404
        assert response.json()["type"] == "urn:quoth:problem:unknown-document"
    assert own.ask(ANSWERED)["answered"] is False


# --- the server itself


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_health_says_which_library_it_is(server: Served, library: Library, prefix: str) -> None:
    health = server.client.get(f"{prefix}/healthz").json()
    assert health == {"status": "ok", "library": {"id": library.stamp.id, "documents": 2, "passages": 2}}


def test_health_says_when_it_is_not_ready(library: Library) -> None:
    with served(library, ready=False) as it:
        response = it.client.get("/healthz")
        assert (response.status_code, response.json()) == (503, {"status": "starting"})


def test_a_broken_library_is_told_from_a_healthy_one(own: Served) -> None:
    own.service.library.close()
    (own.service.library.folder / "index.sqlite").write_bytes(b"no database at all")
    response = own.client.get("/healthz")
    assert (response.status_code, response.json()) == (503, {"status": "failing"})
    problem = own.client.post("/api/v1/ask", json={"question": ANSWERED})
    assert problem.status_code == 500
    assert str(own.service.library.folder) not in problem.text, "the folders of the server are nobody's business"


def numbers(server: Served) -> dict[str, float]:
    lines = server.client.get("/metrics").text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_metrics_count_answers_requests_and_documents_and_tell_no_question(own: Served) -> None:
    own.ask(ANSWERED)
    own.ask(REFUSED)
    own.client.get("/api/v1/documents/0123456789abcdef")
    own.client.get("/api/v1/nowhere/at/all")
    own.client.request("BREW", "/api/v1/ask")
    found = numbers(own)
    assert found['quoth_questions_total{outcome="answered"}'] == 1
    assert found['quoth_questions_total{outcome="refused"}'] == 1
    assert found['quoth_http_requests_total{method="POST",route="/api/v1/ask",status="200"}'] == 2
    assert found['quoth_http_requests_total{method="GET",route="/api/v1/documents/{id}",status="404"}'] == 1
    assert found['quoth_http_requests_total{method="GET",route="none",status="404"}'] == 1
    assert found['quoth_http_requests_total{method="other",route="/api/v1/ask",status="405"}'] == 1
    assert found['quoth_http_request_seconds_count{route="/api/v1/ask"}'] == 3
    assert (found["quoth_library_documents"], found["quoth_library_passages"]) == (2, 2)
    assert found["quoth_http_requests_in_progress"] == 0
    text = own.client.get("/metrics").text
    assert "harbour" not in text
    assert "symphonies" not in text
    assert "0123456789abcdef" not in text


def test_metrics_speak_the_format_that_is_asked_for(server: Served) -> None:
    openmetrics = server.client.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert openmetrics.headers["content-type"].startswith("application/openmetrics-text")
    assert openmetrics.text.endswith("# EOF\n")
    assert server.client.get("/api/v1/metrics").headers["content-type"].startswith("text/plain")
