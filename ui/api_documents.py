"""`/documents`: what is in the library, its text, and changing it. Changes wait for their turn with the web app's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from threading import Event
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, File, Path, Query, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from quoth.corpus import BadRequest, Document, DocumentId, Span, UnknownDocument, UnreadableDocument
from quoth.qa import AddReport, DocumentRecord, OnProgress, Progress, Refused

from .api_models import Added, Documents
from .api_schema import TEXT
from .api_service import Service, json_response
from .clerk import Errand, Stopped
from .deliveries import tame
from .utf16 import code_points
from .utf16 import utf16 as utf16_span

__all__ = ["document_routes"]

T = TypeVar("T")
_STOPPING: Final = "The server is stopping; nothing was changed."
_Utf16 = Annotated[bool, Query(description="Whether `start` and `stop` count as JavaScript does.")]
_Id = Annotated[str, Path(json_schema_extra={"pattern": "^[0-9a-f]{16}$"})]
_Files = Annotated[list[UploadFile], File(description="`.txt .md .html .pdf .docx`")]
_Count = Annotated[int, Query(ge=0)]


def document_routes(service: Service) -> APIRouter:
    """The routes, over one library."""
    router = APIRouter(tags=["Documents"])
    run, library = service.lane.run, service.library

    @router.get("/documents", response_model=Documents)
    async def list_documents(offset: _Count = 0, limit: Annotated[int, Query(ge=1, le=1_000)] = 100) -> Response:
        """The documents, ordered by title."""
        records = await run(library.documents)
        shown = [asdict(record) for record in records[offset : offset + limit]]
        return json_response({"total": len(records), "offset": offset, "documents": shown})

    @router.post("/documents", response_model=Added, responses={201: {"model": Added, "description": "Taken in."}})
    async def add_documents(files: _Files) -> Response:
        """Add files; one of a name that is there already takes its place. Needs a full token.

        Those that cannot be read are named under `refused`; the status is 422 when that is all of them.
        """
        return await _add(service, files)

    @router.get("/documents/{id}", response_model=DocumentRecord)
    async def get_document(id: _Id) -> Response:
        """One document, without its text."""
        found = [record for record in await run(library.documents) if record.id == id]
        if not found:
            raise UnknownDocument(id)
        return json_response(asdict(found[0]))

    @router.get("/documents/{id}/text", responses={200: TEXT})
    async def get_text(id: _Id, start: _Count = 0, stop: _Count | None = None, utf16: _Utf16 = False) -> Response:
        """Characters `start` to `stop` of a document's text, or all of it: what every offset counts in, unchanged."""
        document = await run(partial(library.document, DocumentId(id)))
        return Response(await run(partial(_slice, document, start, stop, units=utf16)), media_type="text/plain")

    @router.delete("/documents/{id}", response_model=DocumentRecord)
    async def remove_document(id: _Id) -> Response:
        """Take a document out. Needs a full token."""
        (record,) = await _turn(service, "removing", lambda _: library.remove([DocumentId(id)]))
        return json_response(asdict(record))

    return router


async def _add(service: Service, files: Sequence[UploadFile]) -> Response:
    named = [(tame(file.filename or ""), file) for file in files]
    if objection := service.uploads.objection([file.size or 0 for file in files]):
        raise BadRequest(objection)
    objections = [service.uploads.objection_to(file.size or 0) for file in files]
    refused = [Refused(name, why) for (name, _), why in zip(named, objections, strict=True) if why]
    taken = [one for one, why in zip(named, objections, strict=True) if not why]

    def contents(tell: OnProgress) -> Iterator[tuple[str, bytes]]:  # one at a time in memory
        for number, (name, file) in enumerate(taken):
            tell(Progress("reading", number, len(taken)))
            yield name, file.file.read()

    report = await _turn(service, "adding", lambda tell: service.library.add_files(contents(tell), tell))
    return _told(report, [*report.refused, *refused])


def _told(report: AddReport, refused: Sequence[Refused]) -> Response:
    new = [*report.added, *report.replaced]
    if not new and not report.unchanged:
        if len(refused) == 1:
            raise UnreadableDocument(refused[0].name, refused[0].reason)
        reasons = "; ".join(f"{one.name}: {one.reason}" for one in refused)
        raise BadRequest(f"None of these files was taken in. {reasons}")
    body: dict[str, Any] = {
        "added": [asdict(record) for record in report.added],
        "replaced": [asdict(record) for record in report.replaced],
        "unchanged": [asdict(record) for record in report.unchanged],
        "refused": [asdict(one) for one in refused],
    }
    return json_response(body, 201 if new else 200)


async def _turn(service: Service, errand: Errand, work: Callable[[OnProgress], T]) -> T:
    """The result of `work`, when its turn has come. If nobody waits for it any more, it is broken off, and changes
    nothing, as long as it has not begun to write.
    """
    gone = Event()

    def do(tell: OnProgress) -> T:
        def told(progress: Progress) -> None:
            if gone.is_set():
                raise Stopped
            tell(progress)

        if gone.is_set():
            raise Stopped
        return work(told)

    try:
        return await asyncio.wrap_future(service.clerk.ask(errand, do))
    except Stopped as error:
        raise HTTPException(503, _STOPPING, {"retry-after": "5"}) from error
    finally:
        gone.set()


def _slice(document: Document, start: int, stop: int | None, *, units: bool) -> str:
    """Characters, or UTF-16 units, to the text's end where `stop` is None or lies beyond it. Raises BadRequest."""
    length = utf16_span(document.text, Span(0, len(document.text))).stop if units else len(document.text)
    end = length if stop is None else min(stop, length)
    if start >= end:
        asked = f"{start} to {'the end' if stop is None else stop}"
        raise BadRequest(f"{document.title!r} is {length:,} long; there is nothing from {asked}.")
    span = Span(start, end)
    if units:
        span = code_points(document.text, span)
    return document.text[span.start : span.stop]
