"""docs/http.md does what it says: its curl lines, its Python, its JavaScript in a page; and a person signs in."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no annotations
from playwright.sync_api import Browser, Page, expect

from api_clients import ANSWERED, FULL, READ, REFUSED, TEXTS, TOKENS
from running_server import serving
from small_encoder import HashingEncoder
from small_library import SmallLibrary, small_library

pytest_plugins = ["browser_fixtures"]

PROGRAM = ("-I", Path(__file__).parent / "small_server.py")
PAGE = (Path(__file__).parents[1] / "docs" / "http.md").read_text(encoding="utf-8")
MORE = {"answer.txt": "Who paid for it? The harbour of Lund was paid for by the 🚢 guild of merchants. It cost much."}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("documented")
    small_library(home / "library", {**TEXTS, **MORE}).close()
    return home


@pytest.fixture(scope="module")
def guarded(home: Path) -> Iterator[str]:
    """The address of a server that asks for tokens."""
    with serving(home / "library", home, PROGRAM, QUOTH_TOKENS=TOKENS) as address:
        yield address


# --- curl and Python


@pytest.mark.skipif(shutil.which("curl") is None, reason="NOT TESTED: the examples of docs/http.md need curl")
def test_every_curl_line_gives_what_the_page_says(guarded: str, tmp_path: Path) -> None:
    (tmp_path / ".curlrc").write_text(f'header = "Authorization: Bearer {FULL}"\nfail-with-body\n', encoding="utf-8")
    (tmp_path / "notes.txt").write_text("The guild met in the town hall.", encoding="utf-8")
    (tmp_path / "report.md").write_text("# Report\n\nThe quay was mended.", encoding="utf-8")
    said: list[str] = []
    for line in "".join(blocks("sh")).splitlines():
        command = line.replace("http://127.0.0.1:7860/", guarded)
        if "0123456789abcdef" in command:
            command = command.replace("0123456789abcdef", json.loads(said[4])["added"][0]["id"])
        done = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True, encoding="utf-8",
        )  # fmt: skip
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        said.append(done.stdout)
    asked, followed, saved, found, added, listed, text, removed, verified = said
    assert json.loads(asked)["answered"] is True
    assert json.loads(followed)["query_used"] != "And why?"
    assert saved == ""
    assert len((tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    assert len(json.loads(found)["hits"]) >= 2
    assert [one["title"] for one in json.loads(added)["added"]] == ["Notes", "Report"]
    assert json.loads(listed)["total"] == len(TEXTS) + len(MORE) + 2
    assert text == "The guild met in the town hall."
    assert json.loads(removed)["title"] == "Notes"
    assert json.loads(verified)["failed"] == 0
    assert json.loads(verified)["checked"] >= 2


def test_the_python_of_the_page_runs(guarded: str, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks("python")
    code = code.replace("http://127.0.0.1:7860/", guarded).replace('"TOKEN"', repr(READ))
    exec(compile(code, "docs/http.md", "exec"), {})  # noqa: S102
    assert "harbour.txt 0 The harbour of Lund" in capsys.readouterr().out


def test_a_problem_on_the_page_is_of_the_shape_it_describes() -> None:
    (problem,) = blocks("json")
    assert set(json.loads(problem)) == {"type", "title", "status", "detail", "instance", "request_id"}


# --- in the browser


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 900, "height": 700}, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def sign_in(page: Page, token: str) -> None:
    page.get_by_label("Access token").fill(token)
    page.get_by_role("button", name="Sign in").click()


def show(page: Page, question: str) -> dict[str, Any]:
    """Runs the JavaScript of the docs in the page, as a page of somebody would."""
    (code,) = blocks("js")
    shown: dict[str, Any] = page.evaluate(
        f"""async question => {{
            {code}
            const element = document.body.appendChild(document.createElement("section"));
            await show(question, element);
            const mark = element.querySelector("mark");
            return {{text: element.textContent, mark: mark?.textContent, before: mark?.previousSibling.data,
                     cite: element.querySelector("cite")?.textContent}};
        }}""",
        question,
    )
    return shown


@pytest.mark.browser
def test_a_person_signs_in_and_the_script_of_the_page_marks_the_words(
    guarded: str, home: Path, visitor: Page
) -> None:
    visitor.goto(f"{guarded}doc/0123456789abcdef?start=1")
    expect(visitor).to_have_url(re.compile(r"/login\?next=/doc/0123456789abcdef%3Fstart%3D1$"))
    expect(visitor.get_by_label("Access token")).to_be_focused()
    violations = Axe().run(visitor).response["violations"]
    assert violations == []
    sign_in(visitor, "not-a-token-of-this-server")
    expect(visitor.get_by_role("alert")).to_contain_text("not known here")
    assert Axe().run(visitor).response["violations"] == []
    sign_in(visitor, READ)
    expect(visitor).to_have_url(f"{guarded}doc/0123456789abcdef?start=1")
    (cookie,) = visitor.context.cookies()
    assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Strict")
    assert visitor.evaluate("document.cookie") == ""

    visitor.goto(f"{guarded}healthz")  # a page of ours without any script, which may fetch from where it is
    shown = show(visitor, "Who paid for the harbour of Lund?")
    with SmallLibrary.open(home / "library", encoder=HashingEncoder()) as library:
        (record,) = [one for one in library.documents() if one.title == "Answer"]
        text = library.document(record.id).text
    assert shown["mark"] in text
    assert shown["before"] + shown["mark"] in text
    assert "🚢" in shown["text"], "an emoji before or in the words: code points would cut them wrongly"
    assert shown["cite"] == "Answer, line 1"
    assert show(visitor, REFUSED)["mark"] is None
    assert "empty" in show(visitor, "  ")["text"], "a problem has a sentence too"


@pytest.mark.browser
def test_a_reader_asks_in_the_web_app_and_cannot_change_the_library(guarded: str, visitor: Page) -> None:
    visitor.goto(guarded)
    sign_in(visitor, READ)
    visitor.get_by_label("Your question").fill(ANSWERED)
    visitor.get_by_label("Your question").press("Enter")
    expect(visitor.locator(".q-turns")).to_contain_text("opened in 1904")
    status = visitor.evaluate(
        """async () => {
            const id = (await (await fetch("/api/v1/documents")).json()).documents[0].id;
            return (await fetch(`/api/v1/documents/${id}`, {method: "DELETE"})).status;
        }"""
    )
    assert status == 403
    visitor.goto(f"{guarded}login")
    expect(visitor.get_by_role("heading")).to_have_text("You are signed in")
    visitor.get_by_role("button", name="Sign out").click()
    expect(visitor.get_by_label("Access token")).to_be_visible()
    visitor.goto(guarded)
    expect(visitor).to_have_url(re.compile("/login"))
