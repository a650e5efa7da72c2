"""Numbers for Prometheus, in a registry of their own. No label holds a question, an address or anything else sent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quoth.qa import Library

from .problems import METHODS

__all__ = ["Counting", "Metrics", "route_of"]

_API: Final = ("/api/", "/v1/")
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The counters of one server."""

    def __init__(self, library: Library) -> None:
        self._registry = kept = CollectorRegistry()
        self.requests = Counter(
            "quoth_http_requests", "Requests, by route and status.", ["method", "route", "status"], registry=kept
        )
        self.seconds = Histogram(
            "quoth_http_request_seconds", "Until the last byte.", ["route"], buckets=_SECONDS, registry=kept
        )
        self.running = Gauge("quoth_http_requests_in_progress", "Requests being answered now.", registry=kept)
        self._outcomes = Counter("quoth_questions", "Questions, by what they got.", ["outcome"], registry=kept)
        for outcome in ("answered", "refused"):
            self._outcomes.labels(outcome)
        self._registry.register(_LibrarySize(library))
        ProcessCollector(registry=self._registry)

    def asked(self, *, answered: bool) -> None:
        """Counts a question that was answered, or honestly refused."""
        self._outcomes.labels("answered" if answered else "refused").inc()

    def exposed(self, accept: str) -> tuple[bytes, str]:
        """All numbers in the format that fits an Accept header, and the media type of that."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type


class Counting:
    """Pure ASGI: counts and times the requests of the HTTP API, those refused on the way included."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http" or not scope["path"].startswith(_API):
            await self._app(scope, receive, send)
            return
        status = "none"

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        began = time.perf_counter()
        try:
            with self._metrics.running.track_inprogress():
                await self._app(scope, receive, send_on)
        finally:
            route, method = route_of(scope), scope["method"] if scope["method"] in METHODS else "other"
            self._metrics.requests.labels(method, route, status).inc()
            self._metrics.seconds.labels(route).observe(time.perf_counter() - began)


class _LibrarySize(Collector):
    """Looked at when somebody asks, since other programs write to the library too."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def collect(self) -> Iterator[Metric]:
        stamp = self._library.stamp
        yield GaugeMetricFamily("quoth_library_documents", "Documents in the library.", stamp.documents)
        yield GaugeMetricFamily("quoth_library_passages", "Passages in the library.", stamp.passages)


def route_of(scope: Scope) -> str:
    """The pattern of the route that answered, so that no id becomes a label; `none` where a request came to none."""
    path: str | None = getattr(scope.get("route"), "path", None)
    return "none" if path is None else f"{scope.get('root_path', '')}{path}"
