"""`/ask`, `/ask/batch`, `/search` and `/verify`: what reads the library and changes nothing."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from quoth.corpus import BadRequest, QuothError, UnknownDocument
from quoth.qa import Answer, verify_library

from .api_models import AskRequest, BatchQuestion, BatchRequest, Found, SearchRequest, Verdicts
from .api_schema import ANSWER, ANSWERS, RECORDS
from .api_service import Service, json_only, json_response, media_type
from .filing import chosen
from .plain import as_json
from .problems import REQUEST_ID, problem_body, problem_of
from .record import answer_record
from .request_log import note_answer
from .utf16_record import add_utf16, add_utf16_to_sources

__all__ = ["asking_routes"]

_AHEAD: Final = 4
"""Questions of one batch that are being answered while the client still reads the answers before them."""
_LINES: Final = ("application/x-ndjson", "application/jsonl")


def asking_routes(service: Service) -> APIRouter:
    """The routes, over one library."""
    router = APIRouter(tags=["Asking"])
    in_json = [Depends(json_only)]

    @router.post("/ask", responses={200: ANSWER}, dependencies=in_json)
    async def ask(asked: AskRequest, request: Request) -> Response:
        """Quote what answers a question, or say that the documents do not answer it: both are status 200."""
        work = partial(_answer, service, asked, asked.quotes, utf16=asked.utf16)
        record = await service.lane.run(work, request)
        note_answer(request.scope, record)
        return json_response(record)

    @router.post("/ask/batch", responses={200: ANSWERS}, dependencies=in_json)
    async def ask_batch(batch: BatchRequest, request: Request) -> StreamingResponse:
        """Answer many questions, in their order, each as soon as it and those before it are done. A question that
        cannot be asked gets an object with `question` and `problem` in its place; the others are answered all the same.
        """
        lines = _lines(service, batch, str(request.scope.get(REQUEST_ID)))
        return StreamingResponse(lines, media_type=_LINES[0])

    @router.post("/search", response_model=Found, dependencies=in_json)
    async def search(asked: SearchRequest, request: Request) -> Response:
        """Rank passages by a question, without judgement."""
        return json_response(await service.lane.run(partial(_search, service, asked), request))

    @router.post("/verify", response_model=Verdicts, openapi_extra=RECORDS)
    async def verify(request: Request) -> Response:
        """Check every quote of saved answer records against the documents as they are now, character for character."""
        lines = _records(await request.body(), media_type(request))
        return json_response(await service.lane.run(partial(_verdicts, service, lines)))

    return router


def _answer(service: Service, asked: AskRequest | BatchQuestion, quotes: int, *, utf16: bool) -> dict[str, Any]:
    """The answer record. Where a document went away between answering and counting its units, the question is asked
    again, of what is there now.
    """
    library = service.library
    while True:
        documents = chosen(library, asked.documents or ())
        outcome = library.ask(asked.question, quotes=quotes, documents=documents, history=asked.history)
        record = answer_record(outcome)
        with suppress(UnknownDocument):
            if utf16:
                add_utf16(record, library.document)
            service.metrics.asked(answered=isinstance(outcome, Answer))
            return record


def _search(service: Service, asked: SearchRequest) -> dict[str, Any]:
    library = service.library
    while True:
        documents = chosen(library, asked.documents or ())
        found = library.search(asked.question, asked.k, documents=documents, history=asked.history)
        hits = [asdict(hit) for hit in found]
        with suppress(UnknownDocument):
            if asked.utf16:
                add_utf16_to_sources(hits, library.document)
            return {"question": asked.question, "hits": hits}


async def _lines(service: Service, batch: BatchRequest, request_id: str) -> AsyncIterator[str]:
    """A line of JSON for each question. Whoever goes away leaves at most a few questions behind."""
    waiting: deque[asyncio.Task[dict[str, Any]]] = deque()
    questions: Iterator[BatchQuestion] = iter(batch.questions)

    def begin() -> None:
        for question in questions:
            waiting.append(asyncio.create_task(_record(service, question, batch, request_id)))
            if len(waiting) >= _AHEAD:
                return

    try:
        begin()
        while waiting:
            record = await waiting.popleft()
            begin()
            yield as_json(record) + "\n"
    finally:
        for task in waiting:
            task.cancel()


async def _record(service: Service, asked: BatchQuestion, batch: BatchRequest, request_id: str) -> dict[str, Any]:
    name = {} if asked.id is None else {"id": asked.id}
    work = partial(_answer, service, asked, batch.quotes, utf16=batch.utf16)
    try:
        record = await asyncio.wait_for(service.lane.run(work), service.seconds)
    except QuothError as error:
        problem = problem_of(error, request_id)
    except asyncio.TimeoutError:
        problem = problem_of(HTTPException(504, f"This question took longer than {service.seconds:g} s."), request_id)
    else:
        return {"schema": record["schema"], **name, **record}
    return {**name, "question": asked.question, "problem": problem_body(problem)}


def _records(body: bytes, kind: str) -> list[str]:
    """The records of a body, one JSON text each. Raises HTTPException."""
    try:
        text = body.decode("utf-8-sig")
        if kind in _LINES:  # not `splitlines`, which would also cut at line separators inside a string
            return [line for line in text.split("\n") if line.strip()]
        if kind == "application/json":
            whole = json.loads(text)
            return [json.dumps(record) for record in (whole if isinstance(whole, list) else [whole])]
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "The body is no JSON in UTF-8.") from error
    accepted = ", ".join(("application/json", *_LINES))
    raise HTTPException(415, f"Send answer records as one of {accepted}.", {"accept": accepted})


def _verdicts(service: Service, lines: list[str]) -> dict[str, Any]:
    verdicts = list(verify_library(lines, service.library.folder))
    if not lines or (verdicts and all(verdict.quote == 0 for verdict in verdicts)):
        raise BadRequest("There is no answer record in this; send what `/ask` or `quoth ask --json` gave.")
    failed = sum(not verdict.ok for verdict in verdicts)
    return {"checked": len(verdicts), "failed": failed, "verdicts": [asdict(verdict) for verdict in verdicts]}
