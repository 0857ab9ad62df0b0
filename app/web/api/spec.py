"""Calls of the API: how one is declared, validated and described in `/api/openapi.json`."""

import re
from collections.abc import Callable, Mapping
from typing import Any, cast, get_args, get_origin

from flask import Blueprint, Response, current_app, g, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from spectree import Response as Answers
from spectree import SecurityScheme, SpecTree
from spectree.models import SecureType, SecuritySchemeData
from spectree.plugins.base import Context
from werkzeug.exceptions import HTTPException

from app.domain.settings.errors import field_errors
from app.web.caller import authenticate, require_admin, watch
from app.web.desk.rights import require_operator
from app.web.problems import Problem, field_messages

PROBLEM_TYPE = "application/problem+json"
View = Callable[..., Any]


class Told(BaseModel):
    """A body that we take: strict, closed."""

    model_config = ConfigDict(strict=True, extra="forbid")


class FieldProblem(BaseModel):
    """One field of what was sent, and what is wrong with it."""

    field: str
    message: str


class ProblemAnswer(BaseModel):
    """Why a call was refused, in the user's language (RFC 9457)."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Настройки не сохранены",
                    "status": 422,
                    "detail": "",
                    "code": "not_valid",
                    "errors": [{"field": "create.moment", "message": "Нужно заполнить"}],
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="stable name of the problem, e.g. session_expired")
    errors: list[FieldProblem]


class Accepted(BaseModel):
    """The work has begun; its progress is read elsewhere."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "running"}]})

    state: str


def _schema_name(model: Any) -> str:
    """What the description calls a model: `journal.Page`, the file of its subject and its own name."""
    if get_origin(model) is list:
        return f"{_schema_name(get_args(model)[0])}List"
    return f"{model.__module__.rpartition('.')[2]}.{model.__name__}"


