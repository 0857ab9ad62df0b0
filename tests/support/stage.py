"""A stage for scenarios: a sandbox world, and the application's road on a database, without its web floor."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import create_engine

from app.base.clock import Clock, ManualClock, SystemClock
from app.base.config import Config, read
from app.base.http import Http
from app.base.secrets import Vault
from app.base.tokens import sha256
from app.domain.settings import defaults
from app.pipeline.accept import accept
from app.pipeline.drain import drain
from app.pipeline.parsers import Parsers
from app.pipeline.road import Road
from app.storage.database import engine_options, prepare, thread_sessions
from app.storage.models import (
    Conversation,
    InboxRow,
    Installation,
    InstallationState,
    PortalWork,
    UisChannel,
    UisConnection,
)
from app.storage.queries import directory, settings
from app.storage.sealed import owner
from app.storage.services import Services
from app.uis.keys import dedup_key
from app.uis.parse import kind_of, parse
from app.uis.parser import parse_row
from app.web.small_files import small_file
from bitrix_app.client import PortalClient
from bitrix_app.crm import BitrixCrm
from bitrix_app.enrol import enrol
from bitrix_app.limits.limiter import Limiter
from bitrix_app.verify import verify_frame
from sandbox.bitrix.crm.timeline import Activity
from sandbox.bitrix.portal import Portal
from sandbox.world import World

CALLBACK_KEY = "callback-key-of-the-stage"
WEBHOOK_TOKEN = "webhook-token-of-the-stage"
CHANNEL = 3580
SETUP_CHANNEL = 740806
OPERATOR = 367852


def environment(world: World, url: str, **more: str) -> dict[str, str]:
    """Variables that make the application trust this world."""
    uis = world.uis_url
    return {
        "SANDBOX": "1", "DATABASE_URL": url, "SECRET_KEY": "test-secret", "ENCRYPTION_KEYS": "test-key",
        "BITRIX24_CLIENT_ID": world.card.client_id, "BITRIX24_CLIENT_SECRET": world.card.client_secret,
        "BITRIX24_APP_CODE": world.card.code, "BITRIX24_OAUTH_URL": world.oauth_url,
        "UIS_LOGIN_URL": f"{uis}/api/auth/json_rpc", "UIS_LOGIC_URL": uis, "UIS_CHAT_URL": uis,
        "UIS_DATA_URL": f"{uis}/v2.0", "UNKNOWN_WAIT_S": "0.3", "HTTP_READ_TIMEOUT_S": "5",
        "BITRIX24_RATE": "1000", "BITRIX24_BURST": "1000",
    } | more  # fmt: skip


def build_services(config: Config, clock: Clock | None = None) -> Services:
    """Services on the database of the configuration."""
    url = config.database_url
    engine = create_engine(url, **engine_options(url))
    prepare(engine)
    return Services(
        config=config, clock=clock or SystemClock(), http=Http(config),
        vault=Vault(config.encryption_keys), sessions=thread_sessions(engine),
    )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Stage:
    """One portal with the application installed and UIS joined."""

    world: World
    portal: Portal
    services: Services
    road: Road
    installation_id: int
    limiter: Limiter
    clients: dict[int, PortalClient]

    def callback(self, path: str, body: Mapping[str, Any], method: str = "POST") -> bool:
        """A callback of UIS, as its door would accept it. False: a repeat."""
        kind = kind_of(method, path.strip("/"))
        assert kind is not None, path
        raw = json.dumps(body).encode()
        key = dedup_key(parse(kind, raw), kind, raw, self.services.clock.now())
        return accept(self.services, self.installation_id, source="uis", kind=kind, dedup_key=key, body=raw)

    def chat_started(self, chat_id: int, phone: str | None = "79161234567", **more: Any) -> bool:
        """`POST /chat` of a visitor whose number is the chat's."""
        return self.callback("/chat", chat_body(chat_id, phone) | more)

    def message(self, chat_id: int, message_id: int, text: str, source: str = "visitor", **more: Any) -> bool:
        return self.callback("/message", message_body(chat_id, message_id, text, source) | more)

    def closed(self, chat_id: int, reason: str = "closed_by_operator") -> bool:
        body = {"context": {}, "account_id": 286, "channel_id": CHANNEL, "chat_id": chat_id, "reason": reason}
        return self.callback("/chat/close", body | {"operator_id": OPERATOR})

    def card(self, visitor_id: int, **card: Any) -> bool:
        body = {"context": {}, "account_id": 286, "channel_id": CHANNEL, "visitor_id": visitor_id}
        return self.callback("/visitor/card", body | {"visitor_card": card})

    def save(self, section: str, **changes: Any) -> None:
        """Save settings: `save("chats", create={"entity": "deal"})` changes keys of the document in force."""
        with self.services.sessions.begin() as session:
            version = settings.newest(session, self.installation_id, section)
            document = dict(version.document) if version else defaults(section)
            for name, value in changes.items():
                held = document.get(name)
                document[name] = held | value if isinstance(held, dict) and isinstance(value, dict) else value
            saved = settings.save(
                session, installation_id=self.installation_id, section=section,
                revision=version.revision if version else 0, document=document, author_id=1,
                now=self.services.clock.now(),
            )  # fmt: skip
            assert saved

    def drain(self) -> bool:
        """Work until nothing is due now."""
        return drain(self.road, self.installation_id, "stage")

    def pass_time(self, seconds: float) -> None:
        """Move the application's clock, then work."""
        clock = self.services.clock
        assert isinstance(clock, ManualClock)
        clock.advance(seconds)
        self.drain()

    def conversation(self, chat_id: int) -> Conversation:
        with self.services.sessions() as session:
            rows = session.query(Conversation).filter_by(
                installation_id=self.installation_id, source_id=chat_id
            )
            return rows.one()

    def unsettled(self) -> list[tuple[int, str, str | None]]:
        """(chat, state, problem) of conversations that are not done, and inbox rows that are not folded in."""
        with self.services.sessions() as session:
            rows = session.query(Conversation).filter(Conversation.state != "done")
            waiting = session.query(InboxRow).filter(InboxRow.state != "done")
            busy = session.query(Conversation).filter(Conversation.due_at.is_not(None))
            found = [(row.source_id, row.state, row.problem) for row in [*rows, *busy]]
            return found + [(0, row.kind, row.problem) for row in waiting]

    def items(self, entity_type: int) -> list[dict[str, Any]]:
        """Items of the sandbox's CRM in the order of their ids."""
        return [
            item.fields | {"id": number}
            for number, item in sorted(self.portal.crm.items[entity_type].items())
        ]

    def settle(self) -> None:
        """Let the pause pass in which callbacks that come together are waited for."""
        self.drain()
        self.pass_time(4)

    def work_off(self) -> None:
        """Move the clock from one due time of the portal to the next until nothing is due any more."""
        clock = self.services.clock
        assert isinstance(clock, ManualClock)
        for _ in range(60):
            self.drain()
            with self.services.sessions() as session:
                due = session.get_one(PortalWork, self.installation_id).due_at
            if due is None:
                return
            clock.advance(max(0.0, (due - clock.now()).total_seconds()))
        raise AssertionError("the portal never comes to rest")

    def comments(self, entity_type: int, item_id: int) -> list[str]:
        """Texts of the comments on a card of the sandbox, oldest first."""
        timeline = self.portal.crm.timeline
        return [c.text for _, c in sorted(timeline.comments.items()) if (entity_type, item_id) in c.owners]

    def activities(self) -> list[Activity]:
        """Activities of the sandbox, oldest first."""
        return [held for _, held in sorted(self.portal.crm.timeline.activities.items())]

    def close(self) -> None:
        """Give the database back its connections."""
        self.services.sessions.kw["bind"].dispose()

    def rest(self) -> list[str]:
        """Methods of the REST requests so far."""
        return [request.method for request in self.portal.requests]


