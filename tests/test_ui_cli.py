"""The command line as a contract: names, exit codes, JSON, and what a person reads."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from quoth.corpus import DocumentId
from quoth.qa import Library

Quoth = Callable[..., "subprocess.CompletedProcess[str]"]
Forge = Callable[[dict[str, Any]], None]

TEXTS = Path(__file__).resolve().parent.parent / "corpus" / "texts"
ARTICLES = sorted(TEXTS.glob("*.txt"))
ANSWERABLE = "Which route bypasses Russia?"
UNANSWERABLE = "What is the melting point of tungsten?"
SCHEMA = Draft202012Validator(json.loads((files("quoth.ui") / "answer.schema.json").read_text(encoding="utf-8")))
COMMANDS = (
    "add", "ask", "calibrate", "compare", "doctor", "evaluate", "list", "mcp", "remove", "schema", "search", "serve",
    "verify",
)  # fmt: skip


def record_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.stdout.count("\n") == 1, "one record is one line"
    record: dict[str, Any] = json.loads(done.stdout)
    return record


def ids(quoth: Quoth, library: Path) -> list[str]:
    return [document["id"] for document in record_of(quoth("list", "--json", "--library", library))["documents"]]


def check_quotes(library: Path, quotes: list[dict[str, Any]]) -> None:
    """The exactness law, against the text of the library itself."""
    with Library.open(library) as opened:
        for quote in quotes:
            source, text = quote["source"], opened.document(DocumentId(quote["source"]["document"])).text
            assert text[source["start"] : source["stop"]] == quote["text"]
            assert text[: source["start"]].endswith(source["prefix"])
            assert text[source["stop"] :].startswith(source["suffix"])
            if quote["highlight"]:
                assert source["start"] <= quote["highlight"]["start"] < quote["highlight"]["stop"] <= source["stop"]


# --- ask


def test_ask_answers_with_quotes_of_both_articles(quoth: Quoth, bundled_library: Path) -> None:
    done = quoth("ask", ANSWERABLE, "--json", "--library", bundled_library)
    assert (done.returncode, done.stderr) == (0, "")
    record = record_of(done)
    SCHEMA.validate(record)
    assert record["answered"] is True
    check_quotes(bundled_library, record["quotes"])
    assert {quote["source"]["document"] for quote in record["quotes"]} == set(ids(quoth, bundled_library))
    assert "Russia" in " ".join(quote["text"] for quote in record["quotes"])


def test_ask_abstains_with_exit_code_1(quoth: Quoth, bundled_library: Path) -> None:
    done = quoth("ask", UNANSWERABLE, "--json", "--library", bundled_library)
    assert (done.returncode, done.stderr) == (1, "")
    record = record_of(done)
    SCHEMA.validate(record)
    assert (record["answered"], record["quotes"]) == (False, [])
    assert record["abstention"]["searched"]["documents"] == 2
    check_quotes(bundled_library, record["abstention"]["nearest"])


@pytest.mark.parametrize("quotes", [1, 2])
def test_ask_gives_at_most_so_many_quotes(quoth: Quoth, bundled_library: Path, quotes: int) -> None:
    done = quoth("ask", ANSWERABLE, "--quotes", str(quotes), "--json", "--library", bundled_library)
    assert len(record_of(done)["quotes"]) == quotes


def test_the_same_question_gets_the_same_answer(quoth: Quoth, bundled_library: Path, asked: Mapping[str, str]) -> None:
    again = record_of(quoth("ask", ANSWERABLE, "--json", "--library", bundled_library))
    assert again | {"elapsed_ms": 0} == json.loads(asked["answered"]) | {"elapsed_ms": 0}


def test_ask_for_people(quoth: Quoth, bundled_library: Path, asked: Mapping[str, str]) -> None:
    record = json.loads(asked["answered"])
    done = quoth("ask", ANSWERABLE, "--library", bundled_library)
    assert (done.returncode, done.stderr) == (0, "")
    for quote in record["quotes"]:
        assert quote["text"] in done.stdout, "a quote in a pipe stands on lines as long as its own: copy and paste"
        assert quote["source"]["title"] in done.stdout
        assert f"characters {quote['source']['start']} to {quote['source']['stop']}" in done.stdout
        assert f"{quote['confidence']} confidence" in done.stdout
    assert re.search(r"^Searched \d+ passages of 2 documents\.", done.stdout, re.MULTILINE)
    assert "\x1b" not in done.stdout


def test_a_refusal_for_people(quoth: Quoth, bundled_library: Path) -> None:
    done = quoth("ask", UNANSWERABLE, "--library", bundled_library)
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "No answer."
    assert "Nearest passages (not an answer):" in lines
    assert re.search(r"^Searched \d+ passages of 2 documents\.$", done.stdout, re.MULTILINE)
    assert re.search(r"answers \d+\.\d % all the same \(95 % interval \d+\.\d to \d+\.\d %, n = \d", done.stdout)
    assert "confidence" not in done.stdout, "what is no answer has no confidence of being one"


def test_a_question_may_begin_with_a_dash(quoth: Quoth, bundled_library: Path) -> None:
    done = quoth("ask", "--library", bundled_library, "--json", "--", "--which route bypasses Russia?")
    assert done.returncode == 0
    assert record_of(done)["question"] == "--which route bypasses Russia?"


# --- where the library is


def test_library_may_be_named_before_or_after_the_command(quoth: Quoth, bundled_library: Path) -> None:
    after = quoth("list", "--library", bundled_library)
    before = quoth("--library", bundled_library, "list")
    both = quoth("--library", "elsewhere", "list", "--library", bundled_library)
    variable = quoth("list", env={"QUOTH_LIBRARY": str(bundled_library)})
    assert {done.returncode for done in (after, before, both, variable)} == {0}
    assert after.stdout == before.stdout == both.stdout == variable.stdout


def test_a_named_library_counts_more_than_the_variable(quoth: Quoth, bundled_library: Path) -> None:
    done = quoth("list", "--library", bundled_library, env={"QUOTH_LIBRARY": "elsewhere"})
    assert done.returncode == 0


def test_the_default_library_is_made_of_the_two_articles(quoth: Quoth, tmp_path: Path) -> None:
    done = quoth("ask", ANSWERABLE, "--json")
    assert done.returncode == 0
    assert record_of(done)["library"]["documents"] == 2
    assert done.stderr.startswith("There is no library yet")
    assert list((tmp_path / "data").iterdir())
    again = quoth("ask", ANSWERABLE, "--json")
    assert (again.returncode, again.stderr) == (0, "")


@pytest.mark.parametrize(
    "command", [["ask", "Who?"], ["search", "Who?"], ["list"], ["doctor"], ["remove", "abcd"], ["serve"]]
)
def test_a_library_that_is_not_there_is_named(quoth: Quoth, tmp_path: Path, command: list[str]) -> None:
    done = quoth(*command, "--library", tmp_path / "missing")
    assert (done.returncode, done.stdout) == (2, "")
    assert "missing" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "missing").exists()


def test_another_store_is_refused_in_one_sentence(quoth: Quoth, bundled_library: Path) -> None:
    for arguments in (["--store", "pg://here", "list"], ["list", "--store", "pg://here"]):
        done = quoth(*arguments, "--library", bundled_library)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("Error: No vector store at 'pg://here' can be used yet; leave --store out")
        assert done.stderr.count("\n") == 1


# --- add, list, remove


def test_add_twice_costs_nothing_and_changes_follow(quoth: Quoth, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "one.txt").write_text("The ferry leaves at nine. It carries forty cars.\n", encoding="utf-8")
    (folder / "two.txt").write_text("The museum is closed on Mondays.\n", encoding="utf-8")
    library = tmp_path / "library"

    def add() -> list[str]:
        done = quoth("add", folder, "--library", library)
        assert (done.returncode, done.stderr) == (0, "")
        return [line.split()[0] for line in done.stdout.splitlines()[:-1]]

    assert add() == ["added", "added"]
    assert add() == ["unchanged", "unchanged"]
    (folder / "one.txt").write_text("The ferry leaves at ten.\n", encoding="utf-8")
    assert sorted(add()) == ["replaced", "unchanged"]
    (folder / "two.txt").unlink()
    assert sorted(add()) == ["removed", "unchanged"]
    assert len(ids(quoth, library)) == 1


def test_list_shows_every_document(quoth: Quoth, bundled_library: Path) -> None:
    documents = record_of(quoth("list", "--json", "--library", bundled_library))["documents"]
    shown = quoth("list", "--library", bundled_library).stdout
    assert len(documents) == 2
    for document in documents:
        assert set(document) == {
            "id", "title", "uri", "characters", "passages", "file_sha256", "text_sha256", "extractor",
            "added", "file_bytes",
        }  # fmt: skip
        assert f"{document['id']}  {document['title']}" in shown
    assert shown.splitlines()[-1].startswith("2 documents in ")


@pytest.mark.parametrize("way", ["id", "prefix", "name", "stem"])
def test_remove_by_id_prefix_name_or_stem(quoth: Quoth, library: Path, way: str) -> None:
    with Library.open(library) as opened:
        wanted = next(document for document in opened.documents() if ARTICLES[0].name in document.uri)
    word = {"id": wanted.id, "prefix": wanted.id[:4], "name": ARTICLES[0].name, "stem": ARTICLES[0].stem}[way]
    done = quoth("remove", word, "--library", library)
    assert (done.returncode, done.stderr) == (0, "")
    assert wanted.id not in ids(quoth, library)
    assert len(ids(quoth, library)) == 1


@pytest.mark.parametrize("unknown", ["ffffffffffffffff", "no-such-file.txt", "abc", ""])
def test_remove_of_something_unknown_removes_nothing(quoth: Quoth, library: Path, unknown: str) -> None:
    before = ids(quoth, library)
    done = quoth("remove", before[0], unknown, "--library", library)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert ids(quoth, library) == before


# --- search


def test_search_ranks_without_judgement(quoth: Quoth, bundled_library: Path) -> None:
    done = quoth("search", UNANSWERABLE, "-k", "3", "--json", "--library", bundled_library)
    assert (done.returncode, done.stderr) == (0, "")
    hits = record_of(done)["hits"]
    assert len(hits) == 3
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    check_quotes(bundled_library, [hit | {"highlight": None} for hit in hits])


def test_search_for_people(quoth: Quoth, bundled_library: Path) -> None:
    done = quoth("search", ANSWERABLE, "-k", "2", "--library", bundled_library)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r"^ (\d)  \S", done.stdout, re.MULTILINE) == ["1", "2"]
    assert done.stdout.count("score ") == 2


# --- doctor


def test_doctor_finds_a_healthy_library_healthy(quoth: Quoth, bundled_library: Path) -> None:
    done = quoth("doctor", "--library", bundled_library)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "The library is healthy."
    report = record_of(quoth("doctor", "--json", "--library", bundled_library))
    assert report["healthy"] is True
    assert all(set(check) == {"name", "ok", "detail", "remedy"} for check in report["checks"])


# --- verify


def test_verify_confirms_what_ask_wrote(
    quoth: Quoth, bundled_library: Path, asked: Mapping[str, str], tmp_path: Path
) -> None:
    records = [asked["answered"], asked["refused"]]
    lines, one, array = (tmp_path / name for name in ("answers.jsonl", "answer.json", "answers.json"))
    lines.write_text("".join(records), encoding="utf-8")
    one.write_text(json.dumps(json.loads(records[0]), indent=2), encoding="utf-8")
    array.write_text("\ufeff[" + ",".join(records) + "]", encoding="utf-8")
    for path in (lines, one, array):
        done = quoth("verify", path, "--library", bundled_library)
        assert (done.returncode, done.stderr) == (0, "")
        assert re.fullmatch(r"[1-9]\d* quotes? checked, 0 failed\.\n", done.stdout)
    piped = quoth("verify", "-", "--library", bundled_library, stdin="".join(records))
    assert piped.stdout == quoth("verify", lines, "--library", bundled_library).stdout


def change_text(quote: dict[str, Any]) -> None:
    quote["text"] = quote["text"].swapcase()


def change_offset(quote: dict[str, Any]) -> None:
    quote["source"]["start"] += 1
    quote["source"]["stop"] += 1


def change_hash(quote: dict[str, Any]) -> None:
    quote["receipt"]["text_sha256"] = "0" * 64


def change_document(quote: dict[str, Any]) -> None:
    quote["source"]["document"] = "0" * 16


def drop_receipt(quote: dict[str, Any]) -> None:
    del quote["receipt"]


@pytest.mark.parametrize("forge", [change_text, change_offset, change_hash, change_document, drop_receipt])
def test_verify_finds_every_forgery(
    quoth: Quoth, bundled_library: Path, asked: Mapping[str, str], tmp_path: Path, forge: Forge
) -> None:
    record = json.loads(asked["answered"])
    forge(record["quotes"][0])
    path = tmp_path / "forged.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    done = quoth("verify", path, "--library", bundled_library)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("FAILED  record 1, quote 1: ")
    assert done.stdout.splitlines()[-1].endswith("1 failed.")


# --- help, version, wrong usage


def test_help_names_every_command_and_no_other(quoth: Quoth) -> None:
    done = quoth("--help")
    assert (done.returncode, done.stderr) == (0, "")
    listed = re.findall(r"^  ([a-z]+) ", done.stdout.split("Commands:")[1], re.MULTILINE)
    assert tuple(listed) == COMMANDS
    assert quoth().stdout == done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_takes_the_common_options(quoth: Quoth, command: str) -> None:
    done = quoth(command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(option in done.stdout for option in ("--library", "--store", "--debug", "--help"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask"], "QUESTION"),
        (["ask", "Who", "is", "it?"], "is it?"),
        (["ask", "Who?", "--quotes", "0"], "--quotes"),
        (["ask", "Who?", "--quotes", "many"], "many"),
        (["search", "Who?", "-k", "-1"], "-k"),
        (["add"], "PATH"),
        (["remove"], "ID"),
        (["serve", "--port", "70000"], "--port"),
        (["frobnicate"], "frobnicate"),
        (["ask", "Who?", "--nonsense"], "--nonsense"),
        (["verify"], "ANSWERS"),
    ],
)
def test_wrong_usage_gets_one_sentence_and_exit_code_2(quoth: Quoth, arguments: list[str], says: str) -> None:
    done = quoth(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: ")
    assert says in done.stderr
    assert "--help" in done.stderr
    assert done.stderr.count("\n") == 1


def test_version(quoth: Quoth) -> None:
    assert re.fullmatch(r"quoth \d+\.\d+\.\d+\n", quoth("--version").stdout)


def test_doctor_finds_a_damaged_library_damaged(quoth: Quoth, library: Path) -> None:
    victim = max((path for path in library.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    whole = victim.read_bytes()
    victim.write_bytes(whole[: len(whole) // 2])
    done = quoth("doctor", "--library", library)
    assert done.returncode == 1
    assert "BAD " in done.stdout
    assert "Traceback" not in done.stderr
    victim.write_bytes(whole)
    assert quoth("doctor", "--library", library).returncode == 0


def test_a_repair_that_lost_a_document_names_it_and_is_no_success(quoth: Quoth, library: Path, tmp_path: Path) -> None:
    gone = tmp_path / "pier.txt"
    gone.write_text("The pier is made of stone.")
    assert quoth("add", gone, "--library", library).returncode == 0
    gone.unlink()
    (library / "shelf.sqlite").write_bytes(b"")
    done = quoth("doctor", "--repair", "--library", library)
    assert done.returncode == 1
    assert "could not be brought back, add these files again: pier.txt" in done.stdout.replace("\n     ", " ")
    assert done.stdout.endswith("The library is mended, but for what is lost.\n")
    again = quoth("doctor", "--repair", "--library", library)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "The library is healthy.")
