"""The whole web application over a test database, with portals that are simply there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.base.clock import ManualClock
from app.base.sessions import PageSession, PageSessions
from app.base.tokens import sha256
from app.storage.database import db
from app.storage.models import Installation
from app.storage.queries import work
from app.storage.services import Services
from app.web.factory import create_app

NOWHERE = "http://127.0.0.1:9"
"""Nobody listens there."""
START = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)


class House:
    """The application, its clock, and sessions of people with roles."""

    def __init__(self, app: Flask, clock: ManualClock) -> None:
        self.app = app
        self.clock = clock
        self.services: Services = app.extensions["omni"]
        self.client: FlaskClient = app.test_client()

    def install(self, member_id: str = "portal-one", **values: Any) -> int:
        """An active installation without a portal behind it; its id."""
        made = {
            "member_id": member_id, "portal_url": f"https://{member_id}.example", "state": "active",
            "client_endpoint": f"https://{member_id}.example/rest/", "oauth_url": NOWHERE,
            "event_key": "sealed", "event_key_hash": sha256(member_id), "created_at": START, "lang": "ru",
        }  # fmt: skip
        with self.services.sessions.begin() as session:
            row = Installation(**(made | values))
            session.add(row)
            session.flush()
            work.ensure(session, row.id)
            return row.id

    def token(
        self, installation_id: int, *, admin: bool = True, generation: int = 1, lang: str = "ru"
    ) -> str:
        """A session as a frame carries it."""
        sessions = PageSessions(self.services.config.secret_keys, self.clock)
        return sessions.make(
            PageSession(
                installation_id=installation_id, generation=generation, user_id=1 if admin else 7,
                admin=admin, page="app", placement="DEFAULT", lang=lang,
            )
        )  # fmt: skip

    def call(
        self, method: str, path: str, token: str | None = None, json: Any = None, **more: Any
    ) -> TestResponse:
        """One call of the API."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.open(f"/api{path}", method=method, json=json, headers=headers, **more)


@contextmanager
def house(url: str, directory: Path, **env: str) -> Iterator[House]:
    """The application over the database of `url`; nothing runs beside the requests."""
    clock = ManualClock(START)
    variables = {
        "SANDBOX": "1", "INSTANCE_PATH": str(directory), "DATABASE_URL": url, "SECRET_KEY": "key",
        "ENCRYPTION_KEYS": "key", "BITRIX24_CLIENT_ID": "local.app", "BITRIX24_CLIENT_SECRET": "secret",
        "BITRIX24_OAUTH_URL": NOWHERE, "UIS_LOGIN_URL": NOWHERE, "UIS_LOGIC_URL": NOWHERE,
        "UIS_CHAT_URL": NOWHERE, "UIS_DATA_URL": NOWHERE,
    }  # fmt: skip
    app = create_app(variables | env, clock)
    try:
        yield House(app, clock)
    finally:
        with app.app_context():
            db.engine.dispose()
