"""What the page of the web app can ask for, read from the app itself. Like `web`, only the server imports this."""

from __future__ import annotations

import gradio as gr
from gradio.components import Component

from .page_door import Handler, Used

__all__ = ["used_by"]


def used_by(blocks: gr.Blocks) -> Used:
    """What the page can ask for."""
    handlers = {
        number: Handler(bool(handler.queue), tuple(isinstance(part, gr.File) for part in handler.inputs))
        for number, handler in blocks.fns.items()
        if handler.fn is not None
    }
    functions = {
        number: frozenset(getattr(function, "__name__", "") for function in part.server_fns)
        for number, part in blocks.blocks.items()
        if isinstance(part, Component) and part.server_fns
    }
    waiting = blocks._queue.pending_messages_per_session
    return Used(handlers, functions, frozenset({blocks._id, *blocks.blocks}), waiting.__contains__)
