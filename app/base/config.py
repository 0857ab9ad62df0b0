"""Configuration: read once from the environment, typed; everything wrong is listed at once with its name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


class ConfigurationError(Exception):
    """The environment does not describe a working application; the message lists every problem with its name."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The configuration is not usable:\n" + "\n".join(f"  - {line}" for line in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class UisHosts:
    """Addresses of one UIS project (brand); an address set in the environment wins for every project."""

    login: str
    logic: str
    chat: str
    data: str
    cabinet: str


# The hosts that the public documentation names per brand; `project` is what the sign-in wants.
UIS_PROJECTS: dict[str, UisHosts] = {
    "uis2": UisHosts(
        login="https://go.uiscom.ru/api/auth/json_rpc",
        logic="https://chats-prod-logic.uiscom.ru",
        chat="https://chat-integration-api-prod.uiscom.ru",
        data="https://dataapi.uiscom.ru/v2.0",
        cabinet="https://go.uiscom.ru",
    ),
    "comagic": UisHosts(
        login="https://go.comagic.ru/api/auth/json_rpc",
        logic="https://chats-prod-logic.uiscom.ru",
        chat="https://chat-integration-api-prod.uiscom.ru",
        data="https://dataapi.comagic.ru/v2.0",
        cabinet="https://go.comagic.ru",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that the environment decides. Durations are seconds; `..._kept`: days."""

    public_url: str
    database_url: str
    celery_broker_url: str
    secret_keys: tuple[str, ...]
    encryption_keys: tuple[str, ...]
    client_id: str
    client_secret: str = field(repr=False)
    app_code: str
    oauth_urls: tuple[str, ...]
    uis_login_url: str
    uis_logic_url: str
    uis_chat_url: str
    uis_data_url: str
    uis_cabinet_url: str
    uis_workplace_url: str
    rate: float
    burst: int
    operating: float
    port: int
    instance_path: Path
    unknown_wait: float
    claim_ttl: float
    read_timeout: float
    poll: float
    reconcile: float
    sync: float
    sentry_dsn: str = field(repr=False)
    otel_endpoint: str
    log_level: str
    inbox_kept: float
    plans_kept: float
    sandbox: bool
    settle: float = 3.0

    @property
    def embedded(self) -> bool:
        """One process does everything; otherwise Celery workers drain."""
        return not self.celery_broker_url

    @property
    def link_code(self) -> str:
        """By what links in a portal name the application: the code of its Market card, of a local one its client_id."""
        return self.app_code or self.client_id

    def uis_hosts(self, project: str) -> UisHosts:
        """Addresses for a project. Raises KeyError when the project is not known."""
        known = UIS_PROJECTS[project]
        return UisHosts(
            login=self.uis_login_url or known.login,
            logic=self.uis_logic_url or known.logic,
            chat=self.uis_chat_url or known.chat,
            data=self.uis_data_url or known.data,
            cabinet=self.uis_cabinet_url or known.cabinet,
        )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets or a port that are none
        return False


class _Reader:
    """Reads variables and remembers what is wrong with them."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return self.env.get(name, "").strip() or default

    def number(self, name: str, default: float, *, least: float = 0.0) -> float:
        raw = self.text(name)
        try:
            value = float(raw) if raw else default
        except ValueError:
            self.problems.append(f"{name}: {raw!r} is not a number")
            return default
        if not least <= value < float("inf"):
            self.problems.append(f"{name}: {raw} must be a number of at least {least:g}")
            return default
        return value

    def flag(self, name: str) -> bool:
        raw = self.text(name, "0").lower()
        if raw not in {"0", "1", "true", "false"}:
            self.problems.append(f"{name}: {raw!r} must be 0 or 1")
        return raw in {"1", "true"}

    def whole(self, name: str, default: int, *, least: int, most: int) -> int:
        raw = self.text(name, str(default))
        if not (raw.isascii() and raw.isdigit() and least <= int(raw) <= most):
            self.problems.append(f"{name}: {raw!r} must be a whole number from {least} to {most}")
            return default
        return int(raw)

    def url(self, name: str, default: str = "") -> str:
        raw = self.text(name, default).rstrip("/")
        if raw and not _is_address(raw):
            self.problems.append(f"{name}: {raw!r} is not an http(s) address")
        return raw

    def urls(self, name: str, default: str) -> tuple[str, ...]:
        """At least one address."""
        found = tuple(part.rstrip("/") for part in self.items(name, default))
        if not found:
            self.problems.append(f"{name}: names no address (a comma list, the first is the default)")
        self.problems += [
            f"{name}: {url!r} is not an http(s) address" for url in found if not _is_address(url)
        ]
        return found

    def one_of(self, name: str, choices: Sequence[str]) -> str:
        """The first choice is the default."""
        raw = self.text(name, choices[0]).lower()
        if raw not in choices:
            self.problems.append(f"{name}: {raw!r} must be one of {', '.join(choices)}")
            return choices[0]
        return raw

    def items(self, name: str, default: str = "") -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name, default).split(",") if part.strip())


def read(env: Mapping[str, str]) -> Config:
    """Build the configuration. Raises ConfigurationError naming every variable that is wrong or missing."""
    r = _Reader(env)
    sandbox = r.flag("SANDBOX")
    instance = Path(r.text("INSTANCE_PATH", "instance")).resolve()
    config = Config(
        public_url=r.url("PUBLIC_URL", "http://127.0.0.1:8000"),
        database_url=r.text("DATABASE_URL", f"sqlite:///{instance / 'omni.sqlite3'}"),
        celery_broker_url=r.text("CELERY_BROKER_URL"),
        secret_keys=_keys(r, "SECRET_KEY", sandbox),
        encryption_keys=_keys(r, "ENCRYPTION_KEYS", sandbox),
        client_id=r.text("BITRIX24_CLIENT_ID"),
        client_secret=r.text("BITRIX24_CLIENT_SECRET"),
        app_code=r.text("BITRIX24_APP_CODE"),
        oauth_urls=r.urls("BITRIX24_OAUTH_URL", "https://oauth.bitrix24.tech,https://oauth.bitrix.info"),
        uis_login_url=r.url("UIS_LOGIN_URL"),
        uis_logic_url=r.url("UIS_LOGIC_URL"),
        uis_chat_url=r.url("UIS_CHAT_URL"),
        uis_data_url=r.url("UIS_DATA_URL"),
        uis_cabinet_url=r.url("UIS_CABINET_URL"),
        uis_workplace_url=r.url("UIS_WORKPLACE_URL"),
        rate=r.number("BITRIX24_RATE", 2.0, least=0.01),
        burst=int(r.number("BITRIX24_BURST", 50, least=1)),
        operating=r.number("BITRIX24_OPERATING_S", 480),
        port=r.whole("PORT", 8000, least=0, most=65535),
        instance_path=instance,
        unknown_wait=r.number("UNKNOWN_WAIT_S", 90),
        claim_ttl=r.number("CLAIM_TTL_S", 120, least=1),
        read_timeout=r.number("HTTP_READ_TIMEOUT_S", 65, least=0.1),
        poll=r.number("POLL_S", 120, least=1),
        reconcile=r.number("RECONCILE_S", 300, least=1),
        sync=r.number("SYNC_S", 1800, least=1),
        sentry_dsn=r.text("SENTRY_DSN"),
        otel_endpoint=r.url("OTEL_EXPORTER_OTLP_ENDPOINT"),
        log_level=r.one_of("LOG_LEVEL", ("info", "debug", "warning", "error")),
        inbox_kept=r.number("INBOX_KEPT_DAYS", 60, least=31),
        plans_kept=r.number("PLANS_KEPT_DAYS", 180, least=1),
        sandbox=sandbox,
    )
    _check(config, r.problems)
    if r.problems:
        raise ConfigurationError(r.problems)
    return config


def _keys(r: _Reader, name: str, sandbox: bool) -> tuple[str, ...]:
    """Keys, newest first. In the sandbox they are made and kept under the instance path by `app.base.keys`."""
    keys = r.items(name)
    if not keys and not sandbox:
        r.problems.append(f"{name}: required (a comma list, newest first)")
    return keys


def _check(config: Config, problems: list[str]) -> None:
    if config.database_url.split(":", 1)[0] not in {"sqlite", "postgresql", "postgresql+psycopg"}:
        problems.append("DATABASE_URL: only sqlite:///... and postgresql://... are supported")
    if not config.embedded and config.database_url.startswith("sqlite"):
        problems.append("CELERY_BROKER_URL: several processes need PostgreSQL, set DATABASE_URL too")
    for name, value in (
        ("BITRIX24_CLIENT_ID", config.client_id),
        ("BITRIX24_CLIENT_SECRET", config.client_secret),
    ):
        if not value:
            problems.append(f"{name}: required (from the Market card or the local application)")
    if not config.sandbox:
        plain = [(name, url) for name, url in _called(config) if not url.startswith("https:")]
        problems += [f"{name}: {url} must be https outside the sandbox" for name, url in plain]


def _called(config: Config) -> list[tuple[str, str]]:
    """Addresses that tokens and texts of clients go to, or that people open, with their names."""
    known = [
        ("UIS_LOGIN_URL", config.uis_login_url),
        ("UIS_LOGIC_URL", config.uis_logic_url),
        ("UIS_CHAT_URL", config.uis_chat_url),
        ("UIS_DATA_URL", config.uis_data_url),
        ("UIS_CABINET_URL", config.uis_cabinet_url),
        ("UIS_WORKPLACE_URL", config.uis_workplace_url),
    ]
    return [
        ("PUBLIC_URL", config.public_url),
        *(("BITRIX24_OAUTH_URL", url) for url in config.oauth_urls),
        *((name, url) for name, url in known if url),
    ]
