"""Who the client is: phones and e-mails in one form, the spellings a CRM may hold, and keys of identity.

Bitrix24: tutorials/crm/how-to-get-lists/search-by-phone-and-email (ask in several spellings),
api-reference/crm/duplicates/crm-duplicate-find-by-comm (at most 20 values).
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

MAX_SPELLINGS = 20
_MAX_RAW = 64
_MAX_EMAIL = 254
_RUSSIAN = 7
_RUSSIAN_DIGITS = 10
_EXTENSION = re.compile(r"[\s,;(]*(?:доб|вн|ext|x|#)[a-z]*\.?:?\s*\d{1,6}\)?$", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@(?:[\w](?:[\w-]{0,61}[\w])?\.)+[^\W\d_][\w-]{0,61}[\w]")


def normalise(raw: str | int | None, region: str = "RU") -> str | None:
    """E.164 with the plus (`+79161234567`), None for what cannot be a phone.

    `raw` may be a number, as the reports of UIS give it. `region` (ISO 3166) is where a number without a country
    is at home. A full number whose plus was lost is understood.
    """
    return _known(raw, region)[0]


def as_written(raw: str | int, region: str = "RU") -> str:
    """As people write it, with the country: `+7 916 123-45-67`; what cannot be a phone stays as it came."""
    found = _known(raw, region)[1]
    if found is None:
        return str(raw)
    number = phonenumbers.format_number(found, PhoneNumberFormat.INTERNATIONAL)
    extension = _EXTENSION.search(str(raw).strip())
    return f"{number} {extension[0].strip(' ,;()')}" if extension else number


@lru_cache(maxsize=5_000)
def _known(raw: str | int | None, region: str) -> tuple[str | None, PhoneNumber | None]:
    """The number as E.164 and as the library has it; the same numbers are asked for again and again."""
    # An extension belongs to a switchboard, not to a person: Bitrix24 leaves it out of comparisons too.
    text = _EXTENSION.sub("", str(raw if raw is not None else "").strip())
    digits = re.sub(r"\D", "", text)
    if len(text) > _MAX_RAW or re.search(r"[^\W\d_]{2,}", text) or not digits.isascii():
        return None, None
    found = _possible(text, region)
    if found is None and not text.startswith(("+", "0")):
        found = _possible(f"+{digits}", region)
    return (phonenumbers.format_number(found, PhoneNumberFormat.E164) if found is not None else None), found


def numbers_in(text: str, region: str = "RU") -> frozenset[str]:
    """Phones named in a text, E.164: a channel is often called by its number ("WhatsApp +7 916 123-45-67")."""
    found = phonenumbers.PhoneNumberMatcher(text, region)
    return frozenset(phonenumbers.format_number(match.number, PhoneNumberFormat.E164) for match in found)


def _possible(text: str, region: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    # All-equal digits are typed by people who would not tell: strangers must not become one client by them.
    if len(set(str(number.national_number))) == 1 or not phonenumbers.is_valid_number(number):
        return None
    return number


def spellings(e164: str) -> list[str]:
    """Every way in which a CRM may hold this number, the likeliest first, at most MAX_SPELLINGS."""
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return [e164]
    digits = e164.lstrip("+")
    national = phonenumbers.national_significant_number(number)
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    local = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    found = [f"+{digits}", digits]
    if number.country_code == _RUSSIAN and len(national) == _RUSSIAN_DIGITS:
        found += _russian(national)
    found += [international, international.lstrip("+"), local, re.sub(r"\D", "", local)]
    found += [
        international.replace("-", " "),
        international.replace(" ", "-"),
        international.replace("-", ""),
    ]
    found += [local.replace("-", " ")]
    return _meaning(dict.fromkeys(found), e164, phonenumbers.region_code_for_number(number) or "RU")


def _russian(national: str) -> list[str]:
    code, first, second, third = national[:3], national[3:6], national[6:8], national[8:]
    tails = [f"({code}) {first}-{second}-{third}", f"{code} {first}-{second}-{third}"]
    plain = [f"8{national}", national]
    formed = [f"{prefix} {tail}" for tail in tails for prefix in ("8", "+7", "7")]
    tight = [f"{prefix}({code}){first}-{second}-{third}" for prefix in ("8", "+7")]
    dashed = [f"{prefix}-{code}-{first}-{second}-{third}" for prefix in ("8", "+7")]
    return [*plain, *formed, *tight, *dashed]


def _meaning(found: Iterable[str], e164: str, region: str) -> list[str]:
    """Spellings that lead back to the same number: a national form that means another one elsewhere is left out, or
    a stranger would be found. Those that differ in spaces and signs alone mean the same: one of them is parsed."""
    known: dict[tuple[str, str], bool] = {}
    kept = []
    for spelling in found:
        form = (spelling[:1] if spelling[:1] in "+0" else "", re.sub(r"\D", "", spelling))
        if form not in known:
            known[form] = normalise(spelling, region) == e164
        if known[form]:
            kept.append(spelling)
    return kept[:MAX_SPELLINGS]


def emails(raw: str | None) -> str | None:
    """The address in small letters, None for what cannot be one."""
    text = (raw or "").strip().removeprefix("mailto:").strip("<>").lower()
    if len(text) > _MAX_EMAIL or ".." in text or not _EMAIL.fullmatch(text):
        return None
    return text


def identity_keys(
    visitor_id: int | None,
    person_id: int | None,
    phones: Iterable[str],
    emails_: Iterable[str],
    own_numbers: Iterable[str] = (),
) -> frozenset[str]:
    """Keys by which two communications are known to be of one client: `phone:+7916...`, `email:a@b.ru`,
    `visitor:123`, `person:5`. Junk and numbers of the company's own channels give none."""
    own = {normalise(number) for number in own_numbers}
    keys = {f"phone:{phone}" for phone in map(normalise, phones) if phone is not None and phone not in own}
    keys |= {f"email:{email}" for email in map(emails, emails_) if email is not None}
    if visitor_id:
        keys.add(f"visitor:{visitor_id}")
    if person_id:
        keys.add(f"person:{person_id}")
    return frozenset(keys)
