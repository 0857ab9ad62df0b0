"""A house with one portal for the tests of what faces UIS."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine

from app.base.clock import Clock, ManualClock
from app.base.config import Config, read
from app.base.http import Http
from app.base.secrets import Vault
from app.base.tokens import sha256
from app.storage.database import engine_options, prepare, thread_sessions
from app.storage.models import Installation, InstallationState, UisConnection
from app.storage.services import Services
from app.uis.doors import blueprint

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MEMBER = "member-of-the-test"
KEY, TOKEN = "key-of-the-address", "token-of-the-callbacks"


def config(
    tmp_path: Path, uis_url: str = "http://127.0.0.1:1", public_url: str = "http://127.0.0.1:2"
) -> Config:
    return read(
        {
            "SANDBOX": "1", "PUBLIC_URL": public_url, "INSTANCE_PATH": str(tmp_path), "BITRIX24_CLIENT_ID": "local.x",
            "BITRIX24_CLIENT_SECRET": "secret", "UIS_LOGIN_URL": f"{uis_url}/api/auth/json_rpc",
            "UIS_LOGIC_URL": uis_url, "UIS_CHAT_URL": uis_url, "UIS_DATA_URL": f"{uis_url}/v2.0",
            "HTTP_READ_TIMEOUT_S": "5",
        }
    )  # fmt: skip


@contextmanager
def services(url: str, made: Config, clock: Clock | None = None) -> Iterator[Services]:
    """Everything that the code is given, over the database of `url`."""
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    try:
        yield Services(
            config=made, clock=clock or ManualClock(NOW), http=Http(made), vault=Vault(["test"]),
            sessions=thread_sessions(engine),
        )  # fmt: skip
    finally:
        engine.dispose()


def install(house: Services, member_id: str = MEMBER, event_key: str = "e") -> int:
    """An active installation; its id."""
    with house.sessions.begin() as session:
        made = Installation(
            member_id=member_id, portal_url="https://portal.example", client_endpoint="https://portal.example/rest/",
            oauth_url="https://oauth.example", event_key="x", event_key_hash=sha256(event_key),
            created_at=house.clock.now(), state=InstallationState.ACTIVE,
        )  # fmt: skip
        session.add(made)
        session.flush()
        return made.id


def connect_by_hand(house: Services, installation_id: int, key: str = KEY, member_id: str = MEMBER) -> int:
    """A connection as it is after connecting; its id."""
    seal = house.vault.seal
    with house.sessions.begin() as session:
        made = UisConnection(
            installation_id=installation_id, key=seal(f"{member_id}:uis_connection.key", key), key_hash=sha256(key),
            webhook_token=seal(f"{member_id}:uis_connection.webhook_token", TOKEN), project="uis2",
            login="admin@example.com", state="connected", adapter_id=322, account_id=286, app_id=4735,
            created_at=house.clock.now(),
        )  # fmt: skip
        session.add(made)
        session.flush()
        return made.id


def flask_app(house: Services) -> Flask:
    """The doors of UIS alone."""
    app = Flask("doors")
    app.extensions["omni"] = house
    app.register_blueprint(blueprint)
    return app
