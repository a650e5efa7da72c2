"""The bar on standard error of the commands that take a while: one stage after the other, with rate and time left."""

from __future__ import annotations

import sys
from contextlib import ExitStack

from quoth.qa import OnProgress, Progress

from .plain import visible

__all__ = ["progress_bar"]


def progress_bar(stack: ExitStack, first: str) -> OnProgress | None:
    """Shown for as long as `stack` lives, beginning with the stage `first`; None where nobody would see it move."""
    if not sys.stderr.isatty():
        return None
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    name, rate = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[rate]}", markup=False)
    columns = (name, BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    bar = stack.enter_context(Bar(*columns, console=Console(stderr=True), transient=True))
    bar.add_task(first, total=None, rate="")

    def show(progress: Progress) -> None:
        stage, task = visible(progress.stage), bar.tasks[0]
        if task.description != stage:  # anew: what an earlier stage took says nothing of this one
            bar.remove_task(task.id)
            bar.add_task(stage, total=progress.total, completed=progress.done, rate="")
            return
        rate = f"{task.speed:.1f} a second" if task.speed else ""
        bar.update(task.id, completed=progress.done, total=progress.total, rate=rate)

    return show
