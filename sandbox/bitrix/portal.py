"""One portal: its people, CRM, applications and switches."""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.world import World


class _Events:
    def start(self) -> None:
        """Nothing to deliver yet."""

    def stop(self) -> None:
        """Nothing to deliver yet."""


class Portal:
    """State of one portal. `lock` guards everything; hold it while reading several things that belong together."""

    def __init__(self, world: "World", number: int, title: str, simple_crm: bool = False) -> None:
        self.world = world
        self.number = number
        self.title = title
        self.member_id = f"{number:032x}"
        self.url = ""
        self.lock = threading.RLock()
        self.simple_crm = simple_crm
        self.events = _Events()
