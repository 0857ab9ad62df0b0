"""Folding: recorded events become the state of conversations. Pure of HTTP; one transaction for many rows.

Events of a conversation come in any order, twice, or from callbacks and reports alike; whatever the order, the
state that they are folded into is the same: a message is known by its id, a later state wins, and what is
known is never replaced by nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import Any

from sqlalchemy.orm import Session

from app.domain.card import card_key
from app.domain.events import (
    ChatAssigned,
    ChatCarded,
    ChatClosed,
    ChatEvent,
    ChatReported,
    ChatStarted,
    ConversationEvent,
    MessageSeen,
    MessageStatus,
    RequestReported,
    VisitorCard,
)
from app.pipeline.desk import standing
from app.pipeline.fold_messages import MessageBook
from app.pipeline.request_messages import REQUEST_ANSWER, REQUEST_TEXT, spoken_in
from app.rules.questions import keys_in
from app.rules.search_words import words_of
from app.storage.models import Conversation, Visitor
from app.storage.queries import conversations, news, search_words

TELLS_VISITOR = VisitorCard | ChatStarted | ChatReported | RequestReported


class Folder:
    """Folds one portal's events of one round. `channels`: adapter's channel id -> (id, name, type).

    `own_numbers`: those of the account's own channels, which are never a client's.
    """

    def __init__(
        self, session: Session, installation_id: int, account: str,
        channels: dict[int, tuple[int, str, str]], now: datetime, own_numbers: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self.session = session
        self.installation_id = installation_id
        self.account = account
        self.channels = channels
        self.now = now
        self.came = now  # when the event that is being folded was accepted
        self.own_numbers = own_numbers
        self.chats: dict[int, Conversation] = {}
        self.requests: dict[int, Conversation] = {}
        self.visitors: dict[int, Visitor] = {}
        self.learned: set[Conversation] = set()
        self.news: set[Conversation] = set()
        self.closed: list[Conversation] = []
        self.waiting: list[Conversation] = []  # whose clients wrote and have no answer since
        self.begun: dict[int, Conversation] = {}  # by letter of ours
        self.book = MessageBook(session)

    @property
    def heard(self) -> bool:
        """Whether anything was said, closed or delivered in this round."""
        return bool(self.book.changed or self.book.told or self.closed)

    def fold(self, events: Sequence[ConversationEvent | ChatCarded], came: Sequence[datetime] = ()) -> None:
        """Fold events in the order of their arrival. `came`: when each was accepted, which pauses count from."""
        times = came or [self.now] * len(events)
        self.came = min(times, default=self.now)
        self._load(events)
        for event, self.came in zip(events, times, strict=True):
            if isinstance(event, VisitorCard):
                self._card(event)
            elif isinstance(event, RequestReported):
                self._request(self.requests[event.request_id], event)
            else:
                self._chat_event(event)
        self.book.store()
        self._keep_words()

    def _keep_words(self) -> None:
        """Whoever was learned of, and what was said in chats, can be found."""
        if self.learned:
            self.session.flush()
            words = {chat.id: words_of(chat.facts) for chat in self.learned}
            search_words.keep(self.session, self.installation_id, words)
        chats = {chat.id for chat in self.chats.values()}
        search_words.keep_said(self.session, self.installation_id, self.book.words(chats))

    def keep_keys(self) -> None:
        """By them the card of a client finds its conversations, whether or not anything is made of these."""
        if self.learned:
            self.session.flush()
            keys = {
                chat.id: keys_in(chat.facts, chat.visitor_id, chat.person_id, self.own_numbers)
                | _card_keys(chat)
                for chat in self.learned
            }
            conversations.keep_keys(self.session, self.installation_id, keys)

    def tell(self) -> None:
        """Whoever looks at one of them is to see it after the commit. Locks a row that is locked last."""
        if self.news:
            version = news.next_version(self.session, self.installation_id)
            for chat in self.news:
                chat.news = version

    def _load(self, events: Sequence[ConversationEvent | ChatCarded]) -> None:
        self.chats = self._rows("chat", {e.chat_id for e in events if isinstance(e, ChatEvent | ChatCarded)})
        self.requests = self._rows(
            "offline", {e.request_id for e in events if isinstance(e, RequestReported)}
        )
        self.session.flush()
        known = {event.visitor_id for event in events if isinstance(event, TELLS_VISITOR)} - {None}
        self.visitors = conversations.cards(self.session, self.installation_id, [v for v in known if v])
        seen = [event for event in events if isinstance(event, MessageSeen | MessageStatus)]
        said = {(self.chats[event.chat_id].id, event.message_id) for event in seen}
        asked = product([row.id for row in self.requests.values()], (REQUEST_TEXT, REQUEST_ANSWER))
        self.book.load(said.union(asked))

    def _rows(self, kind: str, source_ids: set[int]) -> dict[int, Conversation]:
        if not source_ids:
            return {}
        rows = conversations.by_source(self.session, self.installation_id, kind, source_ids)
        for source_id in sorted(source_ids - rows.keys()):
            rows[source_id] = self._new(kind, source_id)
        return rows

    def _new(self, kind: str, source_id: int) -> Conversation:
        row = Conversation(
            installation_id=self.installation_id, kind=kind, source_id=source_id, account=self.account,
            facts={}, ledger={}, state="waiting", created_at=self.came, updated_at=self.came, last_at=self.now,
            changed=0, decided=-1, attempts=0,
        )  # fmt: skip
        self.session.add(row)
        return row

    def _chat_event(self, event: ChatEvent | ChatCarded) -> None:
        chat = self.chats[event.chat_id]
        changed = True
        if isinstance(event, ChatStarted):
            self._started(chat, event)
        elif isinstance(event, ChatAssigned):
            changed = self._assign(chat, event.operator_id)
        elif isinstance(event, ChatClosed):
            changed = self._close(chat, event.reason, event.operator_id)
        elif isinstance(event, MessageSeen):
            changed = self.book.seen(chat.id, event, self.now)
            if event.source == "operator":  # a chat that nobody has is his who answers in it
                changed = self._assign(chat, event.operator_id, only_if_empty=True) or changed
            waited = chat.waits_since
            if standing.hear(self.book, chat, event, self.now):
                self.news.add(chat)
            if waited is None and chat.waits_since is not None:
                self.waiting.append(chat)
        elif isinstance(event, MessageStatus):
            if self.book.status(chat.id, event, self.now):
                self.news.add(chat)
            changed = False  # a delivery state decides nothing
        elif isinstance(event, ChatReported):
            changed = self._reported(chat, event)
        elif isinstance(event, ChatCarded):
            changed = self._carded(chat, event)
        if isinstance(event, MessageSeen | ChatAssigned | ChatClosed):
            self._channel(chat, event.channel_id)
        if changed:
            self._touch(chat)

    def _touch(self, chat: Conversation) -> None:
        chat.changed += 1
        chat.updated_at = max(chat.updated_at, self.came)
        self.news.add(chat)
        if chat.state != "failed":  # a failed one waits for a person, who finds it up to date
            chat.due_at = self.now
            chat.state = "waiting"

    def _started(self, chat: Conversation, event: ChatStarted) -> None:
        chat.started_at = event.created_at
        standing.begin(chat, event.created_at)
        chat.initiator = event.initiator or chat.initiator
        self._assign(chat, event.operator_id, only_if_empty=True)
        self._channel(chat, event.channel_id)
        self._learn(
            chat,
            {
                "visitor": {"id": event.visitor_id, "phone_number": event.visitor_phone},
                "chat": {"initiator": event.initiator, "date_time": event.created_at.isoformat()},
            },
        )
        self._tie_visitor(chat, event.visitor_id)

    def _assign(self, chat: Conversation, operator_id: int | None, *, only_if_empty: bool = False) -> bool:
        if not operator_id or operator_id == chat.operator_id or (only_if_empty and chat.operator_id):
            return False
        chat.operator_id = operator_id
        self._learn(chat, {"employee": {"id": operator_id}})
        return True

    def _close(self, chat: Conversation, reason: str | None, operator_id: int | None) -> bool:
        self._assign(chat, operator_id, only_if_empty=True)
        if chat.closed_at is not None:
            return False
        chat.closed_at, chat.close_reason = self.came, reason
        standing.close(chat)
        self.closed.append(chat)
        self._learn(chat, {"chat": {"release_cause": reason}})
        return True

    def _reported(self, chat: Conversation, event: ChatReported) -> bool:
        """A row of the report: what it knows beside the callbacks; news only when something differs."""
        before = (dict(chat.facts), chat.started_at, chat.operator_id, chat.closed_at, chat.reported_at)
        chat.reported_at = chat.reported_at or self.now
        chat.started_at = chat.started_at or event.started_at
        standing.begin(chat, chat.started_at)
        self._tie_person(chat, event.person_id)
        self._channel(chat, event.channel_id)
        # A row comes only when it changed: one that was overtaken by a callback is put right by the next.
        self._assign(chat, event.operator_id)
        self._learn(chat, event.facts)
        self._tie_visitor(chat, event.visitor_id)
        if event.closed:
            self._close(chat, event.close_reason, event.operator_id)
        return before != (chat.facts, chat.started_at, chat.operator_id, chat.closed_at, chat.reported_at)

    def _request(self, row: Conversation, event: RequestReported) -> None:
        """A row of the report of requests. Processed is to a request what its close is to a chat."""
        before = (dict(row.facts), row.operator_id, row.closed_at)
        row.reported_at, row.started_at = row.reported_at or self.now, event.created_at
        standing.begin(row, event.created_at)
        self._tie_person(row, event.person_id)
        self._assign(row, event.employee_id)
        self._learn(row, event.facts)
        self._tie_visitor(row, event.visitor_id)
        if event.processed_at is not None and row.closed_at is None:
            row.closed_at, row.close_reason = event.processed_at, "processed"
        said = [self.book.seen(row.id, message, self.now) for message in spoken_in(event)]
        if any(said) or before != (row.facts, row.operator_id, row.closed_at):
            self._touch(row)

    def _tie_visitor(self, chat: Conversation, visitor_id: int | None) -> None:
        if visitor_id is None:
            return
        if chat.visitor_id != visitor_id:
            chat.visitor_id = visitor_id
            self.learned.add(chat)
        card = self.visitors.get(visitor_id)
        if card is not None:
            self._learn(chat, {"visitor": card.card})

    def _carded(self, chat: Conversation, event: ChatCarded) -> bool:
        self.begun[event.letter_id] = chat
        if event.card is None or chat.card == event.card:
            return False
        self.put_in_card(chat, event.card)
        return True

    def put_in_card(self, chat: Conversation, card: dict[str, Any]) -> None:
        """It belongs to this card of the CRM, and is found by it."""
        chat.card = card
        self.learned.add(chat)

    def _tie_person(self, chat: Conversation, person_id: int | None) -> None:
        if person_id and chat.person_id != person_id:
            chat.person_id = person_id
            self.learned.add(chat)

    def _channel(self, chat: Conversation, channel_id: int | None) -> None:
        if channel_id is None or chat.channel_id is not None:
            return
        number, name, kind = self.channels.get(channel_id, (channel_id, None, None))
        chat.channel_id = number
        self._learn(chat, {"chat": {"channel_id": number, "channel_name": name, "channel_type": kind}})

    def _card(self, event: VisitorCard) -> None:
        card = {
            "name": event.name, "company": event.company, "comment": event.comment,
            "phones": list(event.phones), "emails": list(event.emails),
            "phone_number": next(iter(event.phones), None), "email": next(iter(event.emails), None),
        }  # fmt: skip
        card = {name: value for name, value in card.items() if value}
        row = self.visitors.get(event.visitor_id)
        if row is None:
            row = Visitor(installation_id=self.installation_id, visitor_id=event.visitor_id, card={})
            self.session.add(row)
            self.visitors[event.visitor_id] = row
        row.card = row.card | card
        self.session.flush()
        for chat in conversations.of_visitors(self.session, self.installation_id, [event.visitor_id]):
            if self._learn(chat, {"visitor": card}):
                self._touch(chat)

    def _learn(self, chat: Conversation, facts: dict[str, Any]) -> bool:
        """Merge facts; empty values replace nothing. The phone first heard stays the main one."""
        merged = {group: dict(held) if isinstance(held, dict) else held for group, held in chat.facts.items()}
        for group, values in facts.items():
            _merge(merged, group, values)
        if merged == chat.facts:
            return False
        if merged.get("visitor") != chat.facts.get("visitor"):
            self.learned.add(chat)
        chat.facts = merged
        return True


def _card_keys(chat: Conversation) -> frozenset[str]:
    card = chat.card or {}
    rows = [row for row in (card, card.get("client")) if row]
    return frozenset(card_key(str(row["type"]), int(row["id"])) for row in rows)


KEEPS_FIRST = {"phone_number", "email"}


def _merge(facts: dict[str, Any], group: str, values: Any) -> None:
    if not isinstance(values, dict):
        facts[group] = values if values not in (None, [], "") else facts.get(group)
        return
    held = facts.setdefault(group, {})
    for name, value in values.items():
        if value in (None, "", [], {}) or (name in KEEPS_FIRST and held.get(name)):
            continue
        held[name] = value
