"""Open lines and CRM of one portal as analytics sees them.

Bitrix24: tutorials/openlines/find-crm-object-by-dialog, imopenlines/openlines/chats/imopenlines-crm-chat-get,
sessions/imopenlines-session-history-get. Ask for a transcript by its session: by chat alone it is the last one.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.domain.crm import ENTITY_TYPE_ID, Kind
from app.domain.dialogs import Client, EntityRef, Found, Transcript, UserCode
from app.pipeline.analytics.sides import Cards, Listed, Looked, Unreadable
from bitrix_app.analytics import sessions
from bitrix_app.analytics.clients import read_clients
from bitrix_app.analytics.transcripts import transcript
from bitrix_app.client import PortalClient
from bitrix_app.encoding import command
from bitrix_app.errors import BitrixError
from bitrix_app.execute import away
from bitrix_app.manifest import CONNECTOR_ID
from bitrix_app.read_many import read_many
from bitrix_app.values import mapping, number, rows

PAGES = 4
HISTORIES = 15
"""Transcripts of one batch: the longest make seconds each, and a batch has a minute."""
CLOSED_PAGE = 50
INVOICE = 31
GONE = frozenset({"NOT_FOUND", "ACCESS_DENIED", "ERROR_CORE", "CRM_CHAT_EMPTY_CRM_DATA"})
NO_TRANSCRIPT = frozenset({"ACCESS_DENIED", "INVALID_SESSION_ID", "ACCESS_ERROR"})
# The old methods say "Not found" without a code.
NO_INVOICES = GONE | {"UNKNOWN", "ERROR_METHOD_NOT_FOUND", "ENTITY_TYPE_NOT_SUPPORTED"}

Listen = Callable[[PortalClient, Sequence[str]], None]


class BitrixLines:
    """See `app.pipeline.analytics.sides.Lines`. `listen`: makes the portal's event handlers match."""

    own_connectors: Collection[str] = frozenset({CONNECTOR_ID})

    def __init__(self, client: PortalClient, listen: Listen) -> None:
        self._client = client
        self._listen = listen

    def listen(self, events: Sequence[str]) -> None:
        try:
            self._listen(self._client, events)
        except BitrixError as error:
            raise away(error) from None

    def dialogs_of(self, entities: Sequence[EntityRef]) -> list[Looked]:
        deals = self._deals([one.id for one in entities if one.kind == "invoice"])
        asked = [_card(one, deals) for one in entities]
        commands = {
            f"{what}{place}": text
            for place, card in enumerate(asked)
            if card is not None
            for what, text in _questions(card).items()
        }
        answers = read_many(self._client, commands, gone=GONE) if commands else {}
        chats = self._last_sessions({place: _uncovered(place, answers) for place in range(len(asked))})
        return [_looked(card, place, answers, chats.get(place, [])) for place, card in enumerate(asked)]

    def sessions_since(self, after: int, since: datetime) -> Listed:
        commands = {str(page): sessions.since(after, since, page * sessions.PAGE) for page in range(PAGES)}
        answers = read_many(self._client, commands)
        pages = [answers.get(str(page)) or [] for page in range(PAGES)]
        found = [one for page in pages for one in sessions.found(page)]
        second = since.replace(microsecond=0)  # the portal tells whole seconds
        young = [one for one in found if one.started_at is None or one.started_at >= second]
        last = max((one.activity_id for one in found), default=after)
        return Listed(tuple(young), last, more=len(pages[-1]) >= sessions.PAGE and last > after)

    def finished(self, session_ids: Sequence[int]) -> set[int]:
        commands = {
            str(start): sessions.closed(session_ids[start : start + CLOSED_PAGE])
            for start in range(0, len(session_ids), CLOSED_PAGE)
        }
        answers = read_many(self._client, commands)
        closed = {
            one.session_id for answer in answers.values() for one in sessions.found(answer) if one.finished
        }
        return closed & set(session_ids)

    def transcripts(self, session_ids: Sequence[int]) -> list[Transcript | Unreadable]:
        commands = {str(one): _history("SESSION_ID", one) for one in session_ids}
        answers = read_many(self._client, commands, HISTORIES, NO_TRANSCRIPT)
        told = (transcript(answers.get(str(one)), one) for one in session_ids)
        # An answer about another session would put words into the wrong mouth.
        return [
            found if found is not None and found.session_id == asked else Unreadable("ACCESS_DENIED")
            for asked, found in zip(session_ids, told, strict=True)
        ]

    def clients(self, cards: Sequence[Cards]) -> list[Client]:
        return read_clients(self._client, cards)

    def _deals(self, invoices: Sequence[int]) -> dict[int, int]:
        """The deal of each invoice: of an old one by its field, of a new one by its parent."""
        commands = {f"old{one}": command("crm.invoice.get", {"id": one}) for one in invoices}
        commands |= {
            f"new{one}": command("crm.item.get", {"entityTypeId": INVOICE, "id": one}) for one in invoices
        }
        answers = read_many(self._client, commands, gone=NO_INVOICES) if commands else {}
        found = {}
        for one in invoices:
            old = number(mapping(answers.get(f"old{one}")).get("UF_DEAL_ID"))
            found[one] = old or number(_item(answers.get(f"new{one}")).get("parentId2"))
        return found

    def _last_sessions(self, wanted: Mapping[int, Sequence[dict[str, Any]]]) -> dict[int, list[Found]]:
        """The last session of chats that no activity tells of, by place."""
        places = {
            f"{place}_{order}": (place, params)
            for place, all_ in wanted.items()
            for order, params in enumerate(all_)
        }
        commands = {key: command(*_last(params)) for key, (_, params) in places.items()}
        answers = read_many(self._client, commands, HISTORIES, NO_TRANSCRIPT) if commands else {}
        found: dict[int, list[Found]] = {}
        for key, (place, _) in places.items():
            one = _from_history(answers.get(key)) or _from_dialog(answers.get(key))
            if one is not None:
                found.setdefault(place, []).append(one)
        return found


