"""How much may be uploaded at once, and how that is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.corpus import BadRequest
from quoth.ui.limits import UploadLimits, readable_bytes

MEGABYTE = 1024**2
SMALL = UploadLimits(files=3, file_bytes=10, total_bytes=25)


def test_what_is_set_nowhere_is_as_it_is_documented() -> None:
    assert UploadLimits.from_environment({}) == UploadLimits(1_000, 64 * MEGABYTE, 1024 * MEGABYTE)
    assert UploadLimits().told == "Up to 64 MB each; 1,000 files or 1 GB at a time."


def test_every_limit_can_be_set() -> None:
    given = {"QUOTH_UPLOAD_FILES": "7", "QUOTH_UPLOAD_FILE_MB": "1.5", "QUOTH_UPLOAD_TOTAL_MB": "20"}
    assert UploadLimits.from_environment(given) == UploadLimits(7, 3 * MEGABYTE // 2, 20 * MEGABYTE)
    assert UploadLimits.from_environment({"QUOTH_UPLOAD_FILES": ""}) == UploadLimits()


@pytest.mark.parametrize("value", ["many", "0", "-3", "nan", "inf", "1e400", " "])
@pytest.mark.parametrize("name", ["QUOTH_UPLOAD_FILES", "QUOTH_UPLOAD_FILE_MB", "QUOTH_UPLOAD_TOTAL_MB"])
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(BadRequest, match=f"{name} must be a number above zero"):
        UploadLimits.from_environment({name: value})


def test_too_many_files_and_too_many_bytes_are_refused_in_a_sentence() -> None:
    assert SMALL.objection([1, 1, 1]) == ""
    assert "These are 4 files; at most 3" in SMALL.objection([1, 1, 1, 1])
    assert "at most 25 bytes" in SMALL.objection([10, 10, 6])
    assert SMALL.objection([10, 10, 5]) == ""
    assert SMALL.objection([]) == ""


def test_a_file_that_is_too_large_is_refused_alone() -> None:
    assert SMALL.objection_to(10) == ""
    assert "it has 11 bytes, and at most 10 bytes" in SMALL.objection_to(11)
    assert SMALL.objection([5, 1_000_000]) == ""  # it does not come, so it does not count


@given(st.integers(0, 2**60))
def test_sizes_have_at_most_three_figures_and_are_right(count: int) -> None:
    number, unit = readable_bytes(count).split(" ")
    scale = {"byte": 1, "bytes": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}[unit]
    said = float(number.replace(",", ""))
    assert abs(said * scale - count) <= 0.005 * count
    assert said < 1000 or unit == "TB"
