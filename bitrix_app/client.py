"""Calls to one portal: the right token, the right address, within its limits, every answer named.

Bitrix24: settings/how-to-call-rest-api/general-principles, batch, change-domen, limits.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import requests
import structlog

from app.base import addresses
from app.base.addresses import AddressRefused
from app.base.http import RequestFailed
from app.storage.database import reading
from app.storage.models import Installation, InstallationState
from app.storage.queries import chains
from app.storage.sealed import owner
from app.storage.services import Services
from bitrix_app import batch, errors, oauth
from bitrix_app.access import Access, Attempt, hopeless, store_address
from bitrix_app.app_info import app_info
from bitrix_app.batch import LIMITED, BatchAnswer, CommandError, method_of
from bitrix_app.errors import (
    BitrixError,
    Later,
    MethodLimited,
    Moved,
    NoAnswer,
    Parked,
    RateLimited,
    Rejected,
    TokenExpired,
    TokenInvalid,
    UserRefused,
)
from bitrix_app.limits.limiter import Limiter
from bitrix_app.limits.silence import Silence
from bitrix_app.request_log import LogBuffer, write_down

log = structlog.get_logger()
BUDGET_WAIT = 60.0
READY_FOR = timedelta(seconds=1)
OUT_OF_USE = (InstallationState.DISABLED, InstallationState.REMOVED)


class PortalClient:
    """One portal's REST. Thread-safe; its authorization is read for every request, or a moment before (`get_ready`)."""

    def __init__(self, services: Services, installation_id: int, limiter: Limiter) -> None:
        self.services = services
        self.installation_id = installation_id
        self.limiter = limiter
        self.log = LogBuffer(installation_id)
        self.silence = Silence()
        self._member_id = ""
        self._ready: tuple[datetime, Access] | None = None

    def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        budget_wait: float = BUDGET_WAIT,
        reserved: bool = False,
    ) -> dict[str, Any]:
        """The whole answer (`result`, `time`, `total`, `next`). Raises BitrixError.

        `budget_wait`: seconds to wait for a turn in the request budget, unless the request is `reserved` there.
        """
        attempt = Attempt()
        while True:
            access = self._access(attempt)
            try:
                return self._send(access, method, params or {}, None if reserved else budget_wait)
            except BitrixError as error:
                self._recover(attempt, access, error)
            reserved = False

    def batch(
        self,
        commands: Mapping[str, str],
        *,
        halt: bool = False,
        budget_wait: float = BUDGET_WAIT,
        reserved: bool = False,
        admitted: bool = False,
    ) -> BatchAnswer:
        """Up to 50 ready commands (`bitrix_app.encoding.command`) in one request. Raises BitrixError for the whole.

        Unless all are `admitted` by the limiter, commands of a method that is over its time are answered
        OPERATION_TIME_LIMIT without being sent.
        """
        batch.check_commands(commands)
        member_id = self.member_id()
        held = {} if admitted else self._held(member_id, commands)
        sent = {key: command for key, command in commands.items() if key not in held}
        if not sent:
            return BatchAnswer({}, held, {})
        body = {"halt": int(halt), "cmd": sent}
        with self._working(member_id, sent):
            whole = self.call("batch", body, budget_wait=budget_wait, reserved=reserved)
            answer = batch.parse(whole, sent)
            self._note(member_id, sent, answer, errors.time_of(whole, "finish"))
        return replace(answer, errors=answer.errors | held)

    def member_id(self) -> str:
        """What the limiter counts by; it never changes, so it is read once. Raises Parked when the portal is gone."""
        if not self._member_id:
            with self.services.sessions() as session:
                found = reading(session).get(Installation, self.installation_id)
            if found is None:
                raise Parked("disabled", errors.PROBE_SLOWLY)
            self._member_id = found.member_id
        return self._member_id

    def get_ready(self) -> None:
        """Read the authorization for what is asked in the next moment. If it is refused then, it is read anew."""
        try:
            access = self._read_access(Attempt())
        except BitrixError:
            return  # the request meets it too, and says it to whoever asked
        self._ready = self.services.clock.now(), access

    def flush_log(self) -> int:
        """Move the buffered request log into the database. Returns how many rows."""
        return write_down(self.services.sessions, [self.log])

    def _access(self, attempt: Attempt) -> Access:
        """What was read a moment ago serves first attempts."""
        ready = self._ready
        if ready and attempt == Attempt() and self.services.clock.now() - ready[0] <= READY_FOR:
            return ready[1]
        return self._read_access(attempt)

    def _read_access(self, attempt: Attempt) -> Access:
        """The best chain that was not refused yet. Raises Parked, Later, or the refusal when none is left."""
        with self.services.sessions() as session:
            installation, found = chains.access(reading(session), self.installation_id, set(attempt.refused))
        if installation is None or installation.state in OUT_OF_USE:
            raise Parked("disabled", errors.PROBE_SLOWLY)
        if not found:
            raise hopeless(attempt)
        chain = found[0]
        oauth.check_usable(self.services, chain)
        kept_by = owner(installation.member_id, "chain.access_token")
        return Access(
            member_id=installation.member_id, endpoint=installation.client_endpoint,
            oauth_url=installation.oauth_url, chain_id=chain.id,
            token=self.services.vault.open(kept_by, chain.access_token), refresh_hash=chain.refresh_hash,
        )  # fmt: skip

    def _send(
        self, access: Access, method: str, params: Mapping[str, Any], budget_wait: float | None
    ) -> dict[str, Any]:
        if left := self.limiter.paused(access.member_id, method):
            raise MethodLimited(method, left)
        if budget_wait is not None:
            with self.services.meters.timed("budget_wait_seconds"):
                self.limiter.take(access.member_id, budget_wait)
        started, at = time.monotonic(), self.services.clock.now()
        status, problem, answer = None, None, None
        try:
            with self.services.trace.span(
                "portal request", method=method, portal=self.installation_id
            ) as span:
                response = self._post(access, method, params)
                status = response.status_code
                span.note(status=status)
            answer = errors.read(response, method)
        except BitrixError as error:
            problem = getattr(error, "code", None) or type(error).__name__
            self._slow_down(access.member_id, error)
            self._heard(error, started)
            raise
        finally:
            seconds = time.monotonic() - started
            self._log_request(at, method, status, seconds, problem, params, answer)
            self._count(method, seconds, problem)
        self.limiter.answered(access.member_id)
        self.silence.broken()
        if method != "batch":
            uses, finish = batch.use_of(method, answer), errors.time_of(answer, "finish")
            self.limiter.settle(access.member_id, {}, uses, finish)
        return answer

    def _log_request(self, at: datetime, method: str, *told: Any) -> None:
        """What was done at the portal counts, whether or not its answer can be told in the log."""
        try:
            self.log.add(at, method, *told)
        except Exception:
            log.exception("request_not_logged", portal=self.installation_id, method=method)

    def _count(self, method: str, seconds: float, problem: str | None) -> None:
        self.services.meters.count("rest_requests", method, problem or "ok")
        self.services.meters.observe("rest_seconds", seconds, "batch" if method == "batch" else "single")

    def _post(self, access: Access, method: str, params: Mapping[str, Any]) -> requests.Response:
        """The token travels in the body, to the verified host only."""
        try:
            target = addresses.check(access.endpoint, sandbox=self.services.config.sandbox)
            return self.services.http.request(
                "POST",
                f"{access.endpoint}{method}",
                json={**params, "auth": access.token},
                trusted={target.netloc},
            )
        except AddressRefused as refusal:
            raise NoAnswer(f"the portal's address cannot be used: {refusal}", sent=False) from None
        except RequestFailed as failure:
            raise NoAnswer(str(failure), sent=failure.sent) from None

    def _slow_down(self, member_id: str, error: BitrixError) -> None:
        if isinstance(error, Later):
            self.services.meters.count(
                "limits_hit", "rate" if isinstance(error, RateLimited) else "operating"
            )
        if isinstance(error, RateLimited):
            error.after = self.limiter.empty(member_id)
        elif isinstance(error, MethodLimited):
            error.after = self.limiter.pause(member_id, error.method, error.reset_at)

    def _heard(self, error: BitrixError, started: float) -> None:
        """A refusal is an answer too."""
        if isinstance(error, NoAnswer):
            error.after = self.silence.kept(started, time.monotonic())
        else:
            self.silence.broken()

    def _recover(self, attempt: Attempt, access: Access, error: BitrixError) -> None:
        """Make another attempt possible, or raise. Each of these errors says that nothing was done."""
        self._ready = None
        if isinstance(error, TokenExpired | TokenInvalid):
            self._renew(attempt, access, error)
        elif isinstance(error, UserRefused):
            self._mark_refused(access, error)
            attempt.refused[access.chain_id] = error
        elif isinstance(error, Moved) and not attempt.moved:
            self._follow(attempt, access)
        else:
            raise error

    def _follow(self, attempt: Attempt, access: Access) -> None:
        """The old address redirects whatever the token, so the authorization server tells first that it is over."""
        try:
            self._learn_address(access)
            attempt.moved = True
        except (TokenExpired, TokenInvalid) as over:
            self._renew(attempt, access, over)

    def _renew(self, attempt: Attempt, access: Access, error: BitrixError) -> None:
        """Refresh once; a fresh token that is not accepted either is the end of this chain."""
        if access.chain_id in attempt.renewed:
            attempt.refused[access.chain_id] = Rejected(str(error), "a fresh token is not accepted")
            return
        attempt.renewed.add(access.chain_id)
        try:
            with _not_sent():
                oauth.refresh(self.services, access.chain_id, access.refresh_hash)
        except oauth.ChainDead as dead:
            attempt.refused[access.chain_id] = dead
        except oauth.ChainDoubted as doubted:
            # Another chain may work at once; this one waits. Without another, `_access` says how long.
            with self.services.sessions() as session:
                others = chains.usable(reading(session), self.installation_id, [access.chain_id])
            if not others:
                raise doubted from None

    def _mark_refused(self, access: Access, error: UserRefused) -> None:
        """A dismissed user's chain is over; the others are only noted."""
        dead = {"state": "dead"} if error.code.lower() == "authorization_error" else {}
        with self.services.sessions.begin() as session:
            values = dead | {"problem": error.code[:64]}
            chains.replace_pair(session, access.chain_id, access.refresh_hash, values)

    def _learn_address(self, access: Access) -> None:
        """The authorization server alone may say where the portal has moved; the redirect only made us ask."""
        with _not_sent():
            info = app_info(self.services, access.oauth_url, access.token)
        if info.member_id != access.member_id or info.client_endpoint == access.endpoint:
            raise NoAnswer("the portal redirects, but its address has not changed", sent=False)
        store_address(self.services, self.installation_id, info)

    def _held(self, member_id: str, commands: Mapping[str, str]) -> dict[str, CommandError]:
        """Commands that would meet the limit of their method; the time of the others is taken."""
        waits = self.limiter.admit(member_id, [{method_of(command): 1} for command in commands.values()])
        return {
            key: CommandError(LIMITED, after=wait)
            for key, wait in zip(commands, waits, strict=True)
            if wait > 0
        }

    @contextmanager
    def _working(self, member_id: str, sent: Mapping[str, str]) -> Iterator[None]:
        """The time of admitted commands is given back, or counted as used, when no answer is taken apart."""
        try:
            yield
        except NoAnswer as error:
            give = self.limiter.lost if error.sent else self.limiter.withdraw
            give(member_id, batch.counts_of(sent))
            raise
        except Exception:
            self.limiter.withdraw(member_id, batch.counts_of(sent))
            raise

    def _note(
        self, member_id: str, sent: Mapping[str, str], answer: BatchAnswer, finish: float | None
    ) -> None:
        """Count each command's outcome and time, and leave methods alone that are over theirs."""
        uses = batch.uses_of(sent, answer.times)
        self.limiter.settle(member_id, batch.counts_of(sent), uses, finish)
        for key, command in sent.items():
            self.services.meters.count("rest_commands", method_of(command), _outcome(answer, key))
        for key, error in answer.errors.items():
            if error.code.upper() == LIMITED:
                self.services.meters.count("limits_hit", "operating")
                reset_at = answer.times[key].reset_at if key in answer.times else None
                self.limiter.pause(member_id, method_of(sent[key]), reset_at)


@contextmanager
def _not_sent() -> Iterator[None]:
    """The portal has refused, so nothing was done there, whatever becomes of asking the authorization server."""
    try:
        yield
    except NoAnswer as error:
        raise NoAnswer(error.reason, sent=False) from None


def _outcome(answer: BatchAnswer, key: str) -> str:
    if key in answer.errors:
        return answer.errors[key].code
    return "ok" if key in answer.results else "none"
