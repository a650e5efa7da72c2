"""Files read in a child process: the same text as here, and a child that dies, hangs or lies costs one file."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus_files import locked_pdf, pdf, saved
from quoth.corpus import UnreadableDocument, read_bytes
from quoth.corpus.apart import MOST_CHILDREN, Apart
from quoth.corpus.child import command, environment
from quoth.corpus.document import Extract, Mark
from quoth.corpus.framing import Answer, Bounds, Request

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither these signals nor these limits")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
DATA = Path(__file__).parent / "data"
GOOD = pdf([["The treaty was signed in Tokyo."], ["It holds."]], "The Treaty")
HOSTILE = """
import os, signal, sys, tempfile, time
from quoth.corpus.document import Extract
from quoth.corpus.extract_apart import main
def hold(): return bytearray(1 << 34)
def loop():
    while True: pass
def sleep():
    sys.stdout.flush(); time.sleep(600)
def leave(): os._exit(7)
def shut(): os._exit(0)
def kill(): os.kill(os.getpid(), signal.SIGKILL)
def fault(): os.kill(os.getpid(), signal.SIGSEGV)
def fail(): raise KeyError("a part\\nthat is not there")
def deep(): return deep()
def write(): tempfile.TemporaryFile(buffering=0).write(b"x")
def chat(): print("noise", flush=True); os.write(1, b"more noise")
def lie(): os.write(3, b"\\0" * 7 + b"\\5" + b"[1,2]")
def told(): return "|".join(sorted(os.environ))
def holds(): return "|".join(sorted(os.listdir("/proc/self/fd")))
def read(data, name):
    said = globals()[data.decode()]()
    return Extract(str(said or "words"), None, (), "test/1")
