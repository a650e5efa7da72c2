"""The HTTP API over a small library, asked in this process: every guard is there, the web app is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from quoth.qa import Library
from quoth.ui.api import add_api, add_gate
from quoth.ui.api_service import Service
from quoth.ui.clerk import Clerk
from quoth.ui.lanes import Lane
from quoth.ui.limits import UploadLimits
from quoth.ui.pacing import Pace
from quoth.ui.prometheus import Metrics
from quoth.ui.serving import Serving
from quoth.ui.tokens import Tokens

HOST = "testserver"
FULL, READ = "full-token-of-twenty-characters", "read-token-of-twenty-characters"
TOKENS = f"full:{FULL} read:{READ}"
EVERYTHING = Pace(requests_per_minute=0)
TEXTS = {
    "harbour.txt": "The harbour of Lund 🚢 opened in 1904. Ships bring timber and salt.",
    "rivers.md": "# Rivers\n\nThe Nile is the longest river of Africa. It ends in the sea.\n\n# Lakes\n\nTana is deep.",
}
ANSWERED = "When did the harbour of Lund open?"
REFUSED = "Which composer wrote nine symphonies?"


@dataclass(frozen=True, slots=True)
class Served:
    """A server in this process. `client` shows no token; `bearing` is the header that shows one."""

    app: FastAPI
    client: TestClient
    service: Service

    def ask(self, question: str, **more: Any) -> Any:
        """Asks, and gives the record."""
        response = self.client.post("/api/v1/ask", json={"question": question, **more})
        assert response.status_code == 200, response.text
        return response.json()


def app_over(
    library: Library,
    *,
    tokens: str = "",
    pace: Pace = EVERYTHING,
    origins: Sequence[str] = (),
    uploads: UploadLimits | None = None,
    ready: bool = True,
    seconds: float = 60,
    threads: int = 4,
) -> tuple[FastAPI, Service]:
    """What `quoth serve` serves, without the web app."""
    metrics = Metrics(library)
    service = Service(library, Clerk(), uploads or UploadLimits(), Lane(threads), metrics, lambda: ready, seconds)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_api(app, service)
    add_gate(app, Serving((HOST,), Tokens.read(tokens, "a test"), tuple(origins), pace), metrics)
    return app, service


@contextmanager
def served(library: Library, **settings: Any) -> Iterator[Served]:
    """The same with a client; see `app_over` for the settings."""
    app, service = app_over(library, **settings)
    try:
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Served(app, client, service)
    finally:
        service.lane.close()
        service.clerk.close()


def bearing(token: str) -> dict[str, str]:
    """The header that shows a token."""
    return {"authorization": f"Bearer {token}"}


def validator_of(document: Mapping[str, Any], component: str) -> Draft202012Validator:
    """Checks values against one of the schemas in an OpenAPI document."""
    return Draft202012Validator({"$ref": f"#/components/schemas/{component}", "components": document["components"]})
