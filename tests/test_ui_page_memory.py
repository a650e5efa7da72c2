"""What the web app keeps of a visit: of the last ones, not of the last ten thousand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from api_clients import TEXTS
from small_library import small_library

# `holder[name]` is what each event of the page does: it finds the visit, or makes it anew where it was dropped.
# In a process of its own: Gradio leaves the sockets of an event loop behind.
PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from starlette.routing import Mount
from quoth.ui.server import create_app
from quoth.ui.serving import Serving
from small_encoder import HashingEncoder
from small_library import SmallLibrary
with SmallLibrary.open(Path(sys.argv[2]), encoder=HashingEncoder()) as library:
    app = create_app(library, Serving())
    holder = next(route.app for route in app.routes if isinstance(route, Mount) and route.path == "")._app.state_holder
    parts = len(holder["first"].config_values)
    same = all(holder[f"visit{number}"] is holder[f"visit{number}"] for number in range(100))
    print(same, "first" in holder, len(holder.session_data), parts > 5, len(holder["first"].config_values) == parts)
"""


def test_many_visits_are_not_all_kept(tmp_path: Path) -> None:
    small_library(tmp_path / "library", TEXTS).close()
    command = [sys.executable, "-I", "-c", PROGRAM, str(Path(__file__).parent), str(tmp_path / "library")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "True False 64 True True\n", done.stderr
