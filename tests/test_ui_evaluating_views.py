"""The Evaluate tab without a browser: runs, what the page gets to draw, and what the server makes of what it sends."""

from __future__ import annotations

import csv
import io
import json
import re
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from quoth.qa import EVALUATION_FILES, Library, read_questions, replay
from quoth.ui.bench import Bench
from quoth.ui.record import answer_record
from quoth.ui.row_views import PAGE_ROWS
from quoth.ui.run_routes import add_run_routes
from quoth.ui.run_table import RunTable
from quoth.ui.runs import Runs
from quoth.ui.template import template
from small_library import small_library

BRIDGE = "The Ostrava bridge opened in 1901. Nobody had seen a bridge like it.\n\nIts engineer was Jana Dvořáková 😀.\n"
HOSTILE = "<script>alert(1)</script> ${1} {{2}} \x1b[31m \u202e"
ENDED = ("done", "stopped", "failed")


def rows(number: int, **more: Any) -> list[dict[str, Any]]:
    return [{"question": f"When did the Ostrava bridge open, {at}?", **more} for at in range(number)]


def mixed() -> list[dict[str, Any]]:
    return [
        {"id": "when", "question": "When did the Ostrava bridge open?", "answers": ["1901"]},
        {"id": "who", "question": "Who was the engineer?", "answers": [{"text": "Jana", "document": "bridge.txt"}]},
        {"id": HOSTILE, "question": f"Zebras {HOSTILE}?", "answerable": False},
        {"question": "What did the papers write?"},
        {"question": ""},
    ]


def jsonl(values: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in values).encode()


