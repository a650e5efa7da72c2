"""`quoth evaluate` and `quoth compare` as an engineer runs them, and the pages they draw."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from browser_steps import violations
from conftest import SCRIPT, environment
from quoth.qa import Bin, Estimate, EvaluationReport, Progress, RiskPoint, compare_runs, evaluate
from quoth.ui import evaluating
from quoth.ui.charts import interval_bar, outcome_bars, reliability_curve, risk_curve
from quoth.ui.comparison_page import write_comparison
from quoth.ui.evaluation_page import write_report
from quoth.ui.record import answer_record
from quoth.ui.report_page import badge, safe
from small_library import small_library

pytest_plugins = ["browser_fixtures"]

Quoth = Callable[..., "subprocess.CompletedProcess[str]"]
ROOT = Path(__file__).resolve().parent.parent
ARTICLES = ROOT / "tests" / "data" / "articles.jsonl"
HOSTILE = "<script>alert(1)</script> \"'& \x1b[31m \u202e </style>"


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve of the questions."""
    path = tmp_path_factory.mktemp("few") / "few.jsonl"
    path.write_bytes(b"".join(ARTICLES.read_bytes().splitlines(keepends=True)[::10]))
    return path


def row(key: str, outcome: str, quote: str | None, **values: float) -> dict[str, Any]:
    return {"key": key, "outcome": outcome, "quote": quote, "values": values}


def hostile_run(folder: Path, name: str, texts: dict[str, str]) -> tuple[EvaluationReport, Path]:
    """A run whose documents and questions hold what a page could stumble over."""
    library = small_library(folder / f"library-{name}", texts)
    questions = folder / f"{name}.jsonl"
    rows = [
        {"id": HOSTILE, "question": f"When did the bridge open {HOSTILE}?", "answers": [{"text": f"1901 {HOSTILE}"}]},
        {"question": "Which lighthouse is the highest of the whole coast?", "answerable": False},
        {"question": "", "id": HOSTILE[:5]},
    ]
    questions.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    report = evaluate(library, questions, folder / name, answer_record)
    return report, write_report(report, folder / name)