_UPLOADS: set[tuple[str, str]] = set()
_FILE_BODY = {
    "type": "string",
    "format": "binary",
    "description": "the file itself",
    "examples": ["%PDF-1.7"],
}
_ANY_FILE = {"application/octet-stream": {"schema": {"$ref": "#/components/schemas/FileBody"}}}
api = Blueprint("api", __name__, url_prefix="/api")
_tree = SpecTree(
    "flask",
    title="UIS OMNI for Bitrix24",
    description="The API of the application's own pages. Sessions are born in frames of Bitrix24 only.",
    version="1",
    path="openapi-of-spectree",  # its own pages are not registered; ours is below
    mode="strict",
    annotations=True,
    naming_strategy=_schema_name,
    security_schemes=[
        SecurityScheme(name="session", data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer"))
    ],
)


def call(
    method: str,
    path: str,
    *,
    answer: Any = None,
    status: int = 200,
    open_to: str = "session",
    fails: tuple[int, ...] = (),
    json: type[BaseModel] | None = None,
    validated: bool = True,
    upload: bool = False,
) -> Callable[[View], View]:
    """Declare a call. The view names its body `json` and its query `query`, typed by their models.

    `open_to`: "session" (every user of the portal; changing calls administrators only), "admin", "anyone"; of the
    workplace, where the view asks for more: "user" (every user of the portal), "operator" (those who are joined to an
    employee of UIS), "watcher" (every session, and the database is not asked).
    `fails`: statuses that it may answer beside those that every call has. `validated=False`: the view checks
    the body itself, `json` only describes it. `upload`: the body is a file, read by the view.
    """
    admin = open_to == "admin" or (open_to == "session" and method not in {"GET", "HEAD"})

    def declare(view: View) -> View:
        body = json or view.__annotations__.get("json")
        codes = _codes(open_to, body is not None, admin, fails)
        models = {f"HTTP_{code}": ProblemAnswer for code in codes} | {f"HTTP_{status}": answer}
        described = _tree.validate(
            json=json,
            resp=Answers(
                **{name: model for name, model in models.items() if model}, **_empty(status, answer)
            ),
            security=[] if open_to == "anyone" else {"session": []},
            before=_Refuse(body if method == "DELETE" else None),
            skip_validation=not validated,
            tags=[view.__module__.rpartition(".")[2]],
        )(view)
        endpoint = re.sub(r"\W+", "_", f"{method.lower()}{path}").strip("_")
        checked = _guarded(described, open_to, admin, body is not None)
        api.add_url_rule(path, endpoint, checked, methods=[method])
        if upload:
            _UPLOADS.add((re.sub(r"<int:(\w+)>", r"{\1}", f"/api{path}"), method.lower()))
        return view

    return declare


def _empty(status: int, answer: Any) -> dict[str, None]:
    return {} if answer else {f"HTTP_{status}": None}


def _codes(open_to: str, body: bool, admin: bool, fails: tuple[int, ...]) -> set[int]:
    codes = {*fails, 422}
    if open_to != "anyone":
        codes.add(401)
    if admin or open_to == "operator":
        codes.add(403)
    if body:
        codes |= {400, 413, 415}
    return codes


def _guarded(described: View, open_to: str, admin: bool, body: bool) -> View:
    """First who calls, then whether that is allowed, then whether the body can be read at all."""

    def view(**arguments: Any) -> Any:
        if open_to == "watcher":
            watch()
        elif open_to != "anyone":
            authenticate()
        if admin:
            require_admin()
        if open_to == "operator":
            require_operator()
        if body:
            _read_body()
        return described(**arguments)

    view.__wrapped__ = described  # type: ignore[attr-defined]  # SpecTree looks for its own mark there
    return view


def _read_body() -> None:
    """Raises Problem unless the body is a JSON object: 400, 413 or 415."""
    if request.mimetype != "application/json":
        raise Problem(415, "http_415")
    try:
        body = request.get_json()
    except HTTPException as error:
        raise Problem(
            413 if error.code == 413 else 400, "http_413" if error.code == 413 else "bad_json"
        ) from None
    except RecursionError:
        raise Problem(400, "bad_json") from None
    if not isinstance(body, dict):
        raise Problem(400, "bad_json")
    g.body = body


def body() -> Mapping[str, Any]:
    """The body of a call that is not validated by its declaration."""
    return cast(Mapping[str, Any], g.body)


class _Refuse:
    """SpecTree's hook: what is wrong with a request becomes our problem; DELETE has a body with us."""

    def __init__(self, deleted: type[BaseModel] | None) -> None:
        self.deleted = deleted

    def __call__(self, req: Any, response: Any, error: Exception | None, instance: Any, adapter: Any) -> None:
        if isinstance(error, ValidationError):
            raise _not_valid(error)
        if self.deleted is not None:
            try:
                sent = self.deleted.model_validate(g.body)
            except ValidationError as wrong:
                raise _not_valid(wrong) from None
            req.context = Context(req.context.query, sent, None, None, None)


def _not_valid(error: ValidationError) -> Problem:
    return Problem(422, "not_valid", errors=field_messages(field_errors(error)))


def document() -> dict[str, Any]:
    """The OpenAPI description of all calls."""
    found: dict[str, Any] = _tree.spec
    for path, method in _UPLOADS:
        found["components"]["schemas"]["FileBody"] = _FILE_BODY
        found["paths"][path][method]["requestBody"] = {"required": True, "content": _ANY_FILE}
    for operations in found["paths"].values():
        for operation in operations.values():
            _as_problems(operation["responses"])
    return found


def _as_problems(responses: dict[str, Any]) -> None:
    for code, response in responses.items():
        content = response.get("content", {})
        if int(code) >= 400 and "application/json" in content:
            content[PROBLEM_TYPE] = content.pop("application/json")


@api.get("/openapi.json")
def openapi() -> Response:
    """The description itself; it holds no secrets, so anyone may read it."""
    return cast(Response, current_app.json.response(document()))
