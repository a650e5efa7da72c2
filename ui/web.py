"""The Gradio app: what is on the page and which handler each thing on it calls.

Gradio carries the events and holds the frame; the conversation, the reader and the list of documents are `gr.HTML`
components with constant templates whose JSON values are drawn by `static/*.js` with `textContent` alone. Document text
never reaches a template, Markdown or `innerHTML`: all three would execute it. Importing this module imports Gradio,
which takes seconds and reads the environment: `server.create_app` does so when it has put that in order.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import gradio as gr
from fastapi import FastAPI
from gradio.themes import Base as Theme
from starlette.routing import Mount

from quoth.qa import Library

from .bench import Bench
from .desk import Desk
from .page_door import PageDoor
from .page_parts import used_by
from .page_uploads import PageUploads
from .shelving import Shelving
from .talk import Talk

__all__ = ["mount"]

_HEAD = """
<meta name="color-scheme" content="light dark">
<meta name="description" content="Ask your documents. Get their own words.">
<link rel="preload" href="quoth/static/inter-latin.woff2" as="font" type="font/woff2" crossorigin>
<link rel="preload" href="quoth/static/source-serif-4-latin.woff2" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="quoth/static/tokens.css">
<link rel="stylesheet" href="quoth/static/frame.css">
<link rel="stylesheet" href="quoth/static/ask.css">
<link rel="stylesheet" href="quoth/static/cards.css">
<link rel="stylesheet" href="quoth/static/menus.css">
<link rel="stylesheet" href="quoth/static/feedback.css">
<link rel="stylesheet" href="quoth/static/reader.css">
<link rel="stylesheet" href="quoth/static/documents.css">
<link rel="stylesheet" href="quoth/static/documents-adding.css">
<link rel="stylesheet" href="quoth/static/evaluate.css">
<link rel="stylesheet" href="quoth/static/charts.css">
<script type="module" src="quoth/static/documents-dropping.js"></script>
<link rel="modulepreload" href="quoth/static/ask.js">
<link rel="modulepreload" href="quoth/static/cards.js">
<link rel="modulepreload" href="quoth/static/reader.js">
<link rel="modulepreload" href="quoth/static/reader-text.js">
<link rel="modulepreload" href="quoth/static/reader-places.js">
<link rel="modulepreload" href="quoth/static/reader-pages.js">
<link rel="modulepreload" href="quoth/static/reader-sheet.js">
<link rel="modulepreload" href="quoth/static/fetching.js">
"""

_QUIET: Final[dict[str, Any]] = {"api_visibility": "private", "show_progress": "hidden"}
"""Of every event: not offered as an API of its own, and no overlay over what is being read."""

_SESSIONS: Final = 64
"""Visits for which Gradio keeps the page's parts, and the last answer: some 100 KB each, of the last 10,000 otherwise,
until the server ends. The page needs nothing of it back; one that was dropped is made again with its next event.
"""


def mount(
    app: FastAPI, library: Library, bench: Bench, shelving: Shelving, *, icon: Path, uploads: Path
) -> tuple[FastAPI, PageUploads]:
    """Builds the Gradio app over `library` and mounts it at `/` of `app`, behind the routes that are there already.

    What comes through it lies in the folder `uploads`.
    """
    blocks = _build(library, bench, shelving)
    blocks.state_session_capacity = _SESSIONS
    blocks.queue(api_open=False, default_concurrency_limit=4, max_size=64)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=Theme(font=["Inter", "sans-serif"], font_mono=["monospace"]),
        head=_HEAD,
        favicon_path=str(icon),
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        mcp_server=False,
        ssr_mode=False,
        pwa=False,
        show_error=False,
        max_file_size=shelving.limits.file_bytes,
    )
    taking = PageUploads(uploads, shelving.limits)
    mounting = next(route for route in mounted.routes if isinstance(route, Mount) and route.path == "")
    mounting.app = PageDoor(mounting.app, used_by(blocks), taking)
    return mounted, taking


def _build(library: Library, bench: Bench, shelving: Shelving) -> gr.Blocks:
    desk = Desk(library)
    blocks = gr.Blocks(title="Quoth", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600))
    with blocks:
        _html("header.js", "q-header")
        with gr.Tabs(elem_id="q-tabs"):
            with gr.Tab("Ask", id="ask"):
                conversation, reader = _ask_tab(desk, Talk(library))
            with gr.Tab("Documents", id="documents") as tab:
                shelf = _documents_tab(shelving)
            with gr.Tab("Evaluate", id="evaluate") as evaluate:
                evaluation = _evaluate_tab(bench)
        blocks.load(desk.welcome, None, [conversation, reader], **_QUIET, queue=False)
        blocks.load(shelving.shelf, None, shelf, **_QUIET, queue=False)
        tab.select(shelving.shelf, None, shelf, **_QUIET, queue=False)
        evaluate.select(bench.welcome, None, evaluation, **_QUIET, queue=False)
    return blocks


def _ask_tab(desk: Desk, acts: Talk) -> tuple[gr.HTML, gr.HTML]:
    def talk(sent: object) -> dict[str, Any]:  # Gradio marks the function, and a bound method cannot be marked
        return acts.act(sent)

    with gr.Row(elem_id="q-room"):
        with gr.Column(elem_id="q-talk", min_width=0):
            conversation = _html("ask.js", "q-conversation", event="ask_question", functions=[talk])
            with gr.Row(elem_id="q-composer"):
                box = gr.Textbox(
                    elem_id="q-box",
                    label="Your question",
                    placeholder="Ask your documents…",
                    container=False,
                    lines=1,
                    max_lines=6,
                    scale=1,
                )
                _html("filter.js", "q-filter", functions=[talk])
                button = gr.Button("Ask", elem_id="q-ask", variant="primary", scale=0, min_width=0)
        with gr.Column(elem_id="q-beside", min_width=0):
            reader = _html("reader.js", "q-reader")
    # The page asks through one event, wherever the question came from: the box, an example, a link with ?q=.
    # The box keeps a question while another is being answered; one that comes before the page can ask waits for that.
    asking = (
        "question => { const asked = { question }; "
        f"if ({_tell('ask', 'asked')} && !asked.taken) globalThis.quothEarly = question; "
        "return asked.taken ? '' : question; }"
    )
    for event in (box.submit, button.click):
        event(None, box, box, js=asking, **_QUIET, queue=False)
    asked = conversation.ask_question(desk.ask, None, conversation, **_QUIET, concurrency_limit=4)
    _say_when_it_fails(asked, "asking")
    return conversation, reader


def _documents_tab(shelving: Shelving) -> gr.HTML:
    def act(sent: object) -> dict[str, Any]:
        return shelving.act(sent)

    with gr.Column(elem_id="q-shelf", min_width=0):
        return _html("documents.js", "q-documents", functions=[act])


def _evaluate_tab(bench: Bench) -> gr.HTML:
    def act(sent: object) -> dict[str, Any]:
        return bench.act(sent)

    with gr.Column(elem_id="q-bench", min_width=0):
        file = gr.File(elem_id="q-questions", label="Question file: JSONL, CSV, XLSX, SQuAD 2", height=150)
        evaluation = _html("evaluate.js", "q-evaluation", functions=[act])
    taking = f"file => {{ {_tell('evaluating', 'null')}; return [file]; }}"
    taken = file.upload(bench.take, file, [evaluation, file], js=taking, **_QUIET, concurrency_limit=1)
    _say_when_it_fails(taken, "evaluating")
    return evaluation


def _say_when_it_fails(event: Any, doing: str) -> None:
    """What the handlers foresee they answer with a sentence; this is for what nobody foresaw, and the log has it."""
    event.failure(None, None, None, js=f"() => {_tell('failed-' + doing, 'null')}", **_QUIET, queue=False)


def _tell(name: str, detail: str) -> str:
    """JavaScript that tells the scripts of the page something, as `tell` in `static/dom.js` does."""
    return f"document.dispatchEvent(new CustomEvent('quoth:{name}', {{cancelable: true, detail: {detail}}}))"


def _html(script: str, elem_id: str, *, event: str = "none", functions: list[Any] | None = None) -> gr.HTML:
    """A component drawn by the `mount` function of `static/<script>`; `event` is the one it may send back."""
    # Imported, not inlined: the browser keeps it, the type of what it gets is JSON, and the template stays constant.
    start = (
        f"import(new URL('quoth/static/{script}', document.baseURI))"
        f".then(m => m.mount(element, {{props, watch, server: typeof server === 'undefined' ? null : server, "
        f"send: data => trigger('{event}', data)}}))"
    )
    return gr.HTML(
        None,
        html_template="<div></div>",
        js_on_load=start,
        apply_default_css=False,
        elem_id=elem_id,
        server_functions=functions,
    )