class Tags(HTMLParser):
    """Every tag with its attributes, in order; what never closes is left on the stack."""

    EMPTY = frozenset({"meta", "br", "rect", "line", "circle", "polyline"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.EMPTY:
            assert self.open.pop() == tag


def checked_page(path: Path) -> str:
    """The page's text, after it was seen to be whole, to run nothing foreign and to ask for nothing."""
    text = path.read_text(encoding="utf-8")
    parsed = Tags(text)
    assert parsed.open == []
    assert [tag for tag, _ in parsed.tags].count("script") == 1
    assert not {"link", "img", "iframe", "object", "base", "form"} & {tag for tag, _ in parsed.tags}
    named = {name for _, attributes in parsed.tags for name in attributes}
    assert not {"src", "href", "srcset", "action", "xlink:href"} & named
    assert not any(name.startswith("on") for name in named)
    assert "url(" not in text
    assert "default-src 'none'" in text
    assert "\x1b" not in text
    return text


# The commands


def test_evaluate_writes_a_run_and_says_what_came_out(
    quoth: Quoth, bundled_library: Path, few: Path, tmp_path: Path
) -> None:
    done = quoth("evaluate", few, "--library", bundled_library)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("12 questions of few.jsonl.\n")
    assert re.search(r"first quote right: \d+\.\d % \(\d+\.\d % to \d+\.\d %, n = \d+\)", done.stdout)
    assert "quotes that do not stand in their document: 0.0 %" in done.stdout
    assert "a second on" in done.stdout
    assert done.stdout.isascii()
    checked_page(tmp_path / "few.evaluation" / "report.html")
    checked = quoth("verify", tmp_path / "few.evaluation" / "answers.jsonl", "--library", bundled_library)
    assert checked.returncode == 0


def test_evaluate_as_json_replay_and_compare(quoth: Quoth, bundled_library: Path, few: Path, tmp_path: Path) -> None:
    where = ("--library", bundled_library)
    done = quoth("evaluate", few, "--out", "a", "--json", "--quotes", "2", *where)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["schema"], record["questions"], record["out"], record["different"]) == (
        "quoth.report/1",
        12,
        "a",
        [],
    )
    assert record["timing"]["together_n"] == 12
    again = quoth("evaluate", "--replay", "a/manifest.json", "--json", *where)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["out"] == "a.replay"
    compared = quoth("compare", "a", "a.replay")
    assert compared.returncode == 0, compared.stderr
    assert "12 questions in both runs." in compared.stdout
    assert "Now right: 0. Now wrong: 0. In all 0 new answers, 0 new refusals, 0 other quotes." in compared.stdout
    assert "Passed: no significant loss." in compared.stdout
    checked_page(tmp_path / "a.replay" / "comparison.html")


def test_a_replay_with_other_bytes_ends_with_1(quoth: Quoth, bundled_library: Path, few: Path, tmp_path: Path) -> None:
    assert quoth("evaluate", few, "--out", "a", "--library", bundled_library).returncode == 0
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["answers.jsonl"] = "0" * 64
    (tmp_path / "a" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    done = quoth("evaluate", "--replay", "a/manifest.json", "--out", "b", "--library", bundled_library)
    assert (done.returncode, done.stderr) == (1, "answers.jsonl is not what it was in that run.\n")


def test_a_loss_ends_with_1_unless_it_is_put_up_with(quoth: Quoth, tmp_path: Path) -> None:
    from test_qa_comparing import written, yes_no

    written(tmp_path / "a", yes_no([1] * 40))
    written(tmp_path / "b", yes_no([1] * 30 + [0] * 10))
    done = quoth("compare", "a", "b", "--html", "c.html")
    assert (done.returncode, done.stderr) == (1, "")
    assert "first quote right: 1.000 -> 0.750 (-0.250, p = 0.0020), worse" in done.stdout
    assert "Now right: 0. Now wrong: 10." in done.stdout
    assert "and 5 more" in done.stdout
    assert "Failed: something was lost." in done.stdout
    assert "worse by 0.250" in checked_page(tmp_path / "c.html")
    assert quoth("compare", "a", "b", "--tolerance", "0.3").returncode == 0
    record = json.loads(quoth("compare", "a", "b", "--json").stdout)
    assert (record["passed"], record["lost"]) == (False, ["right_first"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["evaluate"], "Name a question file, or a manifest with --replay."),
        (["evaluate", "none.csv"], "There is no file none.csv"),
        (["evaluate", "few.jsonl", "--quotes", "0"], "not in the range 1<=x<=50"),
        (["evaluate", "--replay", "none.json"], "cannot be read as a manifest"),
        (["compare", "a", "b"], "is not the whole folder of an evaluation"),
        (["compare", "a"], "Missing argument 'RUN_B'"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    arguments: list[str], said: str, quoth: Quoth, bundled_library: Path, few: Path, tmp_path: Path
) -> None:
    shutil.copy(few, tmp_path / "few.jsonl")
    done = quoth("--library", bundled_library, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_rows_that_cannot_be_used_are_told(quoth: Quoth, bundled_library: Path, tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text("question,answerable\nWhy?,perhaps\nWhich route bypasses Russia?,\n")
    done = quoth("evaluate", "q.csv", "--library", bundled_library)
    assert done.returncode == 0
    assert done.stderr == "Not used: q.csv, line 2: answerable is 'perhaps', not true or false\n"


def test_ctrl_c_keeps_what_is_done_and_resume_goes_on(bundled_library: Path, tmp_path: Path) -> None:
    command = [str(SCRIPT), "--library", str(bundled_library), "evaluate", str(ARTICLES), "--out", "out"]
    journal = tmp_path / "out" / "unfinished.jsonl"
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 300
    while time.monotonic() < until and not (journal.exists() and journal.read_bytes().count(b"\n") > 5):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.fullmatch(r"Stopped: \d+ of 118 answers are kept in out; go on with --resume\.\n", told)
    done = int(told.split()[1])
    assert journal.read_bytes().count(b"\n") in (done + 1, done + 2)
    again = subprocess.run(
        [*command, "--resume", "--json"], cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True
    )
    record = json.loads(again.stdout)
    assert (again.returncode, record["questions"]) == (0, 118)
    assert record["timing"]["together_n"] <= 118 - done
    assert not journal.exists()


# The pages


def test_nothing_of_a_document_or_a_question_becomes_a_tag(tmp_path: Path) -> None:
    texts = {"<b>bridge.txt": f"The bridge opened {HOSTILE} in 1901 {HOSTILE}. Nobody came {HOSTILE}."}
    report, path = hostile_run(tmp_path, "a", texts)
    text = checked_page(path)
    assert report.questions == 2
    assert safe("<script>alert(1)</script>") in text
    assert text.count("<script>") == 1
    assert "&lt;U+001B&gt;[31m" in text
    assert "question is empty" in text


def test_a_comparison_of_hostile_words(tmp_path: Path) -> None:
    hostile_run(tmp_path, "a", {"bridge.txt": f"The bridge opened in 1901 {HOSTILE}."})
    added = f"The highest lighthouse of the whole coast is {HOSTILE}."
    hostile_run(tmp_path, "b", {"bridge.txt": f"The bridge opened in 1902 {HOSTILE}.", "lighthouse.txt": added})
    write_comparison(compare_runs(tmp_path / "a", tmp_path / "b"), tmp_path / "c.html")
    assert "&lt;script&gt;" in checked_page(tmp_path / "c.html")


def test_very_many_questions_show_what_went_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = small_library(tmp_path / "library", {"a.txt": "The bridge opened in 1901."})
    rows = [{"question": f"When did bridge number {at} open?", "answerable": at % 2 == 0} for at in range(20)]
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    report = evaluate(library, tmp_path / "q.jsonl", tmp_path / "out", answer_record)
    monkeypatch.setattr("quoth.ui.question_table._MOST_ROWS", 4)
    text = checked_page(write_report(report, tmp_path / "out"))
    assert text.count("<tr data-kind=") <= 4
    assert "Of 20 questions the first 4 that did not go right" in text
    assert "data-kind='right" not in text


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (Progress("timing", 3, 10), "Stopped while single questions were timed; the run in out goes on with --resume."),
        (Progress("answering", 7, 1_000), "Stopped: 7 of 1,000 answers are kept in out; go on with --resume."),
        (Progress("scoring", 250, 1_000), "Stopped: 1,000 of 1,000 answers are kept in out; go on with --resume."),
    ],
)
def test_ctrl_c_says_what_is_kept_at_every_stage(last: Progress, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), evaluating._progress(Path("out")) as tell:
        tell(last)
        raise KeyboardInterrupt
    assert capsys.readouterr().err == said + "\n"


def test_ctrl_c_before_anything_was_done_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), evaluating._progress(Path("out")):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == ""


def test_how_much_faster_is_said_where_enough_were_asked_to_know(tmp_path: Path) -> None:
    report, _ = hostile_run(tmp_path, "a", {"bridge.txt": "The bridge opened in 1901."})
    assert report.timing is not None
    few, many = (
        replace(report, timing=replace(report.timing, together_n=n, speedup=1.9, alone_p50_ms=71.2)) for n in (99, 100)
    )
    said = [evaluating.evaluation_summary(one, Path("out")) for one in (few, many)]
    texts = ["\n".join(str(line) for line in page._lines) for page in said]
    assert "one by one a question takes 71 ms (median, n = 2)" in texts[0]
    assert "1.90 times as fast as one by one" not in texts[0]
    assert "1.90 times as fast as one by one (n = 2)" in texts[1]


def test_drawings_hold_their_numbers() -> None:
    bars = outcome_bars({"right": 1_200, "wrong quote": 0, "not scored": 3})
    assert ">1,200<" in bars
    assert "right 1,200, wrong quote 0, not scored 3" in bars
    curve = risk_curve([RiskPoint(0.9, 0.5, 0.0), RiskPoint(0.1, 1.0, 0.3)], RiskPoint(0.4, 0.8, 0.25))
    assert "today: 80% answered, 25% of them wrong" in curve
    assert ">40%<" in curve
    assert "circle" not in risk_curve([], None)
    dots = reliability_curve([Bin(0.0, 0.1, 0.05, Estimate(0.5, 0.2, 0.8, 7))])
    assert "<title>7 questions</title>" in dots
    assert "52.0,200.0 434.0,28.0" in dots
    assert 'x="20.0" y="2" width="60.00"' in interval_bar(Estimate(0.5, 0.2, 0.8, 7))


@pytest.mark.parametrize(("word", "kind"), [("right", "good"), ("false answer", "bad"), ("not scored", "")])
def test_a_badge_has_the_colour_of_what_it_says(word: str, kind: str) -> None:
    assert badge(word) == f'<span class="badge {kind}">{word}</span>'


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1200])
def test_the_page_in_a_browser(chromium: Browser, dark: bool, width: int, tmp_path: Path) -> None:
    """Filters, fits a phone, asks nobody, and axe finds nothing wrong."""
    _, path = hostile_run(tmp_path, "a", {"bridge.txt": f"The bridge opened in 1901 {HOSTILE}. Nobody came."})
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
    asked, wrong = [], []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(path.as_uri())
    rows = page.locator("tr[data-kind]")
    assert rows.count() == 2
    button = page.locator(".filter button").nth(1)
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert [rows.nth(at).is_visible() for at in range(2)].count(True) == 1
    page.locator(".filter button").first.click()
    assert [rows.nth(at).is_visible() for at in range(2)] == [True, True]
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    firsts = page.locator("tbody tr > :first-child").evaluate_all("cells => cells.map(cell => cell.offsetWidth)")
    assert min(firsts) > 100, "words may break anywhere, and still there is room for some"
    assert violations(page) == []
    assert (asked, wrong) == ([path.as_uri()], [])
    context.close()
