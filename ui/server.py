"""The web server: our FastAPI application with the Gradio app mounted at `/`. Only `quoth serve` imports this."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from threading import Event

import anyio.to_thread
import uvicorn
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import Scope

from quoth.corpus import BadRequest, DocumentId, QuothError, Span
from quoth.qa import Library

from .bench import Bench
from .page import document_page, message_page
from .run_routes import add_run_routes
from .runs import Runs
from .security import PAGE_POLICY, Guard

__all__ = ["LOOPBACK", "STATIC", "create_app", "serve"]

STATIC = Path(__file__).parent / "static"
LOOPBACK = ("127.0.0.1", "localhost")
"""The host names a browser on this machine uses."""
_TIDY_SECONDS = 600


def create_app(library: Library, *, hosts: Sequence[str] = LOOPBACK) -> FastAPI:
    """The web application over `library`; requests that name another host than `hosts` are refused (DNS rebinding)."""
    uploads = Path(tempfile.mkdtemp(prefix="quoth-web-"))  # made readable by this user alone
    _quieten_gradio(uploads)
    runs, ready = Runs(library), Event()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await anyio.to_thread.run_sync(_warm_up, library)
            ready.set()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_tidy, runs)
                yield
                tasks.cancel_scope.cancel()
        finally:
            ready.clear()
            await anyio.to_thread.run_sync(runs.close)
            shutil.rmtree(uploads, ignore_errors=True)

    app = FastAPI(title="Quoth", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    _add_routes(app, library, ready)
    add_run_routes(app, runs)
    app.mount("/quoth/static", _Static(directory=STATIC), name="quoth-static")
    # Closed: no other site's page may read an answer. Its presence also switches Gradio's own, open one off.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.add_middleware(Guard)
    from .web import mount  # imports Gradio, which must find the environment as set above

    return mount(app, library, Bench(library, runs), icon=STATIC / "quoth.svg")


def serve(library: Library, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serves the web app until it is told to stop (Ctrl-C or SIGTERM); open requests get three seconds to finish."""
    listener = _listen(host, port)
    # Bound to other addresses than this machine's own, it is meant to be found under names we cannot know.
    hosts = LOOPBACK if host in LOOPBACK else ("*",)
    config = uvicorn.Config(
        create_app(library, hosts=hosts), log_level="warning", server_header=False, timeout_graceful_shutdown=3
    )
    print(f"Quoth listens on http://{host}:{listener.getsockname()[1]}/ (stop with Ctrl-C)", flush=True)
    _Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no such port"
        raise BadRequest(f"Cannot listen on {host}, port {port}: {reason}. Choose another with --port.") from error


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


async def _tidy(runs: Runs) -> None:
    """Takes evaluations away that nobody looks at any more."""
    while True:
        await anyio.sleep(_TIDY_SECONDS)
        await anyio.to_thread.run_sync(runs.sweep)


class _Server(uvicorn.Server):
    """Being told to stop is no failure: what is open is closed, and the caller goes on to close the library."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Ends the server at the first signal and hurries at the second, without raising it again afterwards."""
        before = {name: signal.signal(name, self.handle_exit) for name in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)


class _Static(StaticFiles):
    """Files that browsers may keep but have to ask about, so that an update is seen at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000" if path.endswith(".woff2") else "no-cache"
        return response


def _add_routes(app: FastAPI, library: Library, ready: Event) -> None:
    @app.get("/healthz")
    def healthz() -> JSONResponse:
        if not ready.is_set():
            return JSONResponse({"status": "starting"}, status_code=503)
        return JSONResponse({"status": "ok", "library": asdict(library.stamp)})

    @app.get("/doc/{document_id}")
    def doc(document_id: str, start: int = 0, stop: int = 0, sha: str | None = None) -> HTMLResponse:
        headers = {"content-security-policy": PAGE_POLICY}
        try:
            document = library.document(DocumentId(document_id))
            span = Span(start, stop) if 0 <= start < stop else None
        except QuothError as error:
            return HTMLResponse(message_page("Not found", str(error)), status_code=404, headers=headers)
        return HTMLResponse(document_page(document, span, sha), headers=headers)
