"""Templates, styles and scripts that every site of the sandbox shares, and the filters of the templates."""

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask
from markupsafe import Markup, escape

ZONE = ZoneInfo("Europe/Moscow")

# BB codes that the timeline and the notifications of a portal show (Bitrix24: chats/messages/formatting).
_PAIRS = re.compile(r"\[(/?)([bius])\]", re.IGNORECASE)
# An address may carry brackets in pairs: `?params[chat]=5` (Bitrix24: widgets/universal/app-url).
_LINK = re.compile(
    r"\[url=((?:https?://|/)(?:[^\[\]\s]|\[[^\[\]\s]*\])*)\](.*?)\[/url\]", re.IGNORECASE | re.DOTALL
)
_BREAK = re.compile(r"\[br\]", re.IGNORECASE)


def add_assets(app: Flask) -> None:
    """Give `app` the templates, `/_static/...` and the filters; a second call changes nothing."""
    if "assets" in app.blueprints:
        return
    app.register_blueprint(
        Blueprint(
            "assets",
            __name__,
            template_folder="templates",
            static_folder="static",
            static_url_path="/_static",
        )
    )
    app.jinja_env.filters |= {"when": when, "bb": bb, "translated": translated, "entries": entries}


def moment(value: Any) -> dt.datetime | None:
    """A datetime in Moscow time out of unix seconds, ISO 8601 or a datetime; None out of nothing."""
    if value in (None, ""):
        return None
    if isinstance(value, int | float):
        return dt.datetime.fromtimestamp(value, ZONE)
    parsed = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))
    return parsed.astimezone(ZONE) if parsed.tzinfo else parsed.replace(tzinfo=ZONE)


def when(value: Any) -> str:
    """`22.11.2026 18:05` in Moscow time, a dash for nothing."""
    found = moment(value)
    return found.strftime("%d.%m.%Y %H:%M") if found else "—"


def bb(text: Any) -> Markup:
    """Escaped text with the portal's BB codes as HTML; codes that the portal does not know stay as they are."""
    shown = str(escape(str(text or "")))
    shown = _LINK.sub(_as_link, shown)
    return Markup(_BREAK.sub("<br>", _PAIRS.sub(r"<\1\2>", shown)))


def _as_link(match: re.Match[str]) -> str:
    """A page of the portal opens in a slider, everything else in a tab of its own."""
    how = "data-slider" if match[1].startswith("/") else 'target="_blank" rel="noopener"'
    return f'<a href="{match[1]}" {how}>{match[2]}</a>'


def entries(value: Any) -> list[Any]:
    """The values of an associative array, which PHP may have sent as a list."""
    return [*value.values()] if isinstance(value, dict) else [*(value or [])]


def translated(value: Any) -> str:
    """A text of a layout: plain, or an object by language (Bitrix24: configurable activity, textWithTranslation)."""
    if isinstance(value, dict):
        return str(value.get("ru") or next(iter(value.values()), ""))
    return "" if value is None else str(value)
