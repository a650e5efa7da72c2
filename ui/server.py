"""The web server: our FastAPI application with the Gradio app mounted at `/`. Only `quoth serve` imports this."""

from __future__ import annotations

import math
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from threading import Event

import anyio.to_thread
from fastapi import FastAPI
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from quoth.corpus import BadRequest, QuothError
from quoth.qa import Library

from .api import add_api, add_gate
from .api_service import Service
from .bench import Bench
from .document_routes import add_document_routes
from .draining import DrainingServer
from .embedding import add_embedding
from .feedback_routes import add_feedback_routes
from .lanes import Lane
from .log_lines import log_to
from .mcp_http import McpDoor
from .page_routes import add_page_routes
from .page_uploads import PageUploads
from .prometheus import Metrics
from .run_routes import add_run_routes
from .runs import Runs
from .serving import Serving
from .shelf_routes import add_shelf_routes
from .shelving import Shelving
from .tokens import TOKENS_VARIABLE

__all__ = ["STATIC", "create_app", "serve"]

STATIC = Path(__file__).parent / "static"
_TIDY_SECONDS = 600


def create_app(library: Library, serving: Serving) -> FastAPI:
    """The web application over `library`, and its HTTP API. Raises BadRequest where Gradio is wanted and missing."""
    uploads = Path(tempfile.mkdtemp(prefix="quoth-web-"))  # made readable by this user alone
    mount = _web_app(uploads) if serving.web else None
    runs, shelving, ready = Runs(library), Shelving(library), Event()
    sweeps = [runs.sweep, shelving.sweep]
    mcp, lane, metrics = McpDoor(library, serving.hosts), Lane(), Metrics(library)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await anyio.to_thread.run_sync(_warm_up, library)
            ready.set()
            async with mcp.running(), anyio.create_task_group() as tasks:
                tasks.start_soon(_tidy, sweeps)
                yield
                tasks.cancel_scope.cancel()
        finally:
            ready.clear()
            lane.close()
            await anyio.to_thread.run_sync(shelving.close)
            await anyio.to_thread.run_sync(runs.close)
            shutil.rmtree(uploads, ignore_errors=True)

    app = FastAPI(title="Quoth", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    add_document_routes(app, library)
    add_page_routes(app, library)
    add_embedding(app, library, lane, serving.embed_origins)
    add_run_routes(app, runs)
    add_feedback_routes(app, library)
    add_shelf_routes(app, shelving.deliveries)
    app.router.routes.append(mcp.route)
    app.mount("/quoth/static", _Static(directory=STATIC), name="quoth-static")
    seconds = serving.pace.seconds
    add_api(app, Service(library, shelving.clerk, shelving.limits, lane, metrics, ready.is_set, seconds))
    add_gate(app, serving, metrics)
    if mount is None:
        return app
    app, taken = mount(app, library, Bench(library, runs), shelving, icon=STATIC / "quoth.svg", uploads=uploads)
    sweeps.append(taken.sweep)
    return app


def serve(library: Library, host: str = "127.0.0.1", port: int = 7860, serving: Serving | None = None) -> None:
    """Serves the web app and the HTTP API until told to stop (Ctrl-C or SIGTERM), and finishes what it was asked."""
    listener, serving = _listen(host, port), serving or Serving()
    log_to(sys.stderr, serving.log_format)
    os.environ.pop(TOKENS_VARIABLE, None)  # no child process needs it
    server = DrainingServer(create_app(library, serving), math.ceil(serving.pace.seconds) + 5)
    print(f"Quoth listens on http://{host}:{listener.getsockname()[1]}/ (stop with Ctrl-C)", flush=True)
    server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no such port"
        raise BadRequest(f"Cannot listen on {host}, port {port}: {reason}. Choose another with --port.") from error


def _web_app(uploads: Path) -> Callable[..., tuple[FastAPI, PageUploads]]:
    """What mounts the Gradio app, which is imported here and nowhere else."""
    _quieten_gradio(uploads)
    try:
        from .web import mount
    except ModuleNotFoundError as error:
        uploads.rmdir()
        if error.name != "gradio":
            raise
        raise BadRequest(
            "The web app needs Gradio, which is not installed: serve the HTTP API alone with --no-web, "
            "or install requirements/answer.txt in place of requirements/answer-api.txt."
        ) from error
    return mount


def _quieten_gradio(uploads: Path) -> None:
    """Settings that Gradio reads from the environment, most of them while it is imported."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # exactly this word: no version check, no telemetry
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    for name in ("GRADIO_VIBE_MODE", "GRADIO_SHARE", "GRADIO_MCP_SERVER", "GRADIO_SSR_MODE", "GRADIO_ALLOWED_PATHS"):
        os.environ.pop(name, None)  # the first of them would let anyone run code here


def _warm_up(library: Library) -> None:
    """Loads the models now, so that the first question is as quick as the second."""
    with suppress(QuothError):  # an empty library, for one; whoever asks is told
        library.ask("Is everything ready?")


async def _tidy(sweeps: Sequence[Callable[[], None]]) -> None:
    """Takes evaluations and uploads away that nobody looks at any more."""
    while True:
        await anyio.sleep(_TIDY_SECONDS)
        for sweep in sweeps:
            await anyio.to_thread.run_sync(sweep)


class _Static(StaticFiles):
    """Files that browsers may keep but have to ask about, so that an update is seen at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000" if path.endswith(".woff2") else "no-cache"
        if path == "quoth-ask.js":  # for the pages of others; what it shows there, /embed decides
            response.headers["cross-origin-resource-policy"] = "cross-origin"
        return response