@pytest.fixture(scope="module")
def bridges(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return small_library(tmp_path_factory.mktemp("bridges") / "library", {"bridge.txt": BRIDGE})


@pytest.fixture
def runs(bridges: Library) -> Iterator[Runs]:
    made = Runs(bridges)
    yield made
    made.close()


@pytest.fixture
def bench(bridges: Library, runs: Runs) -> Bench:
    return Bench(bridges, runs)


@pytest.fixture
def take(bench: Bench, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Uploads a file, as Gradio hands it over."""

    def upload(content: bytes, name: str = "q.jsonl") -> dict[str, Any]:
        path = tmp_path / name
        path.write_bytes(content)
        view, emptied = bench.take(str(path))
        assert (emptied, path.exists()) == (None, False)
        return plain(view)

    return upload


def plain(view: dict[str, Any]) -> dict[str, Any]:
    assert json.loads(json.dumps(view)) == view
    return view


def act(bench: Bench, view: dict[str, Any], what: str, **more: Any) -> dict[str, Any]:
    return plain(bench.act({"do": what, "run": view["run"], **more}))


def wait(bench: Bench, view: dict[str, Any], *phases: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while view["phase"] not in (phases or ENDED):
        assert time.monotonic() < deadline, view
        time.sleep(0.005)
        view = act(bench, view, "look")
    return view


def stopped(bench: Bench, view: dict[str, Any], phase: str = "asking") -> dict[str, Any]:
    """Stops a long run in the middle of it."""
    wait(bench, view, phase)
    assert act(bench, view, "stop")["stopping"]
    return wait(bench, view)


def put(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def test_an_evaluation_from_the_file_to_the_quote(bench: Bench, take: Callable[..., dict[str, Any]]) -> None:
    done = wait(bench, take(jsonl(mixed())))
    assert done["phase"] == "done"
    assert done["title"] == "4 questions of q.jsonl"
    assert [problem["name"] for problem in done["problems"]] == ["q.jsonl, line 5"]
    figures = {figure["label"]: figure for figure in done["figures"]}
    assert list(figures) == [
        "First quote right", "Right within three", "Answered", "False answers", "False refusals", "AUROC",
        "Broken quotes", "Median time",
    ]  # fmt: skip
    assert figures["First quote right"]["n"] == "n = 2 questions"
    assert figures["Broken quotes"]["value"] == "0.0\N{NO-BREAK SPACE}%"
    assert all(len(figure["meaning"].split()) > 5 for figure in figures.values())
    assert all("95 % interval" in figure["range"] for figure in list(figures.values())[:-1])
    assert re.fullmatch(r"95 of 100 within \d+\xa0ms", figures["Median time"]["range"])
    assert figures["Median time"]["n"] == "n = 4 questions"
    listed = act(bench, done, "rows", outcome="", page=0)
    assert [row["key"] for row in listed["rows"]] == ["when", "who", HOSTILE, "#4"]
    assert listed["sentence"] == "1 to 4 of 4"
    opened = act(bench, done, "row", number=0)
    (marks,) = opened["marks"].values()
    pieces = [piece for paragraph in marks["paragraphs"].values() for piece in paragraph if 1 in piece["quotes"]]
    assert "".join(piece["text"] for piece in pieces) == listed["rows"][0]["quote"]
    assert listed["rows"][0]["quote"] in BRIDGE


def test_filters_count_and_show_what_they_say(bench: Bench, take: Callable[..., dict[str, Any]]) -> None:
    done = wait(bench, take(jsonl(mixed())))
    assert done["filters"][0] == {"outcome": "", "label": "all", "count": "4"}
    assert sum(int(choice["count"]) for choice in done["filters"][1:]) == 4
    for choice in done["filters"][1:]:
        shown = act(bench, done, "rows", outcome=choice["outcome"], page=0)["rows"]
        assert (len(shown), {row["label"] for row in shown}) == (int(choice["count"]), {choice["label"]})


def test_many_questions_come_in_pages(bench: Bench, take: Callable[..., dict[str, Any]]) -> None:
    done = wait(bench, take(jsonl(rows(2 * PAGE_ROWS + 3))))
    last = act(bench, done, "rows", outcome="", page=10**30)
    assert (last["page"], last["pages"], len(last["rows"])) == (2, 3, 3)
    numbers = [row["number"] for page in range(3) for row in act(bench, done, "rows", page=page)["rows"]]
    assert numbers == list(range(2 * PAGE_ROWS + 3))
    assert act(bench, done, "rows", outcome="no such")["sentence"] == "No such question."


def test_stop_keeps_what_is_answered_and_go_on_gives_the_same_run(
    bench: Bench, runs: Runs, take: Callable[..., dict[str, Any]]
) -> None:
    content = jsonl(rows(1_500))
    view = stopped(bench, take(content))
    assert view["phase"] == "stopped"
    assert 0 < view["done"] < view["total"] == 1_500
    assert view["sentence"].startswith(f"Stopped after {view['done']:,} of 1,500 questions.")
    assert wait(bench, act(bench, view, "resume"))["phase"] == "done"
    whole = wait(bench, take(content))
    first, second = (runs.find(one["run"]) for one in (view, whole))
    assert first is not None
    assert second is not None
    for name in ("answers.jsonl", "report.json", "run.trec"):
        assert (first.out / name).read_bytes() == (second.out / name).read_bytes()


def test_the_timing_of_single_questions_is_told_and_can_be_stopped(
    bench: Bench, take: Callable[..., dict[str, Any]]
) -> None:
    view = wait(bench, take(jsonl(rows(1_500))), "timing")
    assert view["stoppable"]
    assert re.match(r"Asking single questions first, .*: \d+ of 60 questions", view["sentence"])
    view = stopped(bench, view, "timing")
    assert (view["phase"], view["sentence"]) == ("stopped", "Stopped before the first question.")
    assert wait(bench, act(bench, view, "resume"), "asking")["total"] == 1_500
    stopped(bench, view)


def test_only_one_runs_at_a_time(bench: Bench, take: Callable[..., dict[str, Any]]) -> None:
    view = wait(bench, take(jsonl(rows(1_500))), "asking")
    refused = take(jsonl(mixed()))
    assert refused["phase"] == "error"
    assert "Another evaluation is running" in refused["sentence"]
    assert "of 1,500 questions asked" in refused["sentence"]
    assert bench.act({"do": "example"})["phase"] == "error"
    stopped(bench, view)
    assert wait(bench, take(jsonl(mixed())))["phase"] == "done"


BROKEN = {
    "empty.jsonl": b"",
    "noise.csv": bytes(range(256)) * 8,
    "no-column.csv": b"words,more\n1,2\n",
    "no-json.json": b'{"data": [',
    "other.json": b'{"a": 1}',
    "blank.csv": b"question\n\n",
    "noise.xlsx": b"no workbook",
    "text.txt": b"question\nWhat?\n",
    "no-suffix": b"question\nWhat?\n",
    "deep.json": b"[" * 100_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_gets_one_sentence_and_the_next_one_runs(
    bench: Bench, take: Callable[..., dict[str, Any]], name: str
) -> None:
    view = take(BROKEN[name], name)
    if view["phase"] != "error":
        view = wait(bench, view)
        assert view["phase"] == "failed"
    assert len(view["sentence"].split()) > 5
    assert name in view["sentence"]
    assert "quoth-runs-" not in view["sentence"]
    assert "\n" not in view["sentence"].strip()
    assert wait(bench, take(jsonl(mixed())))["phase"] == "done"


def test_a_workbook_that_would_unpack_to_an_absurd_size_is_refused(take: Callable[..., dict[str, Any]]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in range(3):
            archive.writestr(f"{part}.xml", b"\0" * 100 * 1024**2)
    assert "would unpack to 300 MB" in take(packed.getvalue(), "bomb.xlsx")["sentence"]


@pytest.mark.parametrize(
    "name", ["..hidden.jsonl", "a\nb.jsonl", HOSTILE.replace("/", "") + ".jsonl", "x" * 200 + ".jsonl"]
)
def test_any_file_name_will_do(bench: Bench, take: Callable[..., dict[str, Any]], name: str) -> None:
    done = wait(bench, take(jsonl(mixed()), name))
    assert done["phase"] == "done"
    assert not {"\n", "\x1b", "\u202e"} & set(done["name"])


def test_no_file_is_an_error(bench: Bench) -> None:
    assert bench.take(None)[0]["phase"] == "error"


def test_calibration_says_what_it_did(tmp_path: Path, take_into: Callable[..., Any]) -> None:
    library = small_library(tmp_path / "library", {"bridge.txt": BRIDGE})
    bench, view = take_into(library)
    assert view["calibration"]["enough"]
    calibrating = act(bench, view, "calibrate")
    assert calibrating["phase"] == "calibrating"
    after = wait(bench, calibrating)["calibration"]
    assert after["error"] == ""
    assert after["sentences"][0] == "Calibrated: of further questions of this kind at most 5.0% get an answer."
    assert "30 unanswerable questions" in after["sentences"][1]
    assert (library.folder / "calibration.json").exists()


@pytest.fixture
def take_into(tmp_path: Path) -> Iterator[Callable[..., tuple[Bench, dict[str, Any]]]]:
    """Evaluates enough unanswerable questions on a library of the test's own."""
    made: list[Runs] = []

    def begin(library: Library, unanswerable: int = 30) -> tuple[Bench, dict[str, Any]]:
        made.append(Runs(library))
        bench = Bench(library, made[-1])
        path = tmp_path / "none.jsonl"
        path.write_bytes(jsonl([*rows(unanswerable, answerable=False), *mixed()[:2]]))
        return bench, wait(bench, bench.take(str(path))[0])

    yield begin
    for runs in made:
        runs.close()


def test_a_calibration_tells_how_far_it_is_and_can_be_stopped(tmp_path: Path, take_into: Callable[..., Any]) -> None:
    library = small_library(tmp_path / "library", {"bridge.txt": BRIDGE})
    bench, view = take_into(library, 1_500)
    view = act(bench, view, "calibrate")
    while not (view["done"] and "left" in view["sentence"]):
        view = act(bench, view, "look")
        assert view["phase"] == "calibrating"
    assert (view["total"], view["stoppable"]) == (1_502, True)
    assert re.match(r"Asking the questions once more, .*: [\d,]+ of 1,502 questions, ", view["sentence"])
    view = stopped(bench, view, "calibrating")
    assert view["phase"] == "done"
    assert view["calibration"]["note"] == "Calibrating was stopped; the library is as it was."
    assert (view["calibration"]["error"], view["calibration"]["sentences"]) == ("", [])
    assert not (library.folder / "calibration.json").exists()
    assert act(bench, view, "rows")["rows"]


def test_too_few_for_a_calibration_is_said_and_refused(bench: Bench, take: Callable[..., dict[str, Any]]) -> None:
    done = wait(bench, take(jsonl(mixed())))
    assert not done["calibration"]["enough"]
    assert done["calibration"]["offer"].startswith("1 question of this file has no answer")
    after = wait(bench, act(bench, done, "calibrate"))
    assert (after["phase"], after["calibration"]["sentences"]) == ("done", [])
    assert "19 or more are needed" in after["calibration"]["error"]


def test_a_quote_of_a_document_that_is_gone_gets_a_sentence(tmp_path: Path, take_into: Callable[..., Any]) -> None:
    library = small_library(tmp_path / "library", {"bridge.txt": BRIDGE, "other.txt": "Something else is told here."})
    bench, view = take_into(library)
    library.remove([record.id for record in library.documents() if record.uri.endswith("bridge.txt")])
    opened = act(bench, view, "row", number=0)
    assert opened["phase"] == "error"
    assert "no document" in opened["sentence"]


JUNK = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.integers(), max_size=2)
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    what=st.sampled_from(["look", "stop", "resume", "rows", "row", "nothing"]) | JUNK, junk=st.tuples(JUNK, JUNK, JUNK)
)
def test_whatever_a_page_sends_gets_something_to_draw(finished: Any, what: object, junk: tuple[Any, ...]) -> None:
    bench, view = finished
    number, outcome, page = junk
    more = {"number": number, "outcome": outcome, "page": page}
    assert isinstance(plain(bench.act({"do": what, "run": view["run"], **more})), dict)
    assert bench.act({"do": what, "run": number})["phase"] == "gone"
    assert bench.act(what)["phase"] == "gone"


