"""The addresses of evaluations: report and comparison, everything as a zip file, the template of a question file."""

from __future__ import annotations

import base64
import hashlib

from fastapi import FastAPI
from fastapi.responses import FileResponse, PlainTextResponse, Response

from .report_page import page_end, page_start
from .run import Run
from .runs import Runs
from .template import TEMPLATE_NAME, template

__all__ = ["add_run_routes"]

_GONE = "This evaluation is not kept any more; run it again on the Evaluate tab.\n"
_TYPES = {"csv": "text/csv", "jsonl": "application/jsonl"}


def add_run_routes(app: FastAPI, runs: Runs) -> None:
    """Adds them to `app`. Who knows the token of a run may read it; there is no other way to find one."""
    headers = {
        "content-security-policy": _report_policy(),
        "cross-origin-opener-policy": "unsafe-none",  # browsers refuse a sandboxed page that asks for more
        "cache-control": "no-store",
    }

    @app.get("/runs/{token}/{page}.html")
    def page(token: str, page: str) -> Response:
        run = _finished(runs, token)
        path = None if run is None else {"report": run.out / "report.html", "comparison": run.comparison}.get(page)
        if path is None or not path.exists():
            return PlainTextResponse(_GONE, status_code=404)
        return FileResponse(path, media_type="text/html; charset=utf-8", headers=headers)

    @app.get("/runs/{token}/run.zip")
    def everything(token: str) -> Response:
        run = _finished(runs, token)
        if run is None:
            return PlainTextResponse(_GONE, status_code=404)
        return FileResponse(
            run.packed(),
            media_type="application/zip",
            filename="quoth-evaluation.zip",
            headers={"cache-control": "no-store"},
        )

    @app.get(f"/quoth/{TEMPLATE_NAME}.{{form}}")
    def question_template(form: str) -> Response:
        if form not in _TYPES:
            return PlainTextResponse("There is a .csv and a .jsonl.\n", status_code=404)
        attachment = {"content-disposition": f'attachment; filename="{TEMPLATE_NAME}.{form}"'}
        return Response(template(form), media_type=f"{_TYPES[form]}; charset=utf-8", headers=attachment)


def _finished(runs: Runs, token: str) -> Run | None:
    run = runs.find(token)
    return None if run is None or run.report is None else run


def _report_policy() -> str:
    """Of report.html: its own style and its own script by their hashes, nothing else, and not even as our origin."""
    style, script = _inside(page_start(""), "style"), _inside(page_end(), "script")
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "sandbox allow-scripts",
        )
    )


def _inside(page: str, tag: str) -> str:
    return page.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
