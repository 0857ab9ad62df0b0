"""The CRM tracker of a line: finds the client, makes the lead or deal, keeps the activity of the session.

It is what doubles cards when an application makes its own. The pages describe its settings in a word each; the rest
is what applications meet: a client is found by the messenger's address, phone or e-mail, a lead only when it is the one
open lead with them; a known client gets a repeat lead unless `CRM_CREATE_SECOND` is "N".
Bitrix24: imopenlines-config-add, tutorials/openlines/find-crm-object-by-dialog.
"""

import re
from typing import TYPE_CHECKING, Any

from sandbox.bitrix.crm import communications
from sandbox.bitrix.crm.activities import blank
from sandbox.bitrix.crm.dictionaries import Status
from sandbox.bitrix.crm.fields import COMPANY, CONTACT, DEAL, LEAD
from sandbox.bitrix.lines import settings
from sandbox.bitrix.lines.model import Dialog, LineMessage, Session

if TYPE_CHECKING:
    from sandbox.bitrix.crm.store import Item
    from sandbox.bitrix.lines.store import LinesStore

PROVIDER = "IMOPENLINES_SESSION"
OWNERS = (DEAL, LEAD, CONTACT, COMPANY)
NAMES = {LEAD: "LEAD", DEAL: "DEAL", CONTACT: "CONTACT", COMPANY: "COMPANY"}
PATHS = {LEAD: "lead", DEAL: "deal", CONTACT: "contact", COMPANY: "company"}
_PHONE = re.compile(r"(?<![\w+])\+?\d[\d ()-]{8,18}\d(?!\w)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+\w")


def track(lines: "LinesStore", dialog: Dialog, message: LineMessage) -> int | None:
    """Tie the session of a client's message to the CRM; returns the responsible of a card that was found, if any."""
    line, session = lines.line_of(dialog), dialog.sessions[-1]
    if not settings.on(line, "CRM") or lines.connector_of(dialog).flag("CHAT_GROUP", False):
        return None
    if settings.on(line, "CRM_CHAT_TRACKER"):
        _read_contacts(dialog, message.text)
    if session.activity_id is not None:
        _complete(lines, dialog)
        if lines.switches.repeat_leads == "message" and settings.repeats(line):
            _repeat(lines, dialog, session)
        return None
    found = _search(lines, dialog)
    dialog.crm = {kind: item.id for kind, item in found.items()}
    if settings.value(line, "CRM_CREATE") != "none":
        _create(lines, dialog, session, found)
    if not dialog.crm:
        return None
    _complete(lines, dialog)
    _add_activity(lines, dialog, session)
    return next((int(item.fields["assignedById"]) for item in found.values()), None)


def close(lines: "LinesStore", session: Session) -> None:
    """The session is over: its activity is done."""
    crm = lines.portal.crm
    entry = crm.timeline.activities.get(session.activity_id or 0)
    if entry is not None:
        now = lines.portal.iso()
        entry.fields |= {"COMPLETED": "Y", "STATUS": "2", "END_TIME": now, "LAST_UPDATED": now}
        lines.portal.events.emit("ONCRMACTIVITYUPDATE", {"FIELDS": {"ID": entry.id}}, None)


def reassign(lines: "LinesStore", dialog: Dialog, user_id: int) -> None:
    """A transfer changes the responsible of the tied lead and deal when the line says so."""
    if settings.on(lines.line_of(dialog), "CRM_TRANSFER_CHANGE"):
        for kind in (LEAD, DEAL):
            if dialog.crm.get(kind) in lines.portal.crm.items[kind]:
                lines.portal.crm.update(kind, dialog.crm[kind], {"assignedById": user_id}, None)


def make_lead(lines: "LinesStore", dialog: Dialog, user_id: int) -> bool:
    """A lead out of the dialog by an operator's order; False when one is tied to it already."""
    if dialog.crm.get(LEAD) in lines.portal.crm.items[LEAD]:
        return False
    session = dialog.sessions[-1]
    dialog.crm[LEAD] = _add_lead(lines, dialog, {}).id
    if session.activity_id is None:
        _add_activity(lines, dialog, session)
    else:
        entry = lines.portal.crm.timeline.activities[session.activity_id]
        lines.portal.crm.timeline.bind(entry, (LEAD, dialog.crm[LEAD]))
    return True