@contextmanager
def stage(url: str, *, clock: Clock | None = None, simple_crm: bool = False, **env: str) -> Iterator[Stage]:
    """A world with an installed portal on the database at `url`."""
    with World() as world:
        yield stage_in(world, url, env, clock=clock, simple_crm=simple_crm)


def stage_in(
    world: World,
    url: str,
    variables: Mapping[str, str] = MappingProxyType({}),
    *,
    clock: Clock | None = None,
    simple_crm: bool = False,
    own: bool = False,
    around: Callable[[Services], Services] = lambda services: services,
    **env: str,
) -> Stage:
    """Install the application in a portal of a running world: its first one, or one of its `own` for this stage.

    `variables`, `env`: of the application; `around`: puts other parts into the services.
    """
    new = own or simple_crm
    portal = world.add_portal("Портал сцены", simple_crm=simple_crm) if new else world.portals[0]
    services = around(build_services(read({**environment(world, url), **variables, **env}), clock))
    limiter, sleep = _limiter(services)
    installation_id = install(services, limiter, portal)
    clients: dict[int, PortalClient] = {}
    crms: dict[int, BitrixCrm] = {}

    def crm_of(number: int) -> BitrixCrm:
        clients.setdefault(number, PortalClient(services, number, limiter))
        return crms.setdefault(
            number, BitrixCrm(clients[number], sleep=sleep, fetch=partial(small_file, services))
        )

    road = Road(services=services, parsers=Parsers({"uis": parse_row, "poll": parse_row}), crm_of=crm_of)
    made = Stage(
        world=world, portal=portal, services=services, road=road,
        installation_id=installation_id, limiter=limiter, clients=clients,
    )  # fmt: skip
    made.save("chats", enabled=True, responsible={"default_user_id": 1})
    portal.requests.clear()
    return made


