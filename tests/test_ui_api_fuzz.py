"""The HTTP API held against its own OpenAPI document by schemathesis: made-up requests, right ones and wrong ones.

No status of 500 and above, no answer that the document does not foresee, no wrong request that is taken, no right one
that is refused for another reason than that it cannot be answered (a document or a question that does not exist).
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from api_clients import TEXTS, app_over
from small_library import small_library

CONFIG = {
    "seed": 1,
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 404, 422]}},
}
# Made while tests are collected: that is when schemathesis wants to know the operations. conftest removes the folder.
LIBRARY = small_library(Path(tempfile.mkdtemp(dir=os.environ["QUOTH_CACHE"])), TEXTS)
KNOWN = LIBRARY.documents()[0].id
API = schemathesis.openapi.from_asgi(
    "/api/v1/openapi.json", app_over(LIBRARY, seconds=20)[0], config=SchemathesisConfig.from_dict(CONFIG)
)


@schemathesis.serializer("application/x-ndjson")
def lines(_: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@API.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """Half of the requests that read a document are for one that is there."""
    if not path_parameters or context.operation.method != "get" or "id" not in path_parameters:
        return path_parameters
    ours = str(path_parameters["id"])[-1:] in set("02468ace")
    return {**path_parameters, "id": KNOWN} if ours else path_parameters


SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@API.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=SLOW)
def test_made_up_requests_get_what_the_document_foresees(case: Any) -> None:
    case.call_and_validate()
