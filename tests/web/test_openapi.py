"""The description of the API: complete, with examples, and true under thousands of invented requests."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.web.api.spec import document
from tests.support.databases import Databases
from tests.web.house import House, house

CHECKS = (status_code_conformance, content_type_conformance, response_schema_conformance)
FILLED = ("200", "201", "202")
# A 500 is described nowhere, so it cannot pass; 503 is, where UIS has to be asked and does not answer.
EXAMPLES = 15


@pytest.fixture(scope="module")
def served(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The application with a portal that has settings and directories, and its administrator's session."""
    directory = tmp_path_factory.mktemp("openapi")
    with databases.database("sqlite", directory, migrated=True) as url, house(url, directory) as made:
        made.app.extensions["bitrix.background"] = lambda work: None  # there is no portal behind it
        made.install()
        yield made


@pytest.mark.timeout(1_200)  # it grows with every call, and the machine may be busy
def test_what_is_answered_is_what_is_described(served: House) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", served.app)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) > 30
    for operation in operations:
        _hold(served, operation)


def _hold(served: House, operation: Any) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def hold(case: Any) -> None:
        headers = {"Authorization": f"Bearer {served.token(1)}"}
        case.call_and_validate(headers=headers, checks=list(CHECKS))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hold()


def test_every_call_has_examples(home: House) -> None:
    with home.app.app_context():
        found = document()
    schemas = found["components"]["schemas"]

    def has_example(content: dict[str, dict[str, dict[str, str]]]) -> bool:
        for media in content.values():
            told = schemas[media["schema"]["$ref"].rpartition("/")[2]]
            inner = told["items"]["$ref"].rpartition("/")[2] if told.get("type") == "array" else None
            if not (told.get("examples") or (inner and schemas[inner].get("examples"))):
                return False
        return bool(content)

    bare = []
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            good = [answer for code, answer in operation["responses"].items() if code in FILLED]
            parts = [operation.get("requestBody"), *good]
            if not all(has_example(part["content"]) for part in parts if part):
                bare.append(f"{method} {path}")
    assert bare == []


def test_errors_are_described_as_problems(home: House) -> None:
    with home.app.app_context():
        found = document()
    for operations in found["paths"].values():
        for operation in operations.values():
            for code, answer in operation["responses"].items():
                if code.startswith("4"):
                    assert list(answer["content"]) == ["application/problem+json"], operation["operationId"]
