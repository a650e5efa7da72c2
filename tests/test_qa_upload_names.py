"""Uploads by name and by content, over any number of calls: the oracle is a dictionary from names to contents."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quoth.qa import Library
from small_encoder import HashingEncoder

NAMES = ("a.txt", "b.txt", "c.txt")
CONTENTS = ("Wolves howl at night.", "Ships sail by day.", "Bread is baked at dawn.")
Step = tuple[str, str | None]
"""A name and what is uploaded under it; None takes the document of that name out."""


def texts(library: Library) -> set[str]:
    return {library.document(record.id).text for record in library.documents()}


@settings(max_examples=25)
@given(steps=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from((*CONTENTS, None))), max_size=8))
@example(steps=[("a.txt", CONTENTS[0]), ("b.txt", CONTENTS[0]), ("a.txt", CONTENTS[1])])
@example(steps=[(NAMES[0], "x"), (NAMES[1], "x"), (NAMES[0], None), (NAMES[2], "x"), (NAMES[2], CONTENTS[0])])
def test_a_content_stays_for_as_long_as_a_name_has_it(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step]
) -> None:
    wanted: dict[str, str] = {}
    with Library.create(tmp_path_factory.mktemp("law") / "library", encoder=HashingEncoder()) as library:
        for name, content in steps:
            if content is not None:
                library.add_files([(name, content.encode())])
                wanted[name] = content
            elif name in wanted:
                gone = wanted[name]
                library.remove([one.id for one in library.documents() if library.document(one.id).text == gone])
                wanted = {kept: content for kept, content in wanted.items() if content != gone}
            assert texts(library) == set(wanted.values())
        assert library.doctor().healthy


def test_a_file_and_an_upload_keep_each_others_content(tmp_path: Path) -> None:
    """What lies in a folder and was uploaded too stays when one of the two becomes something else."""
    file = tmp_path / "notes.txt"
    file.write_text(CONTENTS[0])
    with Library.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        library.add([file])
        library.add_files([("mine.txt", CONTENTS[0].encode())])
        file.write_text(CONTENTS[1])
        library.add([file])
        assert texts(library) == {CONTENTS[0], CONTENTS[1]}
        library.add_files([("mine.txt", CONTENTS[2].encode())])
        assert texts(library) == {CONTENTS[1], CONTENTS[2]}


def test_a_library_that_logged_no_uploads_yet_replaces_by_the_documents_own_name(tmp_path: Path) -> None:
    with Library.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        library.add_files([("a.txt", CONTENTS[0].encode()), ("b.txt", CONTENTS[1].encode())])
    (tmp_path / "library" / "files.sqlite").unlink(missing_ok=True)
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as library:
        report = library.add_files([("a.txt", CONTENTS[2].encode()), ("c.txt", CONTENTS[1].encode())])
        assert [len(report.added), len(report.replaced), len(report.unchanged)] == [0, 1, 1]
        assert texts(library) == {CONTENTS[1], CONTENTS[2]}
