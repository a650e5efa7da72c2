"""Memory does not grow with the questions: peak of a whole evaluation, in a process of its own.

100,000 questions take minutes; without QUOTH_LARGE=1 a tenth of them is asked, and the same held to be true.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.qa.spooling import Spool

TESTS = Path(__file__).resolve().parent
FEW = 1_000
MANY = 100_000 if os.environ.get("QUOTH_LARGE") else 10_000
PROGRAM = """
import json, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from small_library import small_library
from quoth.qa.evaluating import evaluate
from quoth.qa.manifest import EvaluationSettings
from quoth.ui.record import answer_record

folder, many = Path(sys.argv[2]), int(sys.argv[3])
texts = {f"{at}.txt": f"Bridge number {at} opened in {1900 + at}. Nobody came." for at in range(20)}
library = small_library(folder / "library", texts)
with (folder / "q.jsonl").open("w") as file:
    for at in range(many):
        answers = [{"text": str(1900 + at % 20), "document": f"{at % 20}.txt"}]
        question = f"When did bridge number {at % 20} open, asks visitor {at % 500}?"
        file.write(json.dumps({"id": at, "question": question, "answers": answers}) + "\\n")
report = evaluate(library, folder / "q.jsonl", folder / "out", answer_record, settings=EvaluationSettings(1, 1))
assert report.questions == many
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def peak_megabytes(folder: Path, many: int) -> int:
    folder.mkdir()
    command = [sys.executable, "-c", PROGRAM, str(TESTS), str(folder), str(many)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="the system's own count of memory is read as Linux gives it")
def test_memory_does_not_grow_with_the_questions(tmp_path: Path) -> None:
    """What stays of a question are its numbers, eight bytes each, and its id while the file is read: 600 bytes at most,
    where its answer has 2,000. The rest allowed is the bootstrap's, and the same for any number of questions.
    """
    few, many = peak_megabytes(tmp_path / "few", FEW), peak_megabytes(tmp_path / "many", MANY)
    assert many - few < 50 + 600 * MANY / 1e6


# The list that does not fill the memory


def _same(value: object) -> object:
    return value


@given(st.lists(st.text(max_size=50) | st.integers()), st.data())
def test_a_spool_is_a_list(values: list[object], data: st.DataObject) -> None:
    spool: Spool[object] = Spool(_same, _same)
    for value in values:
        spool.append(value)
    assert list(spool) == values
    assert len(spool) == len(values)
    if values:
        at = data.draw(st.integers(-len(values), len(values) - 1))
        assert spool[at] == values[at]
    start, stop = data.draw(st.integers(-5, 60)), data.draw(st.integers(-5, 60))
    assert spool[start:stop] == values[start:stop]


def test_a_long_spool_goes_to_a_file_and_still_is_a_list() -> None:
    spool: Spool[str] = Spool(str, str)
    for number in range(3_000):
        spool.append(f"{number} " + "x" * 1_000)
    assert [one.split()[0] for one in spool] == [str(number) for number in range(3_000)]
    spool.append("last")
    assert spool[-1] == "last"
    with pytest.raises(IndexError):
        spool[3_001]
