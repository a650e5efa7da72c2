"""The address that the files of an upload are sent to, one request a file, straight to disk."""

from __future__ import annotations

import time
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.requests import ClientDisconnect

from .deliveries import Deliveries
from .delivery import Delivery

__all__ = ["add_shelf_routes"]

_GONE = "This file is not expected any more; choose it again on the Documents tab.\n"


def add_shelf_routes(app: FastAPI, deliveries: Deliveries) -> None:
    """Adds it to `app`. Only who announced an upload knows its token, and no more comes in than was announced."""

    @app.put("/quoth/shelf/{token}/{number}")
    async def receive(token: str, number: int, request: Request) -> Response:
        delivery = deliveries.find(token)
        if delivery is not None and delivery.is_over(number):  # stopped, or the library takes nothing
            return Response(status_code=204)
        path = delivery.expect(number) if delivery is not None else None
        if delivery is None or path is None:
            return PlainTextResponse(_GONE, status_code=404)
        try:
            received = await _write(request, path, delivery, delivery.parcels[number].size)
        except OSError as error:
            said = (error.strerror or str(error)).lower()
            delivery.fail(f"The server has no room for what is sent: {said}; nothing that was stored before is lost.")
        else:
            _take(deliveries, delivery, number, received)
        return Response(status_code=204)


async def _write(request: Request, path: Path, delivery: Delivery, expected: int) -> int:
    """Writes what comes and counts it; whatever is more than expected is left where it is."""
    received = 0
    with path.open("wb") as file:
        try:
            async for chunk in request.stream():
                received += len(chunk)
                delivery.used = time.monotonic()
                if received > expected:
                    break
                file.write(chunk)
        except ClientDisconnect:
            return -1
    return received


def _take(deliveries: Deliveries, delivery: Delivery, number: int, received: int) -> None:
    delivery.arrived(number, received)
    deliveries.bring_in(delivery)