@pytest.fixture(scope="module")
def finished(bridges: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, dict[str, Any]]]:
    runs = Runs(bridges)
    bench = Bench(bridges, runs)
    path = tmp_path_factory.mktemp("finished") / "q.jsonl"
    path.write_bytes(jsonl(mixed()))
    yield bench, wait(bench, bench.take(str(path))[0])
    runs.close()


def test_the_table_of_a_run_holds_some_bytes_a_question(tmp_path: Path) -> None:
    """Where its lines begin, and which outcome it has: not its answer, of which there may be many thousands."""
    many = 20_000
    score, record = json.dumps({"outcome": "right", "answerable": False}), json.dumps({"question": "Why? " * 100})
    (tmp_path / "scores.jsonl").write_text(f"{score}\n" * many)
    (tmp_path / "answers.jsonl").write_text(f"{record}\n" * many)
    tracemalloc.start()
    table = RunTable(tmp_path)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 40 * many
    assert table.unanswerable == len(table.numbers("right")) == len(table.numbers("")) == many
    assert table.at(many - 1)[1] == {"question": "Why? " * 100}


# Comparing with the run before


def test_two_runs_are_compared_when_documents_came_between(tmp_path: Path, take_into: Callable[..., Any]) -> None:
    library = small_library(tmp_path / "library", {"bridge.txt": BRIDGE})
    bench, first = take_into(library)
    assert first["comparison"] is None
    library.add_files([("seven.txt", b"Somebody asked when did the Ostrava bridge open, 7, and it did not open.")])
    questions = tmp_path / "again.jsonl"
    questions.write_bytes(jsonl([*rows(30, answerable=False), *mixed()[:2]]))
    second = wait(bench, bench.take(str(questions))[0])
    offered = act(bench, second, "look", before=first["run"])["comparison"]
    assert offered["offer"] == "The run before: 32 questions of none.jsonl, asked of 1 passage in 1 document."
    assert (offered["link"], offered["sentences"]) == ("", [])
    wait(bench, act(bench, second, "compare", before=first["run"]))
    found = act(bench, second, "look", before=first["run"])["comparison"]
    assert found["sentences"][0].startswith("Compared with the run before: of 32 questions that both have, ")
    assert re.search(r"\d+ new answers?, \d+ new refusals?, \d+ other quotes?\.", found["sentences"][1])
    app = FastAPI()
    add_run_routes(app, bench._runs)
    with TestClient(app) as client:
        page = client.get(found["link"])
        assert client.get(f"runs/{first['run']}/comparison.html").status_code == 404
    assert "<h1>again.jsonl (this run, 2 documents) against none.jsonl (the run before, 1 document)</h1>" in page.text
    assert "quoth-runs-" not in page.text
    assert "sandbox allow-scripts" in page.headers["content-security-policy"]


