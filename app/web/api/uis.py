"""Connecting UIS: sign-in, connection, disconnection."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.storage.database import reading
from app.uis.errors import Limited, NoAnswer, UisError
from app.uis.joining.connect import connect, disconnect
from app.uis.joining.status import status
from app.uis.joining.tickets import sign_in
from app.web import synchronize
from app.web.api.spec import Told, call
from app.web.caller import caller, portals, services
from app.web.problems import Problem, lang
from bitrix_app.runtime import in_background

Line = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*$")]
ChannelId = Annotated[int, Field(ge=1, le=2**63 - 1)]

# Which field of the form a failure is about; the others concern none.
_FIELDS = {
    "wrong_login": "password", "empty_login": "login", "two_factor": "login", "wrong_project": "project",
    "no_channels": "channels", "unknown_channel": "channels", "channel_unsupported": "channels",
    "bad_answering": "answering", "ticket_expired": "ticket", "key_required": "data_api_key",
    "key_invalid": "data_api_key", "key_blocked": "data_api_key", "key_expired": "data_api_key",
    "ip_not_whitelisted": "data_api_key", "no_permission": "data_api_key", "other_account": "data_api_key",
    "component_missing": "data_api_key",
}  # fmt: skip
_STATUSES = {
    "ticket_expired": 410, "session_expired": 410, "joining": 409, "not_connected": 404,
    "internal_error": 503, "unexpected_answer": 503,
}  # fmt: skip
FAILS = (404, 409, 410, 503)


class Login(Told):
    """The sign-in to the personal account; the password is never kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"project": "uis2", "login": "admin@example.com", "password": "secret"}]
        }
    )

    project: Line
    login: Line
    password: Annotated[str, Field(max_length=1000)]


class Channel(BaseModel):
    """A chat channel of the account."""

    id: int
    type: str
    name: str
    status: str


class Ticket(BaseModel):
    """A sign-in of ten minutes, and the channels to choose from."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ticket": "4d5a",
                    "channels": [{"id": 740805, "type": "whatsapp", "name": "WhatsApp", "status": "active"}],
                }
            ]
        }
    )

    ticket: str
    channels: list[Channel]


class Wish(Told):
    """What to connect. `data_api_key` may be left out when one is kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"ticket": "4d5a", "channels": [740805], "answering": "uis", "data_api_key": "key"}]
        }
    )

    ticket: Line
    channels: Annotated[list[ChannelId], Field(max_length=1000)]
    answering: Line
    data_api_key: Line | None = None


class Farewell(Told):
    """Disconnecting cleans up at UIS, so it needs a sign-in of its own."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ticket": "4d5a"}]})

    ticket: Line


class JoinedChannel(Channel):
    """A channel and whether it was given to us."""

    joined: bool


class DataApi(BaseModel):
    """State of the Data API key, in words; `limits` as the last answer told them."""

    model_config = ConfigDict(extra="allow")

    state: Literal["ok", "broken", "none"]
    text: str | None


class Connection(BaseModel):
    """The connection; secrets are never told. `login` is told to administrators only."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "connected",
                    "project": "uis2",
                    "login": "admin@example.com",
                    "account": 4735,
                    "answering": "uis",
                    "channels": [
                        {
                            "id": 740805,
                            "type": "whatsapp",
                            "name": "WhatsApp",
                            "status": "active",
                            "joined": True,
                        }
                    ],
                    "data_api": {"state": "ok", "text": "Ключ Data API работает", "limits": {}},
                    "problem": None,
                    "warnings": [],
                    "callback_url": "https://app.example/uis/…",
                }
            ]
        }
    )

    state: Literal["none", "connected", "broken"]
    project: str | None
    login: str | None
    account: int | None
    answering: Literal["uis", "bitrix24"] | None
    channels: list[JoinedChannel]
    data_api: DataApi
    problem: str | None
    warnings: list[str]
    callback_url: str | None


@call("POST", "/uis/login", answer=Ticket, fails=FAILS)
def login(json: Login) -> Any:
    """Sign in to the personal account and see its channels."""
    try:
        made = sign_in(services(), caller().installation_id, json.project, json.login, json.password)
    except UisError as error:
        raise refusal(error) from None
    return {"ticket": made.ticket, "channels": made.channels}


@call("GET", "/uis/connection", answer=Connection)
def read() -> Any:
    """The connection as it is."""
    return _connection()


@call("POST", "/uis/connection", answer=Connection, fails=FAILS)
def write(json: Wish) -> Any:
    """Connect, or change what is connected. Safe to repeat after any failure."""
    house, installation_id = services(), caller().installation_id
    try:
        connect(
            house, installation_id, ticket=json.ticket, channels=json.channels,
            answering=json.answering, data_api_key=json.data_api_key,
        )  # fmt: skip
    except UisError as error:
        raise refusal(error) from None
    _synchronize(installation_id)
    return _connection()


@call("DELETE", "/uis/connection", answer=Connection, fails=FAILS)
def delete(json: Farewell) -> Any:
    """Disconnect and clean up at UIS."""
    try:
        disconnect(services(), caller().installation_id, json.ticket)
    except UisError as error:
        raise refusal(error) from None
    return _connection()


def refusal(error: UisError) -> Problem:
    """What UIS did not do, in words, with the field that it is about."""
    words = error.words(lang())
    field = _FIELDS.get(error.code)
    # `session_expired` is the code of our own page session: here it is the one at UIS.
    over = error.code in {"ticket_expired", "session_expired"}
    passing = isinstance(error, NoAnswer | Limited)
    status_code = 503 if passing else _STATUSES.get(error.code, 422)
    errors = [{"field": field, "message": words}] if field else []
    return Problem(status_code, "ticket_expired" if over else "uis_refused", words, errors)


def _connection() -> dict[str, Any]:
    house, who = services(), caller()
    with house.sessions() as session:
        found = status(reading(session), who.installation_id, house.config, who.lang)
    return found if who.admin else found | {"login": None}


def _synchronize(installation_id: int) -> None:
    """A new connection brings employees and directories: read them while the page goes on."""
    house, client = services(), portals().client(installation_id)
    if synchronize.begin(house, installation_id):
        in_background(lambda: synchronize.run(house, client))
