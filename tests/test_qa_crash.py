"""A process that changes a library is killed outright, at moments spread over all its work; the library loses nothing.

Ten moments of each kind of work; `benchmarks/reliability.py` takes a hundred of each, and writes down what came out.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crashing import JOBS, Job, Stages, problems_of, run

MOMENTS = 10


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stages:
    return Stages(tmp_path_factory.mktemp)


def test_the_work_is_cut_into_many_steps_of_every_kind(stage: Stages) -> None:
    """Otherwise the moments below would not be spread over what can go wrong."""
    for job in JOBS:
        steps = stage(job).steps
        assert steps[-1] == "done"
        assert any(step.startswith("os.rename") for step in steps), job.name
        assert len(steps) > MOMENTS, job.name
    adding = stage(JOBS[0]).steps
    assert sum(step.startswith("os.rename") for step in adding) >= 4
    assert sum(step == "sql COMMIT" for step in adding) >= 12
    assert {step.split()[0] for step in adding} >= {"reading", "indexing", "open", "os.rename", "os.remove", "sql"}


def test_the_work_changes_what_it_is_to_change(stage: Stages) -> None:
    changes = {job.name: stage(job).before != stage(job).after for job in JOBS}
    assert changes == {"add": True, "upload": True, "remove": True, "rebuild": False, "calibrate": False}
    calibrating = stage(JOBS[-1])
    assert list(calibrating.finished(shutil.copytree(calibrating.base, calibrating.base.parent / "again"))) == []


@pytest.mark.parametrize("moment", range(MOMENTS))
@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_killed_writer_loses_nothing(stage: Stages, job: Job, moment: int, tmp_path: Path) -> None:
    here = stage(job)
    stop_at = (2 * moment + 1) * (len(here.steps) - 1) // (2 * MOMENTS)
    assert here.killed(tmp_path / "library", stop_at) == []


@pytest.mark.parametrize("word", ["os.rename", "sql COMMIT", "os.remove"])
def test_killed_twice_at_the_most_delicate_steps(stage: Stages, word: str, tmp_path: Path) -> None:
    """And once more while the second run mends what the first one left."""
    here = stage(JOBS[0])
    folder = shutil.copytree(here.base, tmp_path / "library")
    first = next(at for at, step in enumerate(here.steps) if step.startswith(word))
    for _ in range(2):
        run(here.job, folder, here.docs, here.questions, first)
    assert [*problems_of(here, folder), *here.finished(folder)] == []


def test_what_is_lost_would_be_noticed(stage: Stages, tmp_path: Path) -> None:
    """The check itself: of a library that holds less, more, or half of it."""
    here = stage(JOBS[2])
    folder = shutil.copytree(here.base, tmp_path / "library")
    run(Job("one", "library.remove([library.documents()[0].id])", whole=True), folder, here.docs, here.questions, None)
    found = problems_of(here, folder)
    assert "half of it is done" in found