main({"read_pdf": read})
"""
SMALL = Bounds(memory_bytes=512 * 1024**2, cpu_seconds=1, wall_seconds=60)


@pytest.fixture
def hostile() -> Iterator[Apart]:
    apart = Apart(SMALL, HOSTILE)
    yield apart
    apart.close()


@pytest.fixture
def apart() -> Iterator[Apart]:
    fresh = Apart()
    yield fresh
    fresh.close()


def word() -> bytes:
    made = docx.Document()
    made.add_heading("The Treaty", 0)
    made.add_paragraph("Signed in Tokyo. \U0001f5fb \u202eabc\u202c e\u0301")
    made.core_properties.title = "Properties"
    return saved(made)


FILES: list[tuple[str, bytes]] = [
    ("a.pdf", GOOD),
    ("empty.pdf", pdf([[]])),
    ("locked.pdf", locked_pdf("x")),
    ("open.pdf", locked_pdf("")),
    ("cut.pdf", GOOD[:120]),
    ("a.docx", word()),
    ("cut.docx", word()[:500]),
    ("a.html", "<title>T</title><h1>The  treaty</h1><p>Signed – in <b>Tōkyō</b> 🗻.</p>".encode()),
    ("empty.html", b"<p> </p>"),
    *((path.name, path.read_bytes()) for path in sorted(DATA.rglob("*")) if path.suffix in {".pdf", ".docx", ".html"}),
]


@pytest.mark.parametrize(("name", "data"), FILES, ids=[name for name, _ in FILES])
def test_a_child_reads_what_this_process_reads(name: str, data: bytes) -> None:
    """The oracle: the reader itself, called here."""
    module = f"read_{name.rsplit('.', 1)[1]}"
    reader: Callable[[bytes, str], Extract] = getattr(importlib.import_module(f"quoth.corpus.{module}"), module)
    try:
        wanted = reader(data, name)
    except UnreadableDocument as error:
        with pytest.raises(UnreadableDocument) as caught:
            read_bytes(data, name)
        assert str(caught.value) == str(error)
    else:
        found = read_bytes(data, name)
        assert (found.text, found.marks, found.extractor) == (wanted.text, wanted.marks, wanted.extractor)
        assert wanted.title is None or found.title == " ".join(wanted.title.split())


@settings(deadline=None)
@given(st.text(min_size=1), st.none() | st.text(), st.data())
def test_what_is_said_is_what_is_understood(text: str, title: str | None, data: st.DataObject) -> None:
    starts = data.draw(st.lists(st.integers(0, len(text)), max_size=4).map(sorted))
    extract = Extract(text, title, tuple(Mark(start, "page", str(n)) for n, start in enumerate(starts)), "pdf/1")
    answer = Answer(extract, last=data.draw(st.booleans()))
    assert Answer.unpacked(answer.packed()) == answer
    request = Request("read_pdf", title or "", text.encode("utf-8", "surrogatepass"), Bounds())
    assert Request.unpacked(request.packed()) == request


@pytest.mark.parametrize(
    "said",
    [
        *(b"", b"\xff", b"[]", b"1", b"{}", b'{"text": 1}'),
        b'{"text": "a", "title": 1, "marks": [[0, "chapter", "1"]], "extractor": "x", "refused": "", "broken": ""}',
        b'{"text": "a", "title": null, "marks": [[9, "page", "1"]], "extractor": "x", "refused": "", "broken": ""}',
    ],
)
def test_what_is_no_answer_is_not_taken_for_one(said: bytes) -> None:
    with pytest.raises(ValueError):
        Answer.unpacked(said)


@POSIX
@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("hold", r"this PDF needs more than 0\.5 GB of memory to be read; split it"),
        ("loop", "takes more than 1 seconds of computing"),
        ("leave", "ended the program that reads it .exit code 7."),
        ("shut", "could not be read apart"),
        ("kill", "ended the program that reads it .SIGKILL."),
        ("fault", "ended the program that reads it .SIGSEGV."),
        ("fail", "this PDF is broken .'a part.*; open it in the program"),
        ("deep", "this PDF is broken .maximum recursion"),
        ("write", r"this PDF is broken .*(No usable temporary|[Ff]ile too large)"),
    ],
)
def test_each_end_of_a_child_is_one_sentence_and_the_next_file_is_read(hostile: Apart, deed: str, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason) as caught:
        hostile.read("read_pdf", deed.encode(), "a.pdf")
    assert "\n" not in str(caught.value)
    assert hostile.read("read_pdf", b"chat", "b.pdf").text == "words"


def test_a_child_that_sleeps_is_ended_by_the_clock() -> None:
    apart = Apart(Bounds(wall_seconds=1.5), HOSTILE)
    with pytest.raises(UnreadableDocument, match=r"was not read within 1\.5 seconds"):
        apart.read("read_pdf", b"sleep", "a.pdf")
    apart.close()


@POSIX
def test_a_child_that_lies_is_not_believed(hostile: Apart) -> None:
    with pytest.raises(UnreadableDocument, match="ended the program"):
        hostile.read("read_pdf", b"lie", "a.pdf")


@POSIX
@pytest.mark.parametrize("sent", ["SIGKILL", "SIGSEGV"])
def test_a_child_killed_while_it_reads(sent: str) -> None:
    apart = Apart(program=HOSTILE)
    assert apart.read("read_pdf", b"chat", "a.pdf").text == "words"
    (child,) = apart.processes()
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(apart.read, "read_pdf", b"loop", "a.pdf")
        while apart.processes():  # until the child is taken from those that wait
            threading.Event().wait(0.01)
        os.kill(child, getattr(signal, sent))
        with pytest.raises(UnreadableDocument, match=sent):
            reading.result(60)
    apart.close()


def test_one_child_reads_many_files_and_one_that_went_is_replaced(apart: Apart) -> None:
    for _ in range(3):
        assert apart.read("read_pdf", GOOD, "a.pdf").text.startswith("The treaty")
    (child,) = apart.processes()
    apart.read("read_pdf", GOOD, "a.pdf")
    assert apart.processes() == (child,)
    apart.close()
    apart.read("read_pdf", GOOD, "a.pdf")
    assert len(apart.processes()) == 1
    assert apart.processes() != (child,)


def test_a_child_goes_after_its_last_file() -> None:
    program = "import quoth.corpus.extract_apart as room; room.MOST_FILES = 2; room.main()"
    short = Apart(program=program)
    seen = []
    for _ in range(4):
        assert short.read("read_pdf", GOOD, "a.pdf").text
        seen.append(len(short.processes()))
    assert seen == [1, 0, 1, 0]


@POSIX
def test_a_child_that_waited_too_long_goes_and_nobody_notices() -> None:
    short = Apart(program="import quoth.corpus.extract_apart as room; room.IDLE_SECONDS = 0.05; room.main()")
    for _ in range(2):
        assert short.read("read_pdf", GOOD, "a.pdf").text
        for child in short.processes():
            os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it goes by itself
    short.close()


@POSIX
def test_all_of_them_may_have_gone_and_the_next_file_is_read() -> None:
    """Several threads read at once, then nobody for a minute: all wait, all go, and the list of them is stale."""
    short = Apart(program="import quoth.corpus.extract_apart as room; room.IDLE_SECONDS = 3; room.main()")
    together = threading.Barrier(3)

    def read(_: int) -> None:
        together.wait(60)
        short.read("read_pdf", GOOD, "a.pdf")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(read, range(3)))
    waiting = short.processes()
    assert len(waiting) > 1
    for child in waiting:
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert short.read("read_pdf", GOOD, "a.pdf").text
    short.close()


def test_threads_have_children_of_their_own_but_not_too_many(apart: Apart) -> None:
    files = [pdf([[f"File number {number}."]]) for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda data: apart.read("read_pdf", data, "a.pdf").text, files))
    assert texts == [f"File number {number}." for number in range(24)]
    assert 1 <= len(apart.processes()) <= MOST_CHILDREN


@LINUX
def test_a_child_knows_no_secrets_and_holds_no_files(hostile: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_TOKENS", "full:secret")
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    with Path(__file__).open("rb") as held:
        os.set_inheritable(held.fileno(), True)
        names = hostile.read("read_pdf", b"told", "a.pdf").text.split("|")
        handles = hostile.read("read_pdf", b"holds", "a.pdf").text.split("|")
    assert not [name for name in names if name.startswith(("QUOTH", "PYTHON", "HF_"))]
    assert len(handles) <= 6  # three standard ones, a copy of two, and the folder being listed


def run(program: str, **more: str) -> subprocess.CompletedProcess[str]:
    line = command(program)
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=60, env=environment() | more)


@LINUX
def test_a_child_dies_with_its_parent() -> None:
    """A parent that is killed says nothing any more; the pipe ends with it, and so does the child."""
    told = run(f"""