def entity_data(dialog: Dialog) -> tuple[str, str]:
    """`entity_data_1` (its sixth part is the session) and `entity_data_2` (Bitrix24: imopenlines.dialog.get)."""
    primary = next((kind for kind in (LEAD, DEAL, COMPANY, CONTACT) if kind in dialog.crm), None)
    head = f"Y|{NAMES[primary]}|{dialog.crm[primary]}" if primary else "N|NONE|0"
    session = dialog.sessions[-1] if dialog.sessions else None
    last = f"{session.id}|{int(session.started)}" if session else "0|0"
    cards = "|".join(f"{NAMES[kind]}|{dialog.crm.get(kind, 0)}" for kind in (LEAD, COMPANY, CONTACT, DEAL))
    return f"{head}|N|N|{last}|0|0|0", cards


def _search(lines: "LinesStore", dialog: Dialog) -> dict[int, "Item"]:
    """The client's cards: contact, company, open deal of the contact, the one open lead."""
    crm, guest = lines.portal.crm, dialog.guest
    keys = [("IM", dialog.imol), ("PHONE", guest.phone), ("EMAIL", guest.email)]
    hits = {
        (item.entity_type, item.id): item
        for kind, value in keys
        if value
        for item in crm.by_communication(kind, value)
    }
    found = {}
    for kind in (CONTACT, COMPANY):
        rows = [item for (entity_type, _), item in sorted(hits.items()) if entity_type == kind]
        if rows:
            found[kind] = rows[0]
    if CONTACT in found:
        deals = [item for item in crm.items[DEAL].values() if item.fields["contactId"] == found[CONTACT].id]
        opened = [item for item in deals if item.fields["stageSemanticId"] == "P"]
        found |= {DEAL: opened[-1]} if opened else {}
    leads = [item for item in hits.values() if item.entity_type == LEAD]
    leads = [item for item in leads if item.fields["stageSemanticId"] == "P"]
    return found | ({LEAD: leads[0]} if len(leads) == 1 else {})


def _create(lines: "LinesStore", dialog: Dialog, session: Session, found: dict[int, "Item"]) -> None:
    line, crm = lines.line_of(dialog), lines.portal.crm
    wants_deal = crm.simple or settings.value(line, "CRM_CREATE") == "deal"
    known = CONTACT in found or COMPANY in found
    if known and settings.repeats(line):
        _repeat(lines, dialog, session)
    elif not known and LEAD not in found and not wants_deal:
        dialog.crm[LEAD] = _add_lead(lines, dialog, {}).id
    elif not known and LEAD not in found:
        contact = crm.add(CONTACT, {**_person(lines, dialog), "fm": _fm(dialog)}, None, "tracker")
        dialog.crm |= {CONTACT: contact.id, DEAL: _add_deal(lines, dialog, contact.id).id}


def _repeat(lines: "LinesStore", dialog: Dialog, session: Session) -> None:
    """One more lead or deal of a client who is known already."""
    line, crm = lines.line_of(dialog), lines.portal.crm
    contact = dialog.crm.get(CONTACT, 0)
    if crm.simple or settings.value(line, "CRM_CREATE") == "deal":
        dialog.crm[DEAL] = _add_deal(lines, dialog, contact).id
        return
    links = {"contactId": contact} if contact else {}
    links |= {"companyId": dialog.crm[COMPANY]} if COMPANY in dialog.crm else {}
    lead = _add_lead(lines, dialog, links, "Повторный лид: ")
    lead.fields["isReturnCustomer"] = "Y"
    dialog.crm[LEAD] = lead.id
    if session.activity_id is not None:
        crm.timeline.bind(crm.timeline.activities[session.activity_id], (LEAD, lead.id))


def _add_lead(lines: "LinesStore", dialog: Dialog, links: dict[str, Any], prefix: str = "") -> "Item":
    values = {"title": prefix + dialog.name, **_person(lines, dialog), **links}
    if not links:
        values["fm"] = _fm(dialog)
    lead = lines.portal.crm.add(LEAD, values, None, "tracker")
    _announce(lines, dialog, "Создан новый лид", LEAD, lead)
    return lead


def _add_deal(lines: "LinesStore", dialog: Dialog, contact_id: int) -> "Item":
    person = _person(lines, dialog)
    values = {"title": dialog.name, "assignedById": person["assignedById"], "sourceId": person["sourceId"]}
    deal = lines.portal.crm.add(
        DEAL, values | ({"contactId": contact_id} if contact_id else {}), None, "tracker"
    )
    _announce(lines, dialog, "Создана новая сделка", DEAL, deal)
    return deal


