"""Carries callbacks to adapters from background threads, in order unless a fault or a hold says otherwise.

UIS documents neither retries nor order nor guarantees, so by default a failed delivery is gone
(`retries` switches attempts on). Faults of the service "callback": `duplicate` (options `copies`,
`spread_s`), `late` (`seconds`), `shuffle` (`seconds`: the longest random delay), `lose`.
"""

import base64
import heapq
import itertools
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Literal

import requests

from sandbox.core.clock import Clock
from sandbox.core.faults import Fault, Faults
from sandbox.core.http import session
from sandbox.uis.entities import Adapter

DEFAULT_TIMEOUT_S = 10.0
EXPECTED = (200, 204)
Outcome = Literal["queued", "held", "delivered", "failed", "lost"]


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One callback: what was sent where, and how it was answered."""

    id: int
    method: str
    path: str
    url: str
    body: dict[str, Any]
    headers: dict[str, str]
    timeout_s: float
    created: float
    attempts: int = 0
    outcome: Outcome = "queued"
    status: int | None = None
    error: str | None = None
    latency_s: float | None = None

    def as_json(self) -> dict[str, Any]:
        """For the control API and the hub's log; without headers, they carry the secret."""
        names = ("id", "method", "path", "body", "attempts", "outcome", "status", "error", "latency_s")
        return {name: getattr(self, name) for name in names}


@dataclass(order=True, slots=True)
class _Due:
    moment: float
    order: int
    delivery: Delivery = field(compare=False)


class Courier:
    """`workers` > 1 delivers in parallel (order is then up to chance); set it before the first callback."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self.deliveries: list[Delivery] = []
        self.retries = 0
        self.retry_after_s = 1.0
        self.workers = 1
        self.random = random.Random(20250321)
        self._clock = clock
        self._faults = faults
        self._ids = itertools.count(1)
        self._orders = itertools.count(1)
        self._due: list[_Due] = []
        self._held: list[Delivery] | None = None
        self._busy = 0
        self._threads: list[threading.Thread] = []
        self._stopped = False
        self._changed = threading.Condition()

    def send(self, adapter: Adapter, method: str, path: str, body: dict[str, Any]) -> None:
        """Queue a callback; returns at once."""
        with self._changed:
            delivery = self._new(adapter, method, path, body)
            if self._held is not None:
                delivery.outcome = "held"
                self._held.append(delivery)
                return
            self._dispatch(delivery)

    def send_now(self, adapter: Adapter, method: str, path: str, body: dict[str, Any]) -> Delivery:
        """Deliver in the caller's thread, as UIS does when an account is created; look at `outcome`."""
        with self._changed:
            delivery = self._new(adapter, method, path, body)
        self._attempt(delivery)
        return delivery

    def hold(self) -> None:
        """Collect callbacks instead of delivering them, until `release`."""
        with self._changed:
            self._held = self._held if self._held is not None else []

    def release(self, order: str | list[int] = "in_order") -> None:
        """Deliver what was held: `in_order`, `reversed`, `shuffled`, or by indexes (others are lost)."""
        with self._changed:
            held, self._held = self._held or [], None
            for delivery in self._ordered(held, order):
                delivery.outcome = "queued"
                self._push(delivery, self._clock.now())

    def flush(self, timeout_s: float = 10.0) -> None:
        """Wait until nothing that is due is under way (held and late ones are not); raises TimeoutError."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while self._busy or any(item.moment <= self._clock.now() for item in self._due):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{len(self._due)} callbacks are still queued")
                self._changed.wait(0.02)

    def stop(self) -> None:
        """Stop the threads; queued callbacks stay undelivered."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(DEFAULT_TIMEOUT_S)

    def _new(self, adapter: Adapter, method: str, path: str, body: dict[str, Any]) -> Delivery:
        kwargs = adapter.webhook_kwargs
        delivery = Delivery(
            id=next(self._ids),
            method=method,
            path=path,
            url=adapter.webhook_url.rstrip("/") + path,
            body=body,
            headers={**kwargs.get("headers", {}), **authorization(adapter)},
            timeout_s=float(kwargs.get("timeout", DEFAULT_TIMEOUT_S)),
            created=self._clock.now(),
        )
        self.deliveries.append(delivery)
        return delivery

    def _ordered(self, held: list[Delivery], order: str | list[int]) -> list[Delivery]:
        if isinstance(order, list):
            for index in set(range(len(held))) - set(order):
                held[index].outcome = "lost"
            return [held[index] for index in order]
        if order == "in_order":
            return held
        if order == "reversed":
            return held[::-1]
        if order == "shuffled":
            return self.random.sample(held, len(held))
        raise ValueError(f"unknown order {order!r}")

    def _dispatch(self, delivery: Delivery) -> None:
        now = self._clock.now()
        fault = self._fault(delivery)
        if fault is None:
            self._push(delivery, now)
        elif fault.kind == "lose":
            delivery.outcome = "lost"
        elif fault.kind == "late":
            self._push(delivery, now + float(fault.options.get("seconds", 30)))
        elif fault.kind == "shuffle":
            self._push(delivery, now + self.random.uniform(0, float(fault.options.get("seconds", 0.5))))
        else:
            spread = float(fault.options.get("spread_s", 0))
            for _ in range(int(fault.options.get("copies", 2))):
                self._push(delivery, now + self.random.uniform(0, spread))

    def _fault(self, delivery: Delivery) -> Fault | None:
        return self._faults.take("callback", delivery.path, "delivery") or self._faults.take(
            "callback", f"{delivery.method} {delivery.path}", "delivery"
        )

    def _push(self, delivery: Delivery, moment: float) -> None:
        heapq.heappush(self._due, _Due(moment, next(self._orders), delivery))
        if not self._threads and not self._stopped:
            for _ in range(self.workers):
                thread = threading.Thread(target=self._work, daemon=True)
                self._threads.append(thread)
                thread.start()
        self._changed.notify_all()

    def _work(self) -> None:
        while (delivery := self._next()) is not None:
            self._attempt(delivery)
            with self._changed:
                self._busy -= 1
                if delivery.outcome == "failed" and delivery.attempts <= self.retries:
                    self._push(delivery, self._clock.now() + self.retry_after_s)
                self._changed.notify_all()

    def _next(self) -> Delivery | None:
        with self._changed:
            while not self._stopped:
                if self._due and self._due[0].moment <= self._clock.now():
                    self._busy += 1
                    return heapq.heappop(self._due).delivery
                # The clock can be moved by hand, so a late callback is looked at often.
                self._changed.wait(0.02 if self._due else None)
        return None

    def _attempt(self, delivery: Delivery) -> None:
        delivery.attempts += 1
        started = time.monotonic()
        try:
            answer = session().request(
                delivery.method,
                delivery.url,
                json=delivery.body,
                headers=delivery.headers,
                timeout=delivery.timeout_s,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            delivery.error, delivery.outcome = f"{type(error).__name__}: {error}", "failed"
        else:
            delivery.status = answer.status_code
            delivery.outcome = "delivered" if answer.status_code in EXPECTED else "failed"
        delivery.latency_s = time.monotonic() - started


def authorization(adapter: Adapter) -> dict[str, str]:
    """The Authorization header of the adapter's callbacks (Chat API: "Обратные вызовы")."""
    auth = adapter.webhook_auth
    if adapter.webhook_token:
        return {"Authorization": f"Bearer {adapter.webhook_token}"}
    if auth is None:
        return {}
    if auth["type"] == "Bearer":
        return {"Authorization": f"Bearer {auth['token']}"}
    pair = f"{auth['login']}:{auth['password']}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