def _card(entity: EntityRef, deals: Mapping[int, int]) -> tuple[Kind, int] | None:
    """The card of an entity; None for an invoice without a deal."""
    if entity.kind != "invoice":
        return Kind(entity.kind), entity.id
    return (Kind.DEAL, deals[entity.id]) if deals.get(entity.id) else None


def _questions(card: tuple[Kind, int]) -> dict[str, str]:
    kind, item = card
    chats = {"CRM_ENTITY_TYPE": str(kind), "CRM_ENTITY": item, "ACTIVE_ONLY": "N"}
    return {
        "item": command("crm.item.get", {"entityTypeId": ENTITY_TYPE_ID[kind], "id": item}),
        "sessions": sessions.of_card(kind, item),
        "chats": command("imopenlines.crm.chat.get", chats),
    }


def _history(name: str, value: int) -> str:
    return command("imopenlines.session.history.get", {name: value})


def _last(params: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    by_code = "USER_CODE" in params
    return ("imopenlines.dialog.get" if by_code else "imopenlines.session.history.get"), params


def _uncovered(place: int, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Chats of a card beside those of its activities; of a lead that has neither, the one of its messenger field."""
    known = {one.user_code for one in sessions.found(answers.get(f"sessions{place}"))}
    chats = [row for row in rows(answers.get(f"chats{place}")) if row.get("CONNECTOR_ID") != CONNECTOR_ID]
    if len(chats) > len(known):
        return [{"CHAT_ID": number(row.get("CHAT_ID"))} for row in chats if number(row.get("CHAT_ID"))]
    code = str(_item(answers.get(f"item{place}")).get("imol") or "").removeprefix("imol|")
    return [{"USER_CODE": code}] if not known and UserCode.read(code) else []


def _looked(
    card: tuple[Kind, int] | None, place: int, answers: Mapping[str, Any], chats: Sequence[Found]
) -> Looked:
    if card is None:
        return Looked("no_deal")
    found = {one.session_id: one for one in [*chats, *sessions.found(answers.get(f"sessions{place}"))]}
    if found:
        return Looked("found", tuple(_tied(one, card) for one in found.values()))
    return Looked("no_dialog" if _item(answers.get(f"item{place}")) else "no_entity")


def _tied(found: Found, card: tuple[Kind, int]) -> Found:
    return Found(
        session_id=found.session_id, user_code=found.user_code, started_at=found.started_at,
        finished=found.finished, crm={**found.crm, card[0]: card[1]},
    )  # fmt: skip


def _from_history(answer: Any) -> Found | None:
    told = transcript(answer)
    if told is None:
        return None
    started = min((said.at for said in told.said), default=None)
    return Found(session_id=told.session_id, user_code=told.user_code, started_at=started, crm=told.crm)


def _from_dialog(answer: Any) -> Found | None:
    """The sixth part of `entity_data_1` is the session (Bitrix24: imopenlines.dialog.get)."""
    row = mapping(answer)
    parts = str(row.get("entity_data_1") or "").split("|")
    session_id = number(parts[5]) if len(parts) > 5 else 0
    return Found(session_id=session_id, user_code=str(row.get("entity_id") or "")) if session_id else None


def _item(answer: Any) -> dict[str, Any]:
    return mapping(mapping(answer).get("item"))