def _person(lines: "LinesStore", dialog: Dialog) -> dict[str, Any]:
    guest, line = dialog.guest, lines.line_of(dialog)
    responsible = dialog.operator_id or next(iter(settings.queue(lines.portal, line)), 1)
    return {
        "name": guest.name or guest.full_name,
        "lastName": guest.last_name,
        "assignedById": responsible,
        "sourceId": _source(lines, dialog),
    }


def _fm(dialog: Dialog) -> list[dict[str, str]]:
    rows = [
        {"typeId": "PHONE", "valueType": "WORK", "value": dialog.guest.phone},
        {"typeId": "EMAIL", "valueType": "WORK", "value": dialog.guest.email},
        {"typeId": "IM", "valueType": "OPENLINE", "value": dialog.imol},
    ]
    return [row for row in rows if row["value"]]


def _source(lines: "LinesStore", dialog: Dialog) -> str:
    """The source of what is made: the line's own choice, else one of this line and channel, made when it is needed."""
    wanted = str(settings.value(lines.line_of(dialog), "CRM_SOURCE"))
    statuses = lines.portal.crm.statuses
    known = {row.code for row in statuses if row.entity == "SOURCE"}
    if wanted in known:
        return wanted
    code = f"{dialog.line}|{dialog.connector.upper()}"
    if code not in known:
        name = f"{lines.connector_of(dialog).name} - {lines.line_of(dialog).name}"
        number, sort = max(row.id for row in statuses) + 1, 10 * (1 + len(known))
        statuses.append(Status(id=number, entity="SOURCE", code=code, name=name, sort=sort))
    return code


def _announce(lines: "LinesStore", dialog: Dialog, text: str, kind: int, item: "Item") -> None:
    """The service message with a link to the card (Bitrix24: imopenlines.session.history.get, the second message)."""
    rows = [("Имя", dialog.guest.full_name), ("Телефон", dialog.guest.phone), ("E-mail", dialog.guest.email)]
    grid = [{"DISPLAY": "LINE", "NAME": name, "VALUE": value} for name, value in rows if value]
    link = {"NAME": item.title, "LINK": f"/crm/{PATHS[kind]}/details/{item.id}/"}
    lines.say(dialog, f"[b]{text}[/b]", [{"LINK": [link]}, {"GRID": grid}])


def _complete(lines: "LinesStore", dialog: Dialog) -> None:
    """Phone, e-mail and address that the tied lead or contact does not have yet."""
    crm = lines.portal.crm
    for kind in (CONTACT, LEAD):
        item = crm.items[kind].get(dialog.crm.get(kind, 0))
        if item is None or (kind == LEAD and item.fields["contactId"]):
            continue
        have = set(communications.keys(item))
        fresh = [
            row
            for row in _fm(dialog)
            if (row["typeId"], communications.normal(row["typeId"], row["value"])) not in have
        ]
        if fresh:
            crm.update(kind, item.id, {"fm": fresh}, None, "tracker")


def _add_activity(lines: "LinesStore", dialog: Dialog, session: Session) -> None:
    owners = [
        (kind, dialog.crm[kind]) for kind in OWNERS if dialog.crm.get(kind) in lines.portal.crm.items[kind]
    ]
    if not owners:
        return
    subject = f"{lines.connector_of(dialog).name}: {dialog.name}"
    fields = blank(lines.portal, dialog.operator_id or 1, PROVIDER, str(dialog.line), subject)
    communication = {
        "TYPE": "IM",
        "VALUE": dialog.imol,
        "ENTITY_TYPE_ID": owners[0][0],
        "ENTITY_ID": owners[0][1],
    }
    fields |= {
        "ASSOCIATED_ENTITY_ID": str(session.id),
        "ORIGIN_ID": f"IMOL_{session.id}",
        "DIRECTION": "1",
        "PROVIDER_PARAMS": {"USER_CODE": dialog.code},
        "COMMUNICATIONS": [communication],
    }
    entry = lines.portal.crm.timeline.activity(owners[0], fields, incoming=True)
    for owner in owners[1:]:
        lines.portal.crm.timeline.bind(entry, owner)
    session.activity_id = entry.id
    lines.portal.events.emit("ONCRMACTIVITYADD", {"FIELDS": {"ID": entry.id}}, None)


def _read_contacts(dialog: Dialog, text: str) -> None:
    """`CRM_CHAT_TRACKER`: phone and e-mail that the client wrote into the chat."""
    phone, email = _PHONE.search(text), _EMAIL.search(text)
    dialog.guest.phone = dialog.guest.phone or (phone[0] if phone else "")
    dialog.guest.email = dialog.guest.email or (email[0] if email else "")
