"""Many dialogs at once through open lines, and whether every message arrived once and in order on both sides."""

import random
from collections import Counter as Tally
from dataclasses import dataclass

from tests.support.counter import Counter

LATE_READ = 310.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`dialogs` of `each` messages each way; of the callbacks a share is doubled or lost, the rest shuffled."""

    dialogs: int
    each: int = 10
    doubled: float = 0.3
    lost: float = 0.02
    seed: int = 20_260_504

    @property
    def messages(self) -> int:
        return self.dialogs * self.each


def clients_write(house: Counter, load: Load) -> list[int]:
    """Clients write, UIS tells of it in any order; what never came is made good by the reports. Ids of the chats."""
    chance = random.Random(load.seed)
    house.uis.hold()
    chats = [house.uis.visitor_starts_chat(name=f"Клиент {_letters(at)}").id for at in range(load.dialogs)]
    for number in range(load.each):
        house.world.clock.advance(1)  # dates of messages in a line are whole seconds
        for chat_id in chats:
            house.uis.visitor_writes(chat_id, f"in {number}")
    count = sum(delivery.outcome == "held" for delivery in house.uis.courier.deliveries)
    order = [at for at in range(count) if chance.random() >= load.lost]
    order += [at for at in order if chance.random() < load.doubled]
    chance.shuffle(order)
    house.uis.release(order)
    return chats


def operators_answer(house: Counter, load: Load) -> None:
    """Operators answer in every dialog; events of the portal are doubled and overtake each other."""
    for kind in ("duplicate", "shuffle"):
        house.world.faults.add("event", "ONIMCONNECTORMESSAGEADD", kind, int(load.messages * load.doubled))
    lines = house.portal.open_lines
    for number in range(load.each):
        for dialog in list(lines.dialogs.values()):
            with house.portal.lock:
                lines.enter(dialog.id, 1)
                lines.operator_says(dialog.id, 1, f"out {number}")


def faults_of_lines(house: Counter, load: Load) -> list[str]:
    """What is wrong in the dialogs of the portal: every message once, in the order in which it was written."""
    wrong = []
    wanted = [f"in {number}" for number in range(load.each)]
    if len(house.portal.open_lines.dialogs) != load.dialogs:
        wrong.append(f"{len(house.portal.open_lines.dialogs)} dialogs")
    for dialog in house.portal.open_lines.dialogs.values():
        rows = [row for row in dialog.messages.values() if row.direction == "client"]
        said = [row.text for row in sorted(rows, key=lambda row: row.created)]
        if said != wanted:
            wrong.append(f"dialog {dialog.id}: {said}")
    return wrong


def overtaken(house: Counter) -> int:
    """Messages of clients that arrived in their dialog after one that was written later."""
    count = 0
    for dialog in house.portal.open_lines.dialogs.values():
        latest = 0.0
        for row in dialog.messages.values():
            if row.direction == "client":
                count += row.created < latest
                latest = max(latest, row.created)
    return count


def faults_of_clients(house: Counter, load: Load) -> list[str]:
    """The same at the clients, in the order in which they got it."""
    wanted = [f"out {number}" for number in range(load.each)]
    wrong = []
    for chat in house.uis.chats.values():
        said = [row.text for row in chat.messages if row.source == "operator"]
        if said != wanted:
            wrong.append(f"chat {chat.id}: {said}")
    return wrong


def messages_per_request(house: Counter, load: Load) -> float:
    """How many messages an imconnector.send.messages carried, in a request of its own or inside of a batch."""
    calls = Tally(name for log in house.portal.requests for name in (log.method, *log.commands))
    return load.messages / max(1, calls["imconnector.send.messages"])


def _letters(number: int) -> str:
    """A name of letters alone: digits are refused."""
    return "".join(chr(ord("а") + int(digit)) for digit in str(number)).capitalize()
