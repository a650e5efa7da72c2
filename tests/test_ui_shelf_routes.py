"""Sending files to the server: what was announced comes in, and nothing else."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from quoth.qa import Library
from quoth.ui.clerk import Clerk
from quoth.ui.deliveries import Deliveries
from quoth.ui.limits import UploadLimits
from quoth.ui.shelf_routes import add_shelf_routes
from small_encoder import HashingEncoder


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        yield library


@pytest.fixture
def deliveries(library: Library) -> Iterator[Deliveries]:
    clerk = Clerk()
    deliveries = Deliveries(library, clerk, UploadLimits())
    yield deliveries
    clerk.close()
    deliveries.close()


@pytest.fixture
def client(deliveries: Deliveries) -> TestClient:
    app = FastAPI()
    add_shelf_routes(app, deliveries)
    return TestClient(app)


def finished(deliveries: Deliveries, token: str) -> list[str]:
    delivery = deliveries.find(token)
    assert delivery is not None
    while delivery.waits or not delivery.ended:
        deliveries._clerk.wait("checking", lambda _: None)
    return [parcel.state for parcel in delivery.parcels]


def test_announced_files_come_in_any_order(deliveries: Deliveries, client: TestClient, library: Library) -> None:
    token = deliveries.announce([("a.txt", 10), ("b.txt", 10)]).token
    assert client.put(f"/quoth/shelf/{token}/1", content=b"Words of b").status_code == 204
    assert client.put(f"/quoth/shelf/{token}/0", content=b"Words of a").status_code == 204
    assert finished(deliveries, token) == ["added", "added"]
    assert sorted(library.document(record.id).text for record in library.documents()) == ["Words of a", "Words of b"]


@pytest.mark.parametrize("place", ["nonsense/0", "{token}/1", "{token}/-1", "{token}/99999999999999999999"])
def test_what_was_not_announced_is_refused(deliveries: Deliveries, client: TestClient, place: str) -> None:
    token = deliveries.announce([("a.txt", 5)]).token
    answer = client.put(f"/quoth/shelf/{place.format(token=token)}", content=b"Words")
    assert answer.status_code == 404
    assert "choose it again" in answer.text


def test_a_file_comes_once(deliveries: Deliveries, client: TestClient) -> None:
    token = deliveries.announce([("a.txt", 5)]).token
    assert client.put(f"/quoth/shelf/{token}/0", content=b"Words").status_code == 204
    assert client.put(f"/quoth/shelf/{token}/0", content=b"Words").status_code == 404


@pytest.mark.parametrize("content", [b"", b"Word", b"Words!", b"x" * 5_000_000])
def test_more_or_less_than_was_announced_is_not_taken(
    deliveries: Deliveries, client: TestClient, library: Library, content: bytes
) -> None:
    delivery = deliveries.announce([("a.txt", 5)])
    assert client.put(f"/quoth/shelf/{delivery.token}/0", content=content).status_code == 204
    assert finished(deliveries, delivery.token) == ["refused"]
    assert "choose it again" in delivery.parcels[0].sentence
    assert list(delivery.folder.iterdir()) == []
    assert library.documents() == ()


def test_without_room_the_upload_ends_with_a_sentence(
    deliveries: Deliveries, client: TestClient, library: Library
) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    delivery = deliveries.announce([("a.txt", 200_000), ("b.txt", 5)])
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        assert client.put(f"/quoth/shelf/{delivery.token}/0", content=b"Words " * 33_333 + b"..").status_code == 204
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert finished(deliveries, delivery.token) == ["failed", "failed"]
    assert "no room for what is sent: file too large" in delivery.parcels[1].sentence
    assert library.documents() == ()


def test_what_still_comes_after_the_end_is_dropped_quietly(deliveries: Deliveries, client: TestClient) -> None:
    delivery = deliveries.announce([("a.txt", 5)])
    delivery.stop()
    assert client.put(f"/quoth/shelf/{delivery.token}/0", content=b"Words").status_code == 204
    assert list(delivery.folder.iterdir()) == []