import os, signal
from quoth.corpus import apart
apart.extract_apart("read_pdf", {GOOD!r}, "a.pdf")
(child,) = apart._apart().processes()
print(child, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
""")
    child = Path("/proc") / told.stdout.strip()
    assert told.returncode == -signal.SIGKILL
    waited = 0
    while child.exists() and "State:\tZ" not in (child / "status").read_text() and waited < 3000:
        threading.Event().wait(0.01)
        waited += 1
    assert waited < 3000


@POSIX
def test_a_fork_has_children_of_its_own() -> None:
    told = run(f"""
import os
from quoth.corpus import apart
def child():
    apart.extract_apart("read_pdf", {GOOD!r}, "a.pdf")
    (number,) = apart._apart().processes()
    return number
mine = child()
if not (pid := os.fork()):
    os._exit(0 if child() != mine else 1)
assert os.waitpid(pid, 0)[1] == 0
assert child() == mine
print("whole")
""")
    assert (told.stdout, told.stderr) == ("whole\n", "")


def test_text_alone_starts_nothing_and_loads_nothing() -> None:
    told = run("""
import sys
from quoth.corpus import apart, read_bytes
read_bytes(b"# Words", "a.md"), read_bytes(b"Words.", "a.txt")
print(apart._of_process, "pypdfium2" in sys.modules)
""")
    assert told.stdout == "{} False\n"


def test_a_program_that_is_no_python_starts_no_second_one(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(UnreadableDocument, match="add text instead"):
        apart.read("read_pdf", GOOD, "a.pdf")


@POSIX
def test_what_the_parent_holds_is_not_counted_as_the_childs(tmp_path: Path) -> None:
    """A server holds more than a child may; were that counted, each file would start a child of its own."""
    (tmp_path / "a.pdf").write_bytes(GOOD)
    code = """
import sys
from pathlib import Path
from quoth.corpus.apart import Apart
held = b"x" * (600 << 20)
apart, data = Apart(), Path(sys.argv[1]).read_bytes()
seen = [(apart.read("read_pdf", data, "a.pdf").text[:10], apart.processes()) for _ in range(2)]
print(seen[0] == seen[1], len(seen[0][1]))
apart.close()
"""
    command = [sys.executable, "-I", "-c", code, str(tmp_path / "a.pdf")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True 1\n"
