"""What the application wants to have in a portal, as data. `install.py` makes a portal match it.

Bitrix24: api-reference/scopes/permissions, events, widgets/placements, imopenlines/imconnector-register.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from app.base.texts import LANGUAGES, text

CONNECTOR_ID = "uis_omni"
WORKPLACE_PATH = "/bitrix/workplace"
CONNECTOR_PATH = "/bitrix/connector"
EVENTS_PATH = "/bitrix/events"
ROBOTS_PATH = "/bitrix/robots"
ROBOT_KIND = "ROBOT"
"""How the inbox calls what a robot sends."""

# Without these nothing works; of a group any one is enough.
REQUIRED_SCOPES: tuple[frozenset[str], ...] = (
    frozenset({"crm"}),
    frozenset({"placement"}),
    frozenset({"im"}),
    frozenset({"user_brief", "user_basic", "user"}),
)
CONNECTOR_SCOPES = frozenset({"imopenlines", "imconnector"})

CRM_EVENTS = (
    "ONCRMLEADUPDATE", "ONCRMLEADDELETE", "ONCRMDEALUPDATE", "ONCRMDEALDELETE",
    "ONCRMCONTACTUPDATE", "ONCRMCONTACTDELETE",
)  # fmt: skip
CONNECTOR_EVENTS = tuple(
    f"ONIMCONNECTOR{name}"
    for name in (
        "MESSAGEADD", "MESSAGEUPDATE", "MESSAGEDELETE", "DIALOGSTART", "DIALOGFINISH", "STATUSDELETE", "LINEDELETE",
    )
)  # fmt: skip
ANALYTICS_EVENTS = ("ONCRMLEADADD", "ONCRMDEALADD")
"""Bound while end-to-end analytics is on, as far as its settings choose them."""
LIFE_EVENTS = ("ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL", "ONAPPPAYMENT")
BOUND_LIFE_EVENTS = ("ONAPPUNINSTALL",)
KNOWN_EVENTS = frozenset((*CRM_EVENTS, *CONNECTOR_EVENTS, *ANALYTICS_EVENTS, *LIFE_EVENTS))

CARD_TABS = (
    "CRM_LEAD_DETAIL_TAB", "CRM_DEAL_DETAIL_TAB", "CRM_CONTACT_DETAIL_TAB", "CRM_COMPANY_DETAIL_TAB",
)  # fmt: skip
DYNAMIC = "CRM_DYNAMIC_"
"""How the tabs of smart processes begin."""
LINK = "REST_APP_URI"
"""What a link `/marketplace/view/<code>/` opens; the portal takes one handler of it."""
ENTITY_OF_TAB = {
    "CRM_LEAD_DETAIL_TAB": "lead",
    "CRM_DEAL_DETAIL_TAB": "deal",
    "CRM_CONTACT_DETAIL_TAB": "contact",
    "CRM_COMPANY_DETAIL_TAB": "company",
}

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<path fill="{color}" d="M6 7h20a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3H15l-6 5v-5H6a3 3 0 0 1-3-3V10a3 3 0 0 1 3-3z"/>'
    '<path fill="none" stroke="{ring}" stroke-width="2.4" d="M11 12v3.5a5 5 0 0 0 10 0V12"/></svg>'
)


@dataclass(frozen=True, slots=True)
class Handler:
    """One online event handler."""

    event: str
    url: str


@dataclass(frozen=True, slots=True)
class Widget:
    """One placement with its handler and titles by language."""

    placement: str
    handler: str


def handlers(
    public_url: str, event_key: str, scope: frozenset[str], analytics: Collection[str] = ()
) -> list[Handler]:
    """Event handlers for an installation, as far as its scope lets events come. `analytics`: of ANALYTICS_EVENTS."""
    lines = CONNECTOR_EVENTS if scope >= CONNECTOR_SCOPES else ()
    chosen = [name for name in ANALYTICS_EVENTS if name in analytics]
    names = [*CRM_EVENTS, *lines, *chosen, *BOUND_LIFE_EVENTS]
    return [Handler(name, f"{public_url}{EVENTS_PATH}/{event_key}") for name in names]


def widgets(public_url: str, dynamic_types: Iterable[int]) -> list[Widget]:
    """Tabs of CRM cards, those of smart processes included (by entityTypeId), and what our links open."""
    codes = [*CARD_TABS, *(f"{DYNAMIC}{number}_DETAIL_TAB" for number in sorted(dynamic_types)), LINK]
    return [Widget(code, f"{public_url}{WORKPLACE_PATH}") for code in codes]


def widget_params(widget: Widget, lang: str) -> dict[str, Any]:
    """Parameters of placement.bind."""
    titles = {code: {"TITLE": text("manifest.tab", code)} for code in LANGUAGES}
    return {
        "PLACEMENT": widget.placement,
        "HANDLER": widget.handler,
        "TITLE": text("manifest.tab", lang),
        "LANG_ALL": titles,
    }


def connector(public_url: str) -> Mapping[str, Any]:
    """Parameters of imconnector.register; the same ID again updates."""
    return {
        "ID": CONNECTOR_ID,
        "NAME": "OMNI",
        "ICON": {
            "DATA_IMAGE": _icon("#ffffff", "#1b6ff5"),
            "COLOR": "#1b6ff5",
            "SIZE": "90%",
            "POSITION": "center",
        },
        "ICON_DISABLED": {"DATA_IMAGE": _icon("#ffffff", "#a8adb4"), "COLOR": "#a8adb4"},
        "PLACEMENT_HANDLER": f"{public_url}{CONNECTOR_PATH}",
        "CHAT_GROUP": False,
    }


def missing_scopes(scope: frozenset[str]) -> list[str]:
    """Required scopes that the portal did not grant, one name per group."""
    return [sorted(group)[0] for group in REQUIRED_SCOPES if not group & scope]


def entity_of(placement: str) -> str | None:
    """ "lead", "deal", "contact", "company" or "dynamic_<entityTypeId>" of a card's tab."""
    if placement in ENTITY_OF_TAB:
        return ENTITY_OF_TAB[placement]
    number = placement.removeprefix(DYNAMIC).removesuffix("_DETAIL_TAB")
    return f"dynamic_{number}" if number.isascii() and number.isdigit() and number != placement else None


def _icon(color: str, ring: str) -> str:
    return "data:image/svg+xml," + quote(_ICON.replace("{color}", color).replace("{ring}", ring))