def test_a_comparison_that_cannot_be_is_refused_in_a_sentence(
    bench: Bench, take: Callable[..., dict[str, Any]]
) -> None:
    first = wait(bench, take(jsonl(mixed()), "one.jsonl"))
    second = wait(bench, take(jsonl([{"question": "Why?"}]), "two.jsonl"))
    for token in (second["run"], "x", None, 7):
        assert act(bench, second, "look", before=token)["comparison"] is None
        assert "not kept any more" in act(bench, second, "compare", before=token)["sentence"]
    wait(bench, act(bench, second, "compare", before=first["run"]))
    found = act(bench, second, "look", before=first["run"])["comparison"]
    assert found["link"] == ""
    assert found["error"].startswith("The run before and this run have no question in common")
    unfinished = stopped(bench, take(jsonl(rows(1_500))))
    assert "not kept any more" in act(bench, second, "compare", before=unfinished["run"])["sentence"]
    assert act(bench, unfinished, "compare", before=first["run"])["phase"] == "stopped"


# The folder of a run


def test_runs_are_forgotten_in_time_and_in_number(bridges: Library) -> None:
    runs = Runs(bridges, kept=3600, most=2)
    bench = Bench(bridges, runs)
    made = []
    for _ in range(4):
        run = runs.begin("q.jsonl", put(jsonl(mixed())))
        assert run is not None
        wait(bench, {"run": run.token, "phase": run.status.phase})
        made.append(run)
    runs.sweep()
    assert [run.folder.exists() for run in made] == [False, False, True, True]
    made[3].used -= 3601
    runs.sweep()
    assert [runs.find(run.token) for run in made] == [None, None, made[2], None]
    runs.close()
    assert not made[2].folder.parent.exists()


