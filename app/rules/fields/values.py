"""What a value means as a text, a number, a moment, a yes or no, a link. What has no such meaning is refused."""

import math
import re
import unicodedata
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from app.domain.facts import is_empty
from app.rules.markup import DIRECTIONS

MAX_NUMBER = Decimal(10) ** 15
"""Beyond it the CRM's double loses whole units."""
MAX_INTEGER = 2**31 - 1
"""A field of the type "number" is a 32-bit column."""
YES = frozenset({"y", "yes", "true", "1", "да", "on", "истина"})
NO = frozenset({"n", "no", "false", "0", "нет", "off", "ложь"})

_MONEY = re.compile(r"(?P<amount>[-+]?\d[\d\s.,']*)\s*\|?\s*(?P<currency>[A-Za-z]{3})?", re.ASCII)
_SIGNS = {"₽": "RUB", "$": "USD", "€": "EUR", "руб.": "RUB", "руб": "RUB", "р.": "RUB"}
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T,]+(.+))?")
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[^\W\d_][\w-]+(?::\d+)?(?:[/?#].*)?")


class Unfit(Exception):
    """A value that a field cannot take; `code` says why (`why.mapping_<code>` in the catalogues)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def text(value: Any) -> str:
    """Several lines without control and direction characters and halves of characters. Raises Unfit."""
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        raise Unfit("not_text")
    if isinstance(value, str | int | float | Decimal):
        lines = str(value).splitlines()
        return "\n".join(_visible(line) for line in lines).strip()
    raise Unfit("not_text")


def number(value: Any) -> Decimal:
    """A decimal number; spaces part thousands, a comma may be the point. Raises Unfit."""
    if isinstance(value, bool):
        return Decimal(int(value))
    if not isinstance(value, str | int | float | Decimal):
        raise Unfit("not_number")
    try:
        found = Decimal(_digits(value) if isinstance(value, str) else str(value))
    except InvalidOperation:
        raise Unfit("not_number") from None
    if not found.is_finite():
        raise Unfit("not_number")
    if abs(found) >= MAX_NUMBER:
        raise Unfit("out_of_range")
    return found


def whole(value: Any, most: int = MAX_INTEGER) -> int:
    """A whole number. Raises Unfit."""
    found = number(value)
    if found != found.to_integral_value():
        raise Unfit("not_whole")
    if abs(found) > most:
        raise Unfit("out_of_range")
    return int(found)


def money(value: Any) -> tuple[Decimal, str | None]:
    """Amount and currency (ISO 4217): `1234.5|RUB`, `100 USD`, `1 000 ₽`, or a number without one. Raises Unfit."""
    if not isinstance(value, str):
        return number(value), None
    sign = next((sign for sign in _SIGNS if sign in value.lower()), None)
    found = _MONEY.fullmatch(
        (value.lower().replace(sign, " ") if sign else value).replace("\u00a0", " ").strip()
    )
    if found is None:
        raise Unfit("not_money")
    currency = _SIGNS[sign] if sign else found["currency"]
    return number(found["amount"]), currency.upper() if currency else None


def moment(value: Any, timezone: str) -> datetime:
    """An aware moment in the portal's zone; one that names no zone is taken as the portal's. Raises Unfit."""
    zone = zone_of(timezone)
    found = value if isinstance(value, date) else _parsed(value)
    if not isinstance(found, datetime):
        found = datetime.combine(found, time.min)
    try:
        return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)
    except (OverflowError, ValueError):
        raise Unfit("not_date") from None


def day(value: Any, timezone: str) -> date:
    """A date; of a moment the day that it is in the portal's zone. Raises Unfit."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return moment(value, timezone).date()


def truth(value: Any) -> bool:
    """Yes or no, in Russian, English, Y and N, 1 and 0. Raises Unfit."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return value == 1
    word = value.strip().casefold() if isinstance(value, str) else ""
    if word in YES or word in NO:
        return word in YES
    raise Unfit("not_boolean")


def link(value: Any) -> str:
    """An address of the web; one without a scheme gets https. Raises Unfit."""
    if not isinstance(value, str):
        raise Unfit("not_url")
    address = value.strip()
    if _DOMAIN.fullmatch(address):
        address = f"https://{address}"
    if len(address) > 2_000 or any(c.isspace() or unicodedata.category(c).startswith("C") for c in address):
        raise Unfit("not_url")
    try:
        parts = urlsplit(address)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        fits = False
    if not fits:
        raise Unfit("not_url")
    return address


def plain(value: Any) -> str:
    """How texts are compared: without case and surplus space."""
    return " ".join(str(value).split()).casefold()


def zone_of(timezone: str) -> tzinfo:
    """The portal's zone, UTC where its name is unknown."""
    try:
        return ZoneInfo(timezone)
    except (LookupError, OSError, ValueError):
        return UTC


def elements(value: Any) -> list[Any]:
    """The values of a field or a fact, one by one, without empty ones."""
    several = value if isinstance(value, list | tuple) else [value]
    return [one for one in several if not is_empty(one)]


def _visible(line: str) -> str:
    spaced = line.replace("\t", " ")
    return "".join(c for c in spaced if c not in DIRECTIONS and unicodedata.category(c) not in ("Cc", "Cs"))


def _digits(value: str) -> str:
    """`1 234,5` and `1,234.5` as `1234.5`. Both a lone comma and a lone point are the decimal point."""
    bare = "".join(c for c in value if not c.isspace() and c not in "'_")
    if "," in bare and "." in bare:
        return (
            bare.replace(",", "")
            if bare.rfind(".") > bare.rfind(",")
            else bare.replace(".", "").replace(",", ".")
        )
    return bare.replace(",", ".")


def _parsed(value: Any) -> datetime:
    if not isinstance(value, str):
        raise Unfit("not_date")
    written = value.strip()
    if found := _DAY_FIRST.fullmatch(written):
        written = f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}" + (f"T{found[4]}" if found[4] else "")
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        raise Unfit("not_date") from None
