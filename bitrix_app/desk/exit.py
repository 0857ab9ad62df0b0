"""The way out to the CRM and the people of a portal: see `app.pipeline.letters.exits.ExitSide`."""

from collections.abc import Mapping, Sequence

from app.base.portal_links import app_link
from app.domain.card import packed
from app.domain.mail import Delivered, Delivery, Kind, Letter
from app.domain.plan import Retry, Unknown
from app.pipeline.crm_side import CrmAway
from app.pipeline.letters.exits import ExitAway
from app.storage.database import reading
from app.storage.models import Conversation, Installation
from bitrix_app.batch import BatchAnswer
from bitrix_app.crm import BitrixCrm
from bitrix_app.desk.calls import call_of, pack, reference, search
from bitrix_app.desk.cards import read_card
from bitrix_app.encoding import command
from bitrix_app.errors import BitrixError, NoAnswer, Rejected
from bitrix_app.find import CARD_GONE, last_line
from bitrix_app.read_many import read_many
from bitrix_app.refusals import AGAIN_S, away, lost, of_error

NEEDLESS = Delivered({"needless": True})


class PortalExit:
    """One portal."""

    looks_up = True

    def __init__(self, crm: BitrixCrm) -> None:
        self.crm = crm
        self.client = crm.client
        self.services = crm.client.services

    def pack(self, runs: Sequence[Sequence[Letter]]) -> list[list[Letter]]:
        return pack(runs)

    def reserve(self, timeout: float) -> bool:
        return self.crm.reserve(timeout)

    def send(self, group: Sequence[Letter]) -> list[Delivery]:
        """One request for the group. A reminder that nobody needs any more is not sent."""
        if group[0].kind == Kind.ROBOT:
            return [self._read_card(group[0])]
        needless = self._answered([letter for letter in group if letter.kind == Kind.REMIND])
        going = [letter for letter in group if letter.id not in needless]
        found = self._carry(going) if going else {}
        return [found.get(letter.id, NEEDLESS) for letter in group]

    def look_up(self, letters: Sequence[Letter]) -> list[Delivery]:
        """Notes are found by their reference line, and sent again where they are not; nothing else can be found."""
        notes = {f"n{letter.id}": letter for letter in letters if letter.kind == Kind.NOTE}
        try:
            commands = {key: search(letter) for key, letter in notes.items()}
            rows = read_many(self.client, commands, gone=CARD_GONE) if commands else {}
        except CrmAway as error:
            raise ExitAway(error.reason, error.after, parked=error.parked) from None
        return [_verdict(letter, rows.get(f"n{letter.id}")) for letter in letters]

    def _read_card(self, letter: Letter) -> Delivery:
        """Whom a robot wants to write to; what is to be done is decided when that is recorded."""
        wanted = letter.body["card"]
        try:
            card = read_card(self.client, wanted["type"], wanted["id"], reserved=True)
        except NoAnswer as error:
            return Retry(AGAIN_S, error.reason)
        except BitrixError as error:
            raise away(error) from None
        return Delivered({"card": packed(card) if card else None})

    def _answered(self, letters: Sequence[Letter]) -> set[int]:
        """Reminders of conversations that were answered meanwhile."""
        if not letters:
            return set()
        with self.services.sessions() as session:
            session = reading(session)
            chats = {letter.id: session.get(Conversation, letter.body["chat"]) for letter in letters}
        return {number for number, chat in chats.items() if chat is None or chat.waits_since is None}

    def _carry(self, group: Sequence[Letter]) -> Mapping[int, Delivery]:
        """Deliveries by letter. Raises ExitAway when certainly nothing was done."""
        calls = {f"c{letter.id}": call_of(letter, self._link(letter)) for letter in group}
        try:
            answer = self.client.batch(
                {key: command(method, params) for key, (method, params) in calls.items()}, reserved=True
            )
        except NoAnswer as error:
            if not error.sent:
                raise away(error) from None
            return {letter.id: lost(letter, error.reason) for letter in group}
        except BitrixError as error:
            raise away(error) from None
        return {letter.id: _delivery(letter, answer, calls[f"c{letter.id}"][0]) for letter in group}

    def _link(self, letter: Letter) -> str:
        if letter.kind != Kind.REMIND:
            return ""
        with self.services.sessions() as session:
            portal = reading(session).get_one(Installation, self.client.installation_id).portal_url
        return app_link(portal, self.services.config.link_code, "chat", letter.body["chat"])


def _delivery(letter: Letter, answer: BatchAnswer, method: str) -> Delivery:
    key = f"c{letter.id}"
    if key in answer.results:
        return Delivered()
    if key not in answer.errors:
        return lost(letter, "no answer for this call")
    error = answer.errors[key].meaning(method)
    if letter.kind == Kind.RESULT and isinstance(error, Rejected) and error.code.lower() == "access_denied":
        return NEEDLESS  # the robot has its result, or does not wait any more: a token works once
    return of_error(letter, error)


def _verdict(letter: Letter, rows: object) -> Delivery:
    if letter.kind != Kind.NOTE:
        return Unknown("nothing tells whether it arrived")
    line = reference(letter)
    found = rows if isinstance(rows, list) else []
    there = any(isinstance(row, Mapping) and last_line(row.get("COMMENT")) == line for row in found)
    return Delivered() if there else Retry(0.0, "not found by its reference line: sent again")
