"""A sandbox world and the parts of the application that face it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, select

from app.base.clock import Clock, SystemClock
from app.base.config import Config, read
from app.base.http import Http
from app.base.secrets import Vault
from app.storage.database import engine_options, prepare, thread_sessions
from app.storage.models import Chain, Installation
from app.storage.services import Services
from bitrix_app import enrol, verify
from bitrix_app.client import PortalClient
from bitrix_app.limits.limiter import Limiter
from sandbox.bitrix.portal import Portal
from sandbox.world import World

PUBLIC_URL = "http://127.0.0.1:8000"


def config(world: World, tmp_path: Path, public_url: str = PUBLIC_URL) -> Config:
    return read(
        {
            "SANDBOX": "1", "PUBLIC_URL": public_url, "INSTANCE_PATH": str(tmp_path), "SECRET_KEY": "test",
            "ENCRYPTION_KEYS": "test", "BITRIX24_CLIENT_ID": world.card.client_id,
            "BITRIX24_CLIENT_SECRET": world.card.client_secret, "BITRIX24_APP_CODE": world.card.code,
            "BITRIX24_OAUTH_URL": world.oauth_url, "HTTP_READ_TIMEOUT_S": "10",
        }
    )  # fmt: skip


@contextmanager
def services(url: str, made: Config, clock: Clock | None = None) -> Iterator[Services]:
    """Everything that the code is given, over the database of `url`."""
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    try:
        yield Services(
            config=made, clock=clock or SystemClock(), http=Http(made), vault=Vault(["test"]),
            sessions=thread_sessions(engine),
        )  # fmt: skip
    finally:
        engine.dispose()


def limiter() -> Limiter:
    """One that never holds a test up; the sandbox's own limit is lifted with `generous`."""
    return Limiter(10_000, 100_000)


def generous(portal: Portal) -> None:
    """Lift the portal's request limit, for tests of something else."""
    portal.bucket.rate = portal.bucket.burst = 1_000_000


def enrolled(house: Services, portal: Portal, user_id: int = 1) -> int:
    """The installation of a portal, made by a verified frame of an administrator; its id."""
    portal.begin_installation(user_id)
    frame = portal.frame("http://127.0.0.1/", user_id)
    args = dict(pair.split("=", 1) for pair in frame.url.split("?", 1)[1].split("&"))
    args["DOMAIN"] = portal.domain
    verified = verify.verify_frame(house, limiter(), args, frame.fields)
    return enrol.enrol(house, verified, installer=True)


def client(house: Services, installation_id: int) -> PortalClient:
    return PortalClient(house, installation_id, limiter())


def installation(house: Services, installation_id: int) -> Installation:
    with house.sessions() as session:
        return session.get_one(Installation, installation_id)


def chains(house: Services, installation_id: int) -> list[Chain]:
    with house.sessions() as session:
        query = select(Chain).where(Chain.installation_id == installation_id).order_by(Chain.id)
        return list(session.scalars(query))
