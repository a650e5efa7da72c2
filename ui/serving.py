"""How a server may be reached: the settings of `quoth serve`, checked."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from quoth.corpus import BadRequest

from .pacing import Pace
from .tokens import TOKENS_VARIABLE, Tokens

__all__ = ["LOOPBACK", "Serving", "is_loopback"]

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
"""The host names a browser on this machine uses."""
_ORIGIN: Final = re.compile(r"https?://[^/\s*@?#;,'\"]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Serving:
    """By which `hosts` the server may be called, with which `tokens`, from pages of which `origins`, and how often.

    Pages of `embed_origins` may show the compact view in a frame. The log is written as `log_format` ("text" or
    "json"), and says what was asked only with `log_questions`. Without `web` there is no web app at `/`.
    """

    hosts: Sequence[str] = LOOPBACK
    tokens: Tokens = field(default_factory=Tokens)
    origins: Sequence[str] = ()
    pace: Pace = field(default_factory=Pace)
    embed_origins: Sequence[str] = ()
    log_format: str = "text"
    log_questions: bool = False
    web: bool = True

    @classmethod
    def at(
        cls, host: str, tokens: Tokens, origins: Sequence[str], pace: Pace, embed_origins: Sequence[str] = ()
    ) -> Serving:
        """For a server that listens on `host`. Raises BadRequest where anybody could come in from elsewhere."""
        if not is_loopback(host) and not tokens:
            raise BadRequest(
                f"Whoever can reach {host} could read and change this library: give --token-file FILE (or "
                f"{TOKENS_VARIABLE}) with a line such as full:TOKEN, or listen on 127.0.0.1."
            )
        for origin in (*origins, *embed_origins):
            if not _ORIGIN.fullmatch(origin):
                raise BadRequest(f"{origin!r} is no origin of pages; write it like https://example.org.")
        # Bound to other addresses than this machine's own, it is meant to be found under names we cannot know.
        own = host.lower() if ":" not in host else f"[{host.lower()}]"
        hosts = tuple(dict.fromkeys((*LOOPBACK, own))) if is_loopback(host) else ("*",)
        return cls(hosts, tokens, tuple(origins), pace, tuple(embed_origins))


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach what listens there.

    >>> [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "::", "example.org")]
    [True, True, True, False, False, False]
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
