"""The comparison with other libraries: its judging and tables by hand, and its command line with a peer made of nothing
but the standard library. The peers themselves are not installed here.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.data import HELD_OUT, ROOT, Gold, Question, TextSet
from benchmarks.metrics import Estimate
from benchmarks.peers import command_line
from benchmarks.peers.command_line import Asker, Returned, facts_file, read_texts
from benchmarks.peers.environments import HERE, PEERS, QUOTH, own_place, peer_place, requirement_names, room
from benchmarks.peers.installed import closure, megabytes, wanted
from benchmarks.peers_suite import peers, sampled
from benchmarks.peers_tables import FIRST, Measured, Reply, quality_table, ratio_table, raw_table, returned
from benchmarks.speed import Usage
from benchmarks.suites import Absent, Run
from benchmarks.tables import Table, markdown

SCRIPTS = sorted(path.stem for path in HERE.glob("*_peer.py"))


def question(name: str, gold: str = "") -> Question:
    golds = (Gold("Warsaw", 0, len(gold), gold),) if gold else ()
    return Question(name, f"{name}?", bool(gold), golds, ("Warsaw",), "", "")


def reply(name: str, *texts: str, answered: bool = True, seconds: float = 0.5) -> Reply:
    return Reply(name, answered, texts, seconds)


QUESTIONS = (question("river", "the Vistula"), question("king", "Sigismund III"), question("mayor"), question("port"))


def measured(label: str, factor: float, replies: Sequence[Reply]) -> Measured:
    """One whose every figure is `factor` times that of factor 1."""
    return Measured(
        label,
        installed=100 * factor,
        store=10 * factor,
        passages=7,
        ingest=Usage(20 * factor, 400 * factor),
        cold=tuple(Usage(seconds * factor, 300 * factor) for seconds in (1.0, 9.0, 2.0)),
        warm=(0.01 * factor, 0.03 * factor, 0.02 * factor),
        replies={one.question: one for one in replies},
    )


OURS = measured(
    "Quoth",
    1.0,
    (
        reply("river", "on the Vistula River"),
        reply("king", "Sigismund III moved", answered=False),
        reply("mayor", "no such thing", answered=False),
        reply("port", "the port of Gdańsk"),
    ),
)
THEIRS = measured(
    "Other",
    2.0,
    (
        reply("river", "x" * FIRST, "on the Vistula River"),
        reply("king", "It was Sigismund  III."),
        reply("mayor", "somebody"),
        reply("port", "something"),
    ),
)


def cells(table: Table, label: str) -> tuple[object, ...]:
    return next(row.cells for row in table.rows if row.label == label)


class TestReturned:
    def test_texts_follow_each_other_and_are_cut_where_the_judged_part_ends(self) -> None:
        assert returned(reply("q", "one", "two"), refusals=False) == "one\ntwo"
        assert len(returned(reply("q", "a" * 300, "b" * 300), refusals=False)) == FIRST
        assert len(returned(reply("q", "a" * 300, "b" * 300), refusals=False, most=None)) == 601

    def test_a_refusal_returns_nothing_unless_what_it_shows_counts(self) -> None:
        refused = reply("q", "nearest", answered=False)
        assert returned(refused, refusals=False) == ""
        assert returned(refused, refusals=True) == "nearest"


class TestTables:
    def test_quality_counts_the_first_characters_all_characters_and_refusals(self) -> None:
        table = quality_table("Quality", (OURS, THEIRS), QUESTIONS)
        assert [row.label for row in table.rows] == ["Quoth", "Quoth, as if it never refused", "Other"]
        shares = {row.label: [cell.value for cell in row.cells if isinstance(cell, Estimate)] for row in table.rows}
        assert shares["Quoth"] == [0.5, 0.5, 0.5]  # one of two answered right; one of two without an answer answered
        assert shares["Quoth, as if it never refused"] == [1.0, 1.0, 1.0]
        assert shares["Other"] == [0.5, 1.0, 1.0]  # the river comes after the first 400 characters
        assert table.columns[-1].endswith("of 2")

    def test_quality_says_how_many_questions_and_its_interval(self) -> None:
        shown = markdown(quality_table("Quality", (OURS, THEIRS), QUESTIONS))
        assert "| Other | 2 | 50.0 % (9.5 to 90.5) |" in shown

    def test_lengths_are_medians_of_what_was_returned(self) -> None:
        table = quality_table("Quality", (OURS, THEIRS), QUESTIONS)
        lengths = [len("on the Vistula River"), 0, 0, len("the port of Gdańsk")]
        assert cells(table, "Quoth")[2] == f"{sorted(lengths)[1] / 2 + sorted(lengths)[2] / 2:,.0f}"

    def test_ratios_are_to_the_first(self) -> None:
        table = ratio_table((OURS, THEIRS), QUESTIONS, ["Absent"])
        assert cells(table, "Quoth") == (1.0,) * len(table.columns)
        assert cells(table, "Other") == (*(2.0,) * (len(table.columns) - 1), 1.0)

    def test_what_could_not_be_installed_is_named_with_empty_cells(self) -> None:
        table = ratio_table((OURS,), QUESTIONS, ["Absent"])
        assert all(math.isnan(float(str(cell))) for cell in cells(table, "Absent: could not be installed here"))
        assert "nan" not in markdown(table)

    def test_the_figures_are_medians_with_their_units(self) -> None:
        table = raw_table((OURS, THEIRS), 40_000, Usage(33.0, 900.0), ["Quoth: torch 2"])
        shown = dict(
            zip(("passages", "ingest", "rate", "peak", "cold", "cold peak"), cells(table, "Quoth"), strict=False)
        )
        assert shown == {
            "passages": "7",
            "ingest": "20.0 s",
            "rate": "2.0",
            "peak": "400 MB",
            "cold": "2.00 s",
            "cold peak": "300 MB",
        }
        assert "20.0 ms" in cells(table, "Quoth")
        assert table.notes[-1] == "Quoth: torch 2."

    def test_the_first_time_on_a_machine_stands_below_its_own(self) -> None:
        table = raw_table((OURS, THEIRS), 40_000, Usage(33.0, 900.0), [])
        assert [row.label for row in table.rows] == ["Quoth", "Quoth, the very first time on a machine", "Other"]
        assert table.rows[1].cells[1] == "33.0 s"
        assert {len(row.cells) for row in table.rows} == {len(table.columns)}


class TestSampling:
    def everything(self) -> TextSet:
        names = (*HELD_OUT, "Oxygen")
        asked = [Question(f"{name}-{at}", "?", at % 2 == 0, (), (name,), "", "") for name in names for at in range(200)]
        return TextSet("squad", tuple((f"{name}.txt", b"text") for name in names), tuple(asked))

    def test_only_the_articles_kept_aside_are_asked_about_in_a_fixed_order(self) -> None:
        chosen = sampled(self.everything(), quick=False)
        assert chosen == sampled(self.everything(), quick=False)
        assert len(chosen.files) == 5
        assert {name for one in chosen.questions for name in one.relevant} == set(HELD_OUT)
        assert [sum(one.answerable is kind for one in chosen.questions) for kind in (True, False)] == [300, 100]
        assert len({one.id for one in chosen.questions}) == 400

    def test_a_quick_run_is_small_in_questions_and_documents(self) -> None:
        chosen = sampled(self.everything(), quick=True)
        assert len(chosen.files) == 4
        assert [sum(one.answerable is kind for one in chosen.questions) for kind in (True, False)] == [30, 10]


class TestCommandLine:
    """A peer that finds lines by shared words."""

    @staticmethod
    def ingest(texts: Path, store: Path, model: Path) -> int:
        assert model.name == "model"
        lines = [line for _, text in read_texts(texts) for line in text.splitlines()]
        store.write_text("\n".join(lines), encoding="utf-8")
        return len(lines)

    @staticmethod
    def open_store(store: Path, _model: Path) -> Asker:
        lines = store.read_text(encoding="utf-8").splitlines()

        def ask(asked: str) -> Returned:
            words = set(asked.lower().split())
            found = sorted(lines, key=lambda line: -len(words & set(line.lower().split())))
            return Returned(found[:1], answered=bool(words & set(found[0].lower().split())))

        return ask

    def call(self, *arguments: str | Path) -> None:
        command_line.main(self.ingest, self.open_store, list(map(str, arguments)))

    def test_ingesting_and_asking_leave_replies_and_facts(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in command_line._QUIET:
            monkeypatch.setenv(name, "")
        texts, store, out = tmp_path / "texts", tmp_path / "store", tmp_path / "out.jsonl"
        texts.mkdir()
        (texts / "b.txt").write_text("Kraków lies on it\n", encoding="utf-8")
        (texts / "a.txt").write_text("the river is wide\nships pass\n", encoding="utf-8")
        (texts / "c.md").write_text("not a text", encoding="utf-8")
        self.call("ingest", texts, store, tmp_path / "model")
        assert json.loads(capsys.readouterr().out) == {"passages": 3}
        assert json.loads(facts_file(store).read_text(encoding="utf-8")) == {"passages": 3}

        questions = tmp_path / "questions.jsonl"
        rows = [{"id": "1", "question": "Kraków"}, {"id": "2", "question": "nothing"}]
        questions.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
        self.call("ask", store, tmp_path / "model", questions, out)
        replies = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        assert [(one["id"], one["answered"]) for one in replies] == [("1", True), ("2", False)]
        assert replies[0]["texts"] == ["Kraków lies on it"]
        assert all(one["seconds"] >= 0 for one in replies)
        assert json.loads(facts_file(out).read_text(encoding="utf-8"))["ready"] >= 0

    @pytest.mark.parametrize("arguments", [[], ["ask", "store"], ["forget", "a", "b", "c"]])
    def test_anything_else_is_refused(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            command_line.main(self.ingest, self.open_store, arguments)
        assert ended.value.code == 2
        assert "usage" in capsys.readouterr().err

    @pytest.mark.parametrize("script", SCRIPTS)
    def test_every_script_has_this_command_line_and_imports_nothing_before_it_is_used(self, script: str) -> None:
        # -S hides every installed package, so a library imported too early, or Quoth itself, ends this
        command = (sys.executable, "-S", "-W", "error", "-m", f"benchmarks.peers.{script}", "ask", "--help")
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 0, done.stderr
        assert all(place in done.stdout for place in ("store", "model", "questions", "out"))

    def test_every_peer_has_a_script_and_a_list(self) -> None:
        assert sorted(f"{peer.name}_peer" for peer in (QUOTH, *PEERS)) == SCRIPTS
        assert all((HERE / f"{peer.environment}.txt").exists() for peer in PEERS)

    def test_quoth_takes_part_by_the_same_command_line(self, tmp_path: Path) -> None:
        texts, store, out = tmp_path / "texts", tmp_path / "store", tmp_path / "out.jsonl"
        texts.mkdir()
        (texts / "river.txt").write_text("The river Vistula flows through Warsaw.\n", encoding="utf-8")
        questions = tmp_path / "questions.jsonl"
        rows = [{"id": "1", "question": "Which river flows through Warsaw?"}, {"id": "2", "question": "???"}]
        questions.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        for arguments in (("ingest", texts, store, tmp_path), ("ask", store, tmp_path, questions, out)):
            command = (sys.executable, "-m", "benchmarks.peers.quoth_peer", *map(str, arguments))
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
            assert done.returncode == 0, done.stderr
        assert json.loads(facts_file(store).read_text(encoding="utf-8")) == {"passages": 1}
        answer, nothing = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        assert any("Vistula" in text for text in answer["texts"])
        assert not nothing["answered"]


class TestEnvironments:
    def test_every_list_is_pinned_and_agrees_with_what_all_hold(self) -> None:
        held = set((HERE / "constraints.txt").read_text(encoding="utf-8").splitlines()[1:])
        assert held == {line for line in held if line.count("==") == 1}
        for peer in PEERS:
            listed = (HERE / f"{peer.environment}.txt").read_text(encoding="utf-8").splitlines()
            assert set(listed) <= held

    def test_names_of_requirements(self) -> None:
        lines = "# why\nnumpy>=1.26\n\nmcp[cli]>=2,<3\ntomli; python_version < '3.11'\nranx\n"
        assert requirement_names(lines) == ["numpy", "mcp", "tomli", "ranx"]

    @pytest.mark.parametrize(
        ("requirement", "expected"),
        [
            ("Py_Stemmer.x>=2.2", ("py-stemmer-x", frozenset(), "")),
            ("uvicorn[standard, fast]>=0.18", ("uvicorn", frozenset({"standard", "fast"}), "")),
            ('tqdm; extra == "dev" and python_version > "3"', ("tqdm", frozenset(), "dev")),
        ],
    )
    def test_requirements_are_read(self, requirement: str, expected: tuple[str, frozenset[str], str]) -> None:
        assert wanted(requirement) == expected

    def test_what_is_no_requirement_is_said(self) -> None:
        with pytest.raises(ValueError, match="no requirement"):
            wanted("!")

    def test_a_closure_holds_what_is_needed_and_not_what_is_optional(self) -> None:
        packages = closure(["pytest"])
        assert {"pytest", "pluggy", "packaging"} <= set(packages)
        assert "hypothesis" not in packages  # only its own extra for developers asks for it
        assert closure(["no-such-package-at-all"]) == {}
        assert 0.1 < megabytes(packages) < 50
        assert megabytes(closure(["pluggy"])) < megabytes(packages)

    def test_the_room_of_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "a.py").write_bytes(b"x" * (1 << 20))
        (tmp_path / "b.txt").write_bytes(b"x" * (1 << 19))
        assert room(tmp_path) == 1.5
        assert room(tmp_path, "*.py") == 1.0

    def test_quoth_s_own_place_counts_what_it_declares(self, tmp_path: Path) -> None:
        place = own_place(tmp_path, tmp_path / "kept")
        assert place.python == Path(sys.executable)
        assert place.versions.startswith("Quoth: ")
        assert "onnxruntime" in place.versions
        assert place.megabytes > 100

    def test_what_cannot_be_installed_is_told_and_left_out(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lists = tmp_path / "lists"
        lists.mkdir()
        (lists / "constraints.txt").write_text("", encoding="utf-8")
        (lists / "txtai.txt").write_text(f"{tmp_path / 'no-such.whl'}\n", encoding="utf-8")
        monkeypatch.setattr("benchmarks.peers.environments.HERE", lists)
        txtai = next(peer for peer in PEERS if peer.name == "txtai")
        assert peer_place(txtai, tmp_path, tmp_path / "kept") is None
        assert "txtai could not be installed" in capfd.readouterr().err

    def test_without_the_data_there_is_no_suite(self, tmp_path: Path) -> None:
        with pytest.raises(Absent, match="squad2_dev_a"):
            peers(Run(tmp_path, tmp_path, True))