def test_closing_stops_what_runs(bridges: Library) -> None:
    runs = Runs(bridges)
    run = runs.begin("q.jsonl", put(jsonl(rows(5_000))))
    assert run is not None
    while run.status.phase == "reading":
        time.sleep(0.005)
    runs.close()
    assert run.status.phase == "stopped"
    assert not run.folder.exists()


def test_files_are_served_to_who_knows_the_token(bench: Bench, runs: Runs, take: Callable[..., dict[str, Any]]) -> None:
    app = FastAPI()
    add_run_routes(app, runs)
    done = wait(bench, take(jsonl(mixed()), "my questions.jsonl"))
    with TestClient(app) as client:
        page = client.get(done["report_link"])
        packed = client.get(done["zip_link"])
        missing = [client.get(f"runs/{token}/{name}") for token in ("x", "..") for name in ("report.html", "run.zip")]
        other = client.get(f"runs/{done['run']}/answers.jsonl")
    policy = page.headers["content-security-policy"]
    assert "<h1>Evaluation of my questions.jsonl</h1>" in page.text
    assert "sandbox allow-scripts" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert set(archive.namelist()) == {*EVALUATION_FILES, "questions/my questions.jsonl"} - {"comparison.html"}
        assert archive.read("questions/my questions.jsonl") == jsonl(mixed())
    assert {response.status_code for response in [*missing, other]} == {404}


def test_the_zip_file_runs_again_anywhere_to_the_same_bytes(
    bridges: Library, bench: Bench, runs: Runs, take: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    done = wait(bench, take(jsonl(mixed()), "mine.jsonl"))
    app = FastAPI()
    add_run_routes(app, runs)
    with TestClient(app) as client:
        packed = client.get(done["zip_link"]).content
    runs.close()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path / "unzipped")
    manifest = tmp_path / "unzipped" / "manifest.json"
    assert json.loads(manifest.read_text(encoding="utf-8"))["questions"]["path"] == "questions/mine.jsonl"
    _, different = replay(bridges, manifest, tmp_path / "again", answer_record)
    assert different == ()
    for path in (tmp_path / "again").rglob("*"):
        if path.is_file() and path.name != "timing.json":
            assert path.read_bytes() == (tmp_path / "unzipped" / path.relative_to(tmp_path / "again")).read_bytes()


def test_an_unfinished_run_has_no_files(bench: Bench, runs: Runs, take: Callable[..., dict[str, Any]]) -> None:
    app = FastAPI()
    add_run_routes(app, runs)
    view = wait(bench, take(jsonl(rows(1_500))), "asking")
    with TestClient(app) as client:
        assert client.get(f"runs/{view['run']}/run.zip").status_code == 404
    stopped(bench, view)


# The template


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_template_is_a_question_file(form: str, tmp_path: Path) -> None:
    (tmp_path / f"t.{form}").write_text(template(form), encoding="utf-8", newline="")
    file = read_questions(tmp_path / f"t.{form}")
    assert file.problems == ()
    assert [(row.question, row.answerable) for row in file.rows] == [
        (row["question"], row["answerable"] == "true") for row in csv.DictReader(io.StringIO(template("csv")))
    ]
    app = FastAPI()
    add_run_routes(app, Runs.__new__(Runs))
    with TestClient(app) as client:
        served = client.get(f"quoth/quoth-questions.{form}")
        assert client.get("quoth/quoth-questions.exe").status_code == 404
    assert served.content == template(form).encode()
    assert "attachment" in served.headers["content-disposition"]


def test_the_example_needs_the_bundled_texts(bench: Bench, bundled_library: Path) -> None:
    assert bench.welcome()["example"] is False
    with Library.open(bundled_library) as library:
        runs = Runs(library)
        served = Bench(library, runs)
        assert served.welcome()["example"] is True
        done = wait(served, served.act({"do": "example"}))
        assert (done["phase"], done["problems"], done["title"]) == ("done", [], "3 questions of quoth-questions.csv")
        labels = [row["label"] for row in act(served, done, "rows")["rows"]]
        runs.close()
    assert len(labels) == 3
    assert "not scored" not in labels
