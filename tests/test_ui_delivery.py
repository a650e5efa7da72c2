"""An upload: every file ends in one state, what is said of it is true, and nothing is left on the disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quoth.corpus import BadRequest
from quoth.qa import Library, adding
from quoth.qa.locking import writing
from quoth.ui.clerk import Clerk
from quoth.ui.deliveries import Deliveries, tame
from quoth.ui.delivery import ENDED, Delivery
from quoth.ui.delivery_view import delivery_view
from quoth.ui.limits import UploadLimits
from small_encoder import HashingEncoder

LIMITS = UploadLimits(files=50, file_bytes=600_000, total_bytes=5_000_000)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        yield library


@contextmanager
def delivering(library: Library) -> Iterator[Deliveries]:
    clerk = Clerk()
    deliveries = Deliveries(library, clerk, LIMITS)
    try:
        yield deliveries
    finally:
        clerk.close()
        deliveries.close()


@contextmanager
def held_back(deliveries: Deliveries) -> Iterator[None]:
    """The clerk is busy with something else meanwhile."""
    go_on, begun = threading.Event(), threading.Event()

    def wait(_: object) -> None:
        begun.set()
        go_on.wait()

    deliveries._clerk.ask("checking", wait)
    begun.wait()
    try:
        yield
    finally:
        go_on.set()


def send(deliveries: Deliveries, delivery: Delivery, number: int, content: bytes) -> None:
    """As the address for it does."""
    path = delivery.expect(number)
    assert path is not None
    path.write_bytes(content)
    delivery.arrived(number, len(content))
    deliveries.bring_in(delivery)


def deliver(deliveries: Deliveries, files: list[tuple[str, bytes]]) -> Delivery:
    """Announces and sends everything, and waits until nothing is left to do."""
    delivery = deliveries.announce([(name, len(content)) for name, content in files])
    for number, (_, content) in enumerate(files):
        if delivery.parcels[number].state == "coming":
            send(deliveries, delivery, number, content)
    wait(deliveries, delivery)
    return delivery


def wait(deliveries: Deliveries, delivery: Delivery) -> None:
    """Each turn of the clerk may ask for one more."""
    while delivery.waits or not delivery.ended:
        deliveries._clerk.ask("checking", lambda _: None).result()


def states(delivery: Delivery) -> list[str]:
    return [parcel.state for parcel in delivery.parcels]


def test_every_file_ends_as_what_it_became(library: Library) -> None:
    with delivering(library) as deliveries:
        first = deliver(deliveries, [("a.txt", b"The first words."), ("b.txt", b""), ("c.exe", b"MZ\x90\x00")])
        assert states(first) == ["added", "refused", "refused"]
        again = [("a.txt", b"Newer words."), ("new.txt", b"More words."), ("same.txt", b"Newer words.")]
        second = deliver(deliveries, again)
        assert states(second) == ["replaced", "added", "there"]
        third = deliver(deliveries, [("a.txt", b"Newer words."), ("other.txt", b"More words.")])
        assert states(third) == ["there", "there"]
    assert sorted(library.document(record.id).text for record in library.documents()) == ["More words.", "Newer words."]


def test_what_is_said_names_the_document_and_the_reason(library: Library) -> None:
    with delivering(library) as deliveries:
        deliver(deliveries, [("a-lamp.txt", b"The lamp.")])
        files = [("copy.txt", b"The lamp."), ("mill.txt", b"The mill."), ("b.txt", b""), ("big.txt", b"x" * 700_000)]
        view = delivery_view(deliver(deliveries, files))
    assert [line["said"].partition(":")[0] for line in view["files"]] == [
        "Already there as “A lamp”", "Added", "Not added", "Not added"
    ]  # fmt: skip
    assert view["note"]["sentences"] == ["Added “Mill”.", "Already there: “A lamp”."]
    reasons = {one["name"]: one["reason"] for one in view["note"]["refused"]}
    assert "empty" in reasons["b.txt"]
    assert "684 KB" in reasons["big.txt"]
    assert view["ended"] and view["again"] == [] and view["note"]["error"] == ""


def test_only_what_changed_is_told_again(library: Library) -> None:
    with delivering(library) as deliveries:
        delivery = deliveries.announce([("a.txt", 8), ("b.txt", 8)])
        whole = delivery_view(delivery)
        assert [line["number"] for line in whole["files"]] == [0, 1]
        assert delivery_view(delivery, whole["version"])["files"] == [] or whole["version"] == 0
        send(deliveries, delivery, 1, b"Words b.")
        deliveries._clerk.ask("checking", lambda _: None).result()
        later = delivery_view(delivery, delivery.version - 1)
        assert {line["number"] for line in later["files"]} == {1}
        assert not later["ended"] and later["note"] is None


@settings(deadline=None, max_examples=30)
@given(
    named=st.lists(
        st.tuples(
            st.sampled_from(["a.txt", "b.md", "deep/a.txt", "c.exe"]),
            st.sampled_from(["", "One.", "Two.", "\0\1\2", "long"]),  # short, or pytest could not print a failure
        ),
        max_size=7,
    )
)
@example(named=[("a.txt", "long"), ("b.md", "long"), ("a.txt", "One.")])  # the three come in two groups
def test_the_library_holds_what_the_upload_says_it_holds(
    tmp_path_factory: pytest.TempPathFactory, named: list[tuple[str, str]]
) -> None:
    """By name, content and order the oracle is a dictionary; refused files change nothing."""
    files = [(name, b"Three. " * 60_000 if words == "long" else words.encode()) for name, words in named]
    with Library.create(tmp_path_factory.mktemp("law") / "library", encoder=HashingEncoder()) as library:
        with delivering(library) as deliveries:
            delivery = deliver(deliveries, files)
            assert all(state in ENDED for state in states(delivery))
            assert list(Path(delivery.folder).iterdir()) == []
        held = {record.id for record in library.documents()}
        taken = {parcel.document for parcel in delivery.parcels if parcel.state in ("added", "replaced", "there")}
        last = {name: content for name, content in files if content.decode("latin-1").isprintable() and content}
        wanted = {content.decode() for name, content in last.items() if not name.endswith(".exe")}
        assert held <= taken
        assert {library.document(id).text for id in held} >= wanted
        assert library.doctor().healthy


def test_small_files_are_added_together_and_large_ones_alone(library: Library) -> None:
    with delivering(library) as deliveries:
        small = [(f"{number}.txt", f"Text {number}.".encode()) for number in range(10)]
        delivery = deliveries.announce([*((name, len(content)) for name, content in small), ("big.txt", 300_000)])
        with held_back(deliveries):
            for number, (_, content) in enumerate(small):
                send(deliveries, delivery, number, content)
            send(deliveries, delivery, 10, (b"Many words. " * 25_000))
            assert states(delivery) == ["waiting"] * 11
        wait(deliveries, delivery)
        assert states(delivery) == ["added"] * 11
    generation = library._index.state().generation
    assert generation == 3  # made, the ten, the one


def test_two_files_of_one_name_come_one_after_the_other(library: Library) -> None:
    with delivering(library) as deliveries:
        delivery = deliveries.announce([("a.txt", 4), ("a.txt", 4)])
        with held_back(deliveries):
            for number, content in enumerate([b"One.", b"Two."]):
                send(deliveries, delivery, number, content)
        wait(deliveries, delivery)
        assert states(delivery) == ["added", "replaced"]


def test_stopping_leaves_out_what_was_not_added(library: Library) -> None:
    with delivering(library) as deliveries:
        deliver(deliveries, [("first.txt", b"The first.")])
        delivery = deliveries.announce([("a.txt", 4), ("b.txt", 4), ("c.txt", 4)])
        with held_back(deliveries):
            send(deliveries, delivery, 0, b"One.")
            arriving = delivery.expect(1)
            assert arriving is not None
            arriving.write_bytes(b"Tw")
            delivery.stop()
            assert states(delivery) == ["left"] * 3
            delivery.arrived(1, 4)
        wait(deliveries, delivery)
        assert states(delivery) == ["left"] * 3
        assert list(delivery.folder.iterdir()) == []
        assert delivery_view(delivery)["again"] == [0, 1, 2]
    assert [record.title for record in library.documents()] == ["First"]


def test_stopping_in_the_middle_of_embedding_changes_nothing(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    with delivering(library) as deliveries:
        begun, go_on = threading.Event(), threading.Event()
        encode = HashingEncoder.encode_passages

        def held(self: HashingEncoder, texts: list[str]) -> object:
            begun.set()
            go_on.wait()
            return encode(self, texts)

        monkeypatch.setattr(HashingEncoder, "encode_passages", held)
        delivery = deliveries.announce([("a.txt", 4)])
        send(deliveries, delivery, 0, b"One.")
        begun.wait()
        assert states(delivery) == ["embedding"]
        delivery.stop()
        go_on.set()
        wait(deliveries, delivery)
        assert states(delivery) == ["left"]
    assert library.documents() == ()
    assert library.doctor().healthy


def test_a_page_that_is_gone_leaves_out_what_did_not_come(library: Library) -> None:
    with delivering(library) as deliveries:
        delivery = deliveries.announce([("a.txt", 4), ("b.txt", 4)])
        with held_back(deliveries):
            send(deliveries, delivery, 0, b"One.")
            delivery.abandon()
        wait(deliveries, delivery)
        assert states(delivery) == ["added", "left"]


def test_a_library_that_cannot_be_written_to_ends_the_upload_with_one_sentence(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "writing", lambda folder: writing(folder, patience=0.05))
    with delivering(library) as deliveries, FileLock(library.folder / "library.lock"):
        delivery = deliver(deliveries, [("a.txt", b"One."), ("b.txt", b"Two.")])
        assert states(delivery) == ["failed", "failed"]
        note = delivery_view(delivery)["note"]
        assert note["error"].startswith("2 files could not be added. Another process is writing")
        assert delivery_view(delivery)["again"] == [0, 1]
    with delivering(library) as deliveries:
        assert states(deliver(deliveries, [("a.txt", b"One."), ("b.txt", b"Two.")])) == ["added", "added"]


def test_what_nobody_foresaw_is_said_and_logged(
    library: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(library, "add_files", lambda *_: 1 / 0)
    with delivering(library) as deliveries:
        delivery = deliver(deliveries, [("a.txt", b"One.")])
        assert "stands in the log" in delivery_view(delivery)["note"]["error"]
    assert "ZeroDivisionError" in caplog.text


def test_a_file_that_is_not_as_it_was_announced_is_refused(library: Library) -> None:
    with delivering(library) as deliveries:
        delivery = deliveries.announce([("a.txt", 4)])
        send(deliveries, delivery, 0, b"Three words now.")
        assert states(delivery) == ["refused"]
        assert list(delivery.folder.iterdir()) == []


@pytest.mark.parametrize("number", [-1, 2, 10**9])
def test_a_file_that_was_not_announced_is_not_expected(library: Library, number: int) -> None:
    with delivering(library) as deliveries:
        assert deliveries.announce([("a.txt", 4), ("b.txt", 4)]).expect(number) is None


def test_a_file_comes_once(library: Library) -> None:
    with delivering(library) as deliveries:
        delivery = deliveries.announce([("a.txt", 4)])
        assert delivery.expect(0) is not None
        assert delivery.expect(0) is None
        send_again = delivery_view(delivery)["files"][0]
        assert send_again["state"] == "arriving"


def test_too_many_files_are_refused_before_anything_comes(library: Library) -> None:
    with delivering(library) as deliveries:
        with pytest.raises(BadRequest, match="These are 51 files"):
            deliveries.announce([("a.txt", 1)] * 51)
        with pytest.raises(BadRequest, match=r"at most 4\.77 MB can be added"):
            deliveries.announce([("a.txt", 600_000)] * 9)
        for _ in range(16):
            deliveries.announce([("a.txt", 1)])
        with pytest.raises(BadRequest, match="Too many uploads"):
            deliveries.announce([("a.txt", 1)])


def test_uploads_nobody_looks_at_are_ended_and_then_forgotten(library: Library) -> None:
    with delivering(library) as deliveries:
        delivery = deliveries.announce([("a.txt", 1)])
        deliveries.sweep()
        assert deliveries.find(delivery.token) is delivery
        delivery.used -= 700
        deliveries.sweep()
        assert states(delivery) == ["left"]
        assert deliveries.find(delivery.token) is delivery
        delivery.used -= 5 * 3600
        deliveries.sweep()
        assert deliveries.find(delivery.token) is None
        assert not delivery.folder.exists()


def test_work_that_is_asked_for_goes_between_two_groups(library: Library) -> None:
    """Nobody waits for a thousand files to be added before something can be removed."""
    with delivering(library) as deliveries:
        (gone,) = library.add_files([("old.txt", b"Old words.")]).added
        delivery = deliveries.announce([("a.txt", 300_000), ("b.txt", 300_000)])
        with held_back(deliveries):
            for number in range(2):
                send(deliveries, delivery, number, b"%d words. " % number * 30_000 + b"." * 30_000)
            seen: list[list[str]] = []
            removal = deliveries._clerk.ask("removing", lambda _: seen.append(states(delivery)))
        removal.result()
        wait(deliveries, delivery)
    assert seen == [["added", "waiting"]]
    assert gone.id in {record.id for record in library.documents()}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("notes.txt", "notes.txt"),
        ("a/b/notes.txt", "a/b/notes.txt"),
        ("../../etc/passwd", "etc/passwd"),
        ("C:\\docs\\notes.txt", "C:/docs/notes.txt"),
        ("/absolute//path/./x.txt", "absolute/path/x.txt"),
        ("", "unnamed"),
        ("///", "unnamed"),
        ("a\nb\x1b[31m.txt", "a b<U+001B>[31m.txt"),
        ("half \ud83d.txt", "half <U+D83D>.txt"),
    ],
)
def test_names_are_tamed(name: str, wanted: str) -> None:
    assert tame(name) == wanted


@given(st.text(max_size=400))
def test_a_tamed_name_is_harmless_and_stays_as_it_is(name: str) -> None:
    tamed = tame(name)
    assert tamed and tame(tamed) == tamed
    assert all(part not in ("", ".", "..") and len(part) <= 150 for part in tamed.split("/"))
    tamed.encode()
