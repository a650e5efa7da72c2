"""The HTTP API of a library: `/api/v1` and, in OpenAI's shape, `/v1`; and what stands in front of all addresses."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response

from quoth.corpus import QuothError

from .api_asking import asking_routes
from .api_documents import document_routes
from .api_models import Health
from .api_schema import FAILURES, METRICS, SCHEMA, openapi
from .api_service import Service, json_response
from .doorkeeper import Doorkeeper, access_of
from .marking import Marking
from .pacing import Pacing
from .plain import as_json
from .problems import add_problem_handlers
from .prometheus import Counting, Metrics
from .record import answer_schema
from .request_log import Recording
from .security import Guard
from .serving import Serving
from .signing_in import add_signing_in
from .tokens import Sessions
from .vector_store import store_routes

__all__ = ["add_api", "add_gate"]


def add_api(app: FastAPI, service: Service) -> None:
    """Adds all routes of the HTTP API to `app`."""
    probes = _probes(service)
    app.include_router(probes)  # where probes and scrapers look
    add_problem_handlers(app)
    api, store = _part(), _part()
    api.include_router(probes)
    api.include_router(asking_routes(service))
    api.include_router(document_routes(service))
    store.include_router(store_routes(service))
    described: dict[str, Any] = {}

    @api.get("/schema", tags=["The server"], responses={200: SCHEMA})
    def schema() -> Response:
        """The JSON Schema of an answer record."""
        return Response(as_json(answer_schema()), media_type="application/schema+json")

    @api.get("/openapi.json", include_in_schema=False)
    def description() -> Response:
        if not described:
            described.update(openapi({"/api/v1": api, "/v1": store}))
        return json_response(described)

    app.mount("/api/v1", api)
    app.mount("/v1", store)


def add_gate(app: FastAPI, serving: Serving, metrics: Metrics) -> None:
    """Puts the guards in front of `app`; the last one added is the first to see a request."""
    sessions = Sessions()
    add_signing_in(app, serving.tokens, sessions)
    app.add_middleware(Doorkeeper, tokens=serving.tokens, sessions=sessions)
    app.add_middleware(Pacing, pace=serving.pace)  # before the doorkeeper, so that nobody tries out many tokens
    # Closed unless set: no other site's page may read an answer. Its presence also switches Gradio's own, open one off.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(serving.origins),
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "X-Request-ID"],
        expose_headers=["X-Request-ID", "Retry-After", "Location"],
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(serving.hosts), www_redirect=False)
    app.add_middleware(Guard, origins=serving.origins)
    app.add_middleware(Counting, metrics=metrics)
    app.add_middleware(Recording, questions=serving.log_questions)
    app.add_middleware(Marking)


def _part() -> FastAPI:
    part = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        responses=FAILURES,
        generate_unique_id_function=lambda route: route.name,
    )
    add_problem_handlers(part)
    return part


def _probes(service: Service) -> APIRouter:
    router = APIRouter(tags=["The server"])

    @router.get("/healthz", response_model=Health, responses={503: {"model": Health, "description": "Not ready."}})
    def healthz(request: Request) -> Response:
        """Whether questions can be answered. Needs no token; which library it is, only those are told who may read."""
        if not service.ready():
            return json_response({"status": "starting"}, 503)
        try:
            stamp = asdict(service.library.stamp)
        except QuothError:
            return json_response({"status": "failing"}, 503)
        return json_response({"status": "ok", **({"library": stamp} if access_of(request) else {})})

    @router.get("/metrics", responses={200: METRICS})
    def metrics(request: Request) -> Response:
        """Numbers for Prometheus."""
        body, media_type = service.metrics.exposed(request.headers.get("accept", ""))
        return Response(body, headers={"content-type": media_type})

    return router
