"""The command `quoth serve`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from .shell import Settings, common_options, passed_settings

__all__ = ["serve"]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=7860, envvar="PORT", show_default=True, show_envvar=True)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Let in only who has one of the tokens in it, written full:TOKEN or read:TOKEN [else those in $QUOTH_TOKENS].",
)
@click.option(
    "--cors-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Pages from there may use the HTTP API; may be given again.",
)
@click.option(
    "--embed-origin",
    "embed_origins",
    multiple=True,
    metavar="ORIGIN",
    envvar="QUOTH_EMBED_ORIGINS",
    show_envvar=True,
    help="Pages from there may show the compact view, /embed, in a frame; may be given again.",
)
@click.option(
    "--rate",
    type=click.IntRange(min=0),
    default=1_200,
    show_default=True,
    help="API requests a minute of one client; 0 for no limit.",
)
@click.option(
    "--concurrent", type=click.IntRange(min=1), default=64, show_default=True, help="API requests at the same time."
)
@click.option(
    "--timeout",
    type=click.IntRange(min=1, max=3_600),
    default=60,
    show_default=True,
    help="Seconds an API request may take.",
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    envvar="QUOTH_LOG_FORMAT",
    show_default=True,
    show_envvar=True,
    help="How each line of the log is written.",
)
@click.option("--log-questions", is_flag=True, help="Write the questions asked into the log too.")
@click.option(
    "--web/--no-web",
    default=True,
    envvar="QUOTH_WEB",
    show_envvar=True,
    help="With the web app, or the HTTP API and MCP alone, which need no Gradio.",
)
@common_options
@passed_settings
def serve(
    settings: Settings,
    host: str,
    port: int,
    token_file: Path | None,
    origins: tuple[str, ...],
    embed_origins: tuple[str, ...],
    rate: int,
    concurrent: int,
    timeout: int,
    log_format: str,
    log_questions: bool,
    web: bool,
) -> None:
    """Serve the web app and the HTTP API.

    On addresses that others can reach it takes only who has a token. See docs/http.md.
    """
    from .pacing import Pace
    from .serving import Serving
    from .tokens import Tokens

    pace = Pace(requests_per_minute=rate, burst=max(1, rate // 10), at_once=concurrent, seconds=timeout)
    serving = Serving.at(host, Tokens.given(token_file), origins, pace, embed_origins)
    serving = replace(serving, log_format=log_format, log_questions=log_questions, web=web)
    from .server import serve as run_server

    with settings.open_or_bundled() as library:
        run_server(library, host, port, serving)
