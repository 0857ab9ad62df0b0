"""The fault switch: what shall go wrong, where and how often."""

import fnmatch
import itertools
import threading
from dataclasses import dataclass, field
from typing import Any, Literal

SERVICES = ("bitrix", "oauth", "uis_login", "uis_logic", "uis_chat", "uis_data", "callback", "event")

Phase = Literal["before", "after", "delivery"]

PHASES: dict[str, Phase] = {
    "timeout_before": "before",
    "reset_before": "before",
    "http_503": "before",
    "http_429": "before",
    "http_500": "before",
    "html": "before",
    "expired_token": "before",
    "error": "before",
    "timeout_after": "after",
    "reset_after": "after",
    "duplicate": "delivery",
    "late": "delivery",
    "shuffle": "delivery",
    "lose": "delivery",
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One order to fail: `operation` is a glob over method names or paths, `left` counts the remaining uses."""

    id: int
    service: str
    operation: str
    kind: str
    left: int
    options: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The shape of `/_control/faults`."""
        return {
            "id": self.id,
            "service": self.service,
            "operation": self.operation,
            "kind": self.kind,
            "left": self.left,
            "options": self.options,
        }


class ConnectionFault(Exception):
    """Raised inside a request that must end without a proper answer; `fault` says how."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.kind)
        self.fault = fault


class Faults:
    """All ordered faults; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._faults: list[Fault] = []
        self.taken: list[tuple[str, str, str]] = []

    def add(self, service: str, operation: str, kind: str, times: int = 1, **options: Any) -> Fault:
        """Order `times` failures (0 or less: until cleared).

        Options: `code`, `status`, `description` of `error`; `seconds` of `timeout_*` (default 30) and `late`.
        Raises ValueError for an unknown service or kind.
        """
        if service not in SERVICES:
            raise ValueError(f"unknown service {service!r}; known: {', '.join(SERVICES)}")
        if kind not in PHASES:
            raise ValueError(f"unknown kind {kind!r}; known: {', '.join(PHASES)}")
        fault = Fault(
            id=next(self._ids),
            service=service,
            operation=operation,
            kind=kind,
            left=times or -1,
            options=options,
        )
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, service: str, operation: str, phase: Phase) -> Fault | None:
        """The first fault that matches, used up by one; None when nothing shall fail here."""
        with self._lock:
            for fault in self._faults:
                if fault.service == service and PHASES[fault.kind] == phase and _matches(fault, operation):
                    self._use(fault)
                    self.taken.append((service, operation, fault.kind))
                    return fault
        return None

    def remove(self, fault_id: int) -> bool:
        """Forget one fault; False when there is none with this id."""
        with self._lock:
            kept = [fault for fault in self._faults if fault.id != fault_id]
            found = len(kept) != len(self._faults)
            self._faults = kept
        return found

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._faults = []

    def list(self) -> list[Fault]:
        """What is still ordered, oldest first."""
        with self._lock:
            return [*self._faults]

    def _use(self, fault: Fault) -> None:
        if fault.left < 0:
            return
        fault.left -= 1
        if fault.left == 0:
            self._faults.remove(fault)


def _matches(fault: Fault, operation: str) -> bool:
    return fnmatch.fnmatchcase(operation.lower(), fault.operation.lower())
