"""The description of the API, and the API asked everything that it allows, and much that it does not (schemathesis)."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from app.tracking.server.limits import Limits
from app.tracking.server.openapi import openapi_document

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    ignored_auth,
)
# A body that is wrong and too large, too, is refused for its size
TOO_LARGE_IS_REFUSED = SchemathesisConfig.from_dict(
    {"checks": {"negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 405, 413, 415, 422, 429, "5xx"]}}}
)
OPERATIONS = sorted(
    (method.upper(), path) for path, methods in openapi_document()["paths"].items() for method in methods
)


@pytest.fixture(scope="module")
def generous(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrackingServer]:
    folder = TrackingFolder(tmp_path_factory.mktemp("openapi"))
    server = TrackingServer("127.0.0.1", 0, folder.path, limits=Limits(0, 0, 0))
    server.start()
    yield server
    server.stop()


def test_server_gives_its_description(server: TrackingServer) -> None:
    answer = httpx.get(f"{server.url}/api/v1/openapi.json")
    assert answer.json() == openapi_document()
    assert schemathesis.openapi.from_dict(answer.json()).validate() is None


@pytest.mark.parametrize("mode", list(GenerationMode), ids=["allowed", "not allowed"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(pair) for pair in OPERATIONS])
def test_api_keeps_to_its_description(generous: TrackingServer, method: str, path: str, mode: GenerationMode) -> None:
    if mode is GenerationMode.NEGATIVE and path.endswith(("openapi.json", "/readyz")):
        return  # which takes nothing that could be wrong
    if path.endswith("/stream"):  # its answer has no end: test_tracking_stream
        refused = httpx.get(f"{generous.url}{path}?after=x", headers={"Authorization": f"Bearer {generous.api_token}"})
        assert refused.status_code == 400
        return
    schema = schemathesis.openapi.from_dict(openapi_document(), config=TOO_LARGE_IS_REFUSED)
    operation = schema[path][method]
    parameters = openapi_document()["paths"][path][method.lower()].get("parameters", [])
    known = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}

    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        # what it does not know in a query, the server passes over
        strange = not set(case.query or {}) <= known
        checks = [check for check in CHECKS if not (strange and check is negative_data_rejection)]
        headers = {"Authorization": f"Bearer {generous.api_token}"}
        case.call_and_validate(base_url=generous.url, headers=headers, checks=checks)

    ask()