def _limiter(services: Services) -> tuple[Limiter, Callable[[float], None]]:
    """The budget of requests, and how to wait for a turn in it: under a clock that stands nobody sleeps."""
    config, clock = services.config, services.clock
    if not isinstance(clock, ManualClock):
        return Limiter(config.rate, config.burst, config.operating), time.sleep

    def seconds() -> float:
        return clock.now().timestamp()

    limiter = Limiter(
        config.rate, config.burst, config.operating, now=seconds, wall=seconds, sleep=clock.advance
    )
    return limiter, clock.advance


def callback_key(portal: Portal) -> str:
    """The secret in the addresses of UIS's callbacks for a portal of the stage."""
    return CALLBACK_KEY if portal.number == 1 else f"{CALLBACK_KEY}-{portal.number}"


def install(services: Services, limiter: Limiter, portal: Portal) -> int:
    """Verify and store the installer's frame; the portal counts as matching the manifest."""
    portal.begin_installation(1)
    frame = portal.frame("http://app/", 1)
    args = {name: values[0] for name, values in parse_qs(urlsplit(frame.url).query).items()}
    installation_id = enrol(services, verify_frame(services, limiter, args, frame.fields), installer=True)
    portal.finish_install(send_event=False)
    now = services.clock.now()
    with services.sessions.begin() as session:
        row = session.get_one(Installation, installation_id)
        row.state, row.crm_mode = InstallationState.ACTIVE, "simple" if portal.crm.simple else "classic"
        users = [{"id": u.id, "title": u.name, "active": True} for u in portal.users.values()]
        directory.put(session, installation_id, "users", users, now)
        member = row.member_id
        connection = UisConnection(
            installation_id=installation_id,
            key=services.vault.seal(owner(member, "uis_connection.key"), callback_key(portal)),
            key_hash=sha256(callback_key(portal)),
            webhook_token=services.vault.seal(owner(member, "uis_connection.webhook_token"), WEBHOOK_TOKEN),
            project="uis2",
            login="admin",
            state="connected",
            account_id=286,
            app_id=4735,
            created_at=now,
        )
        session.add(connection)
        session.flush()
        session.add(
            UisChannel(
                connection_id=connection.id,
                chat_channel_id=SETUP_CHANNEL,
                adapter_channel_id=CHANNEL,
                type="comagic",
                name="Чат на сайте",
                joined=True,
            )
        )
    return installation_id


def chat_body(chat_id: int, phone: str | None) -> dict[str, Any]:
    """UIS: chat-api.md, "Новый чат"."""
    return {
        "context": {"app_id": 4735, "chat_channel_id": SETUP_CHANNEL}, "account_id": 286, "channel_id": CHANNEL,
        "chat_id": chat_id, "visitor_id": 9_000_000_000 + chat_id, "visitor_phone": phone, "operator_id": OPERATOR,
        "initiator": "visitor", "created_at": "2026-05-04T09:00:00.001Z",
    }  # fmt: skip


def message_body(chat_id: int, message_id: int, text: str, source: str) -> dict[str, Any]:
    """UIS: chat-api.md, "Новое сообщение"; a minute later for every id."""
    at = timedelta(seconds=message_id % 3600)
    return {
        "context": {"app_id": 4735, "chat_channel_id": SETUP_CHANNEL}, "account_id": 286, "channel_id": CHANNEL,
        "id": message_id, "chat_id": chat_id, "source": source,
        "operator_id": OPERATOR if source == "operator" else None, "reply_to_id": None, "text": text,
        "created_at": f"2026-05-04T09:{at.seconds // 60:02}:{at.seconds % 60:02}.000Z", "status": "accepted",
        "resource": None, "system_message_mnemonic": None,
    }  # fmt: skip
