"""Events on their way to handlers: form encoded, from background threads, never repeated (Bitrix24: events)."""

import random
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from sandbox.core.http import DELIVERY_TIMEOUT_S, bracket_form, session

if TYPE_CHECKING:
    from sandbox.bitrix.records import Handler
    from sandbox.bitrix.state import PortalState

# One after the other: events keep their order unless a fault disturbs it.
WORKERS = 1
SHUFFLE_S = 0.3
# Their pages call the number of the handler `eventId`.
NUMBERED = ("ONIMCONNECTORDIALOG", "ONSESSION", "ONOPENLINEMESSAGE")


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One event for one handler. `status` is the HTTP status, 0 when there was no answer, None before."""

    event: str
    url: str
    form: list[tuple[str, str]]
    status: int | None = None
    error: str = ""
    fault: str = ""
    done: threading.Event = field(default_factory=threading.Event)


class EventQueue:
    """The queue server of a portal. `deliveries` keeps the latest; fault kinds: duplicate, late, shuffle, lose."""

    def __init__(self, portal: "PortalState") -> None:
        self._portal = portal
        self._pool: ThreadPoolExecutor | None = None
        self._timers: set[threading.Timer] = set()
        self._lock = threading.Lock()
        self._pending = 0
        self._idle = threading.Condition(self._lock)
        self.deliveries: deque[Delivery] = deque(maxlen=5000)

    def start(self) -> None:
        """Begin to deliver."""
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix=f"portal{self._portal.number}-events")

    def stop(self) -> None:
        """Drop what is not delivered yet."""
        for timer in [*self._timers]:
            timer.cancel()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until everything is delivered; False when the time is over."""
        with self._idle:
            return self._idle.wait_for(lambda: self._pending == 0, timeout)

    def emit(self, event: str, data: Any, user_id: int | None) -> list[Delivery]:
        """Something happened: tell every bound handler; nothing is sent before the installation is finished.

        `user_id` is who acted; None (a robot, a workflow) means an event without tokens.
        """
        found = self._portal.installation
        if found is None or not found.finished:
            return []
        return [
            self._send(event.upper(), data, self.auth(handler.auth_type or user_id), handler.url, handler.id)
            for handler in [*self._portal.handlers]
            if handler.event == event.upper() and not handler.offline
        ]

    def send_life(
        self, event: str, data: dict[str, Any], auth: dict[str, Any], bound: "list[Handler] | None" = None
    ) -> None:
        """An event of the application's own life: to the card's address and to what is bound."""
        handlers = (
            bound if bound is not None else [row for row in self._portal.handlers if row.event == event]
        )
        self._send(event, data, auth, self._portal.world.card.events_url, None)
        for handler in handlers:
            self._send(event, data, auth, handler.url, handler.id)

    def auth(self, user_id: int | None, refreshable: bool = False, separator: str = ",") -> dict[str, Any]:
        """The `auth` block for a user (Bitrix24: _includes/auth-params-in-events); without a user no tokens."""
        portal = self._portal
        found = portal.installation
        if found is None or user_id is None or user_id not in portal.users:
            return self.bare_auth()
        grant = portal.world.oauth.issue(portal, user_id, refreshable=refreshable)
        block: dict[str, Any] = {"access_token": grant.access_token}
        if refreshable:
            block["refresh_token"] = grant.refresh_token
        else:
            block |= {"expires": int(grant.expires), "user_id": user_id}
        return block | {
            "expires_in": 3600,
            "scope": separator.join(found.scope),
            "status": found.status,
            **self.bare_auth(),
        }

    def bare_auth(self) -> dict[str, Any]:
        """The part of `auth` that is there without any user."""
        portal = self._portal
        token = portal.installation.application_token if portal.installation else ""
        return {
            "domain": portal.domain,
            "server_endpoint": portal.server_endpoint,
            "client_endpoint": portal.client_endpoint,
            "member_id": portal.member_id,
            "application_token": token,
        }

    def _send(
        self, event: str, data: Any, auth: dict[str, Any], url: str, handler_id: int | None
    ) -> Delivery:
        body: dict[str, Any] = {"event": event}
        if handler_id is not None:
            body["eventId" if event.startswith(NUMBERED) else "event_handler_id"] = handler_id
        return self.post(event, url, body | {"data": data, "ts": self.stamp(), "auth": auth})

    def stamp(self) -> int:
        """`ts` of what is sent now."""
        return int(self._portal.world.clock.now())

    def post(self, event: str, url: str, body: dict[str, Any]) -> Delivery:
        """Queue a form for an address; `event` is the operation by which faults know it."""
        delivery = Delivery(event=event, url=url, form=[*bracket_form(body)])
        self.deliveries.append(delivery)
        fault = self._portal.world.faults.take("event", event, "delivery")
        delivery.fault = fault.kind if fault else ""
        if fault is None:
            self._post_later(delivery, 0.0)
        elif fault.kind == "duplicate":
            self._post_later(delivery, 0.0)
            self._post_later(delivery, 0.0)
        elif fault.kind == "late":
            self._post_later(delivery, float(fault.options.get("seconds", 1.0)))
        elif fault.kind == "shuffle":
            self._post_later(delivery, random.uniform(0.0, SHUFFLE_S))
        return delivery

    def _post_later(self, delivery: Delivery, seconds: float) -> None:
        with self._lock:
            self._pending += 1
        if seconds <= 0:
            self._submit(delivery)
            return
        timer = threading.Timer(seconds, self._submit, [delivery])
        timer.daemon = True
        self._timers.add(timer)
        timer.start()

    def _submit(self, delivery: Delivery) -> None:
        pool = self._pool
        if pool is not None:
            pool.submit(self._post, delivery)

    def _post(self, delivery: Delivery) -> None:
        try:
            answer = session().post(
                delivery.url, data=delivery.form, timeout=DELIVERY_TIMEOUT_S, allow_redirects=False
            )
            delivery.status = answer.status_code
        except requests.RequestException as error:
            delivery.status, delivery.error = 0, type(error).__name__
        finally:
            delivery.done.set()
            with self._idle:
                self._pending -= 1
                self._idle.notify_all()
