"""What people type as the address of their portal."""

import re
from dataclasses import dataclass

from app.base import addresses
from app.base.addresses import AddressRefused
from app.base.texts import language

CLOUD = re.compile(
    r"[a-z0-9][a-z0-9-]*\.bitrix24\."
    r"(ru|com|by|kz|ua|eu|de|fr|it|es|pl|in|jp|cn|vn|id|uk|com\.br|com\.tr|mx|co|site|tech|team|shop|ge|az|uz|kg|am|md)"
)
# First labels of Bitrix24's own sites and services, which are no company's portal.
SERVICES = {
    "www",
    "auth",
    "oauth",
    "auth2",
    "helpdesk",
    "training",
    "partners",
    "api",
    "cp",
    "dl",
    "mp",
    "apps",
    "dev",
}
FOREIGN = re.compile(
    r"(^|\.)(uiscom\.ru|comagic\.ru|callgear\.\w+|novosystem\.\w+|amocrm\.\w+|kommo\.com|google\.\w+|yandex\.\w+|ya\.ru|mail\.ru"
    r"|vk\.com|t\.me|telegram\.\w+|whatsapp\.com|wa\.me|facebook\.com|example\.(com|org|net))$"
)
_BITRIX_SITE = re.compile(r"(^|\.)(bitrix24\.[a-z.]+|bitrix\.info|1c-bitrix\.\w+|bitrix\.\w+)$")
_LOOKALIKE = re.compile(r"^b[a-z]{0,2}i?t+r?i?[xks]{1,2}s?-?2?4?$")


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why an address cannot be used: code of a text `connect.error.<code>` and its parameters."""

    code: str
    params: dict[str, str]


def read_portal(typed: str, lang: str, *, sandbox: bool) -> str | Wrong:
    """The origin of the portal (`https://company.bitrix24.ru`), or what is wrong.

    A scheme, a path and blanks round it are forgiven, http is made https; nothing is asked over the network.
    """
    text = typed.strip().strip("<>\"'«»").strip()
    if not text:
        return Wrong("address_empty", {})
    scheme, host = _split(text)
    if sandbox and addresses.is_loopback_name(host.rsplit(":", 1)[0]):
        return _checked(f"{scheme or 'http'}://{host}", sandbox=True)
    if scheme not in {"", "http", "https"} or "@" in host or not host:
        return Wrong("address_unreadable", {})
    host = host.removesuffix(":443").removesuffix(":80").rstrip(".")
    found = _judge(host, language(lang))
    return found or _checked(f"https://{host}", sandbox=sandbox)


def _split(text: str) -> tuple[str, str]:
    """Scheme and host, whatever follows them left out. Slips such as "https//", "htps:/" are schemes too."""
    match = re.match(r"(?i)^([a-z][a-z0-9+.-]*):?//+|^(https?):/?(?=[a-z])", text)
    scheme = (match[1] or match[2] or "").lower() if match else ""
    rest = text[match.end() :] if match else text
    if scheme in {"htp", "htps", "htpp", "htpps", "httpss", "hhttps", "ttps", "ttp"}:
        scheme = "https"
    host = re.split(r"[/?#\\]", rest, maxsplit=1)[0].strip()
    return scheme, host.replace(",", ".").lower()


def _judge(host: str, lang: str) -> Wrong | None:
    zone = "ru" if lang == "ru" else "com"
    if not re.fullmatch(r"[a-z0-9.-]+(:\d+)?|\[[0-9a-f:.]+\]", host) or ".." in host:
        return Wrong("address_unreadable", {})
    if host.startswith("[") or ":" in host or re.fullmatch(r"[\d.]+", host):
        return Wrong("address_inside", {})
    if CLOUD.fullmatch(host):
        return Wrong("address_not_portal", {"host": host}) if host.split(".")[0] in SERVICES else None
    if "." not in host:
        return Wrong("address_short", {"suggestion": f"{host}.bitrix24.{zone}"})
    if suggestion := _meant(host.split("."), zone):
        return Wrong("address_typo", {"suggestion": suggestion})
    if _BITRIX_SITE.search(host):
        return Wrong("address_not_portal", {"host": host})
    if FOREIGN.search(host):
        return Wrong("address_foreign", {"host": host})
    if host.endswith((".local", ".internal", ".lan", ".localhost", ".test", ".home", ".corp")):
        return Wrong("address_inside", {})
    return None


def _meant(labels: list[str], zone: str) -> str | None:
    """The cloud address that a slip was meant to be: bitrx24, bitriks24, bitrix.24, a zone that does not exist."""
    joined = _join_split_name(labels)
    if len(joined) < 3 or joined[0] in SERVICES:
        return None
    name, *rest = joined[1:]
    if name != "bitrix24" and not (_near(name, "bitrix24") or _LOOKALIKE.fullmatch(name)):
        return None
    end = ".".join(rest)
    meant = f"{joined[0]}.bitrix24.{end}"
    return meant if CLOUD.fullmatch(meant) else f"{joined[0]}.bitrix24.{zone}"


def _join_split_name(labels: list[str]) -> list[str]:
    """company.bitrix.24.ru means company.bitrix24.ru."""
    if "24" in labels[1:]:
        at = labels.index("24", 1)
        return [*labels[: at - 1], labels[at - 1] + "24", *labels[at + 1 :]] if at > 1 else labels
    return labels


def _near(text: str, wanted: str) -> bool:
    """Whether two slips of the finger (letters changed, missing, added, or swapped) may lie between them."""
    return _distance(text, wanted) <= 2


def _distance(one: str, other: str) -> int:
    """Edit distance with swapped neighbours (optimal string alignment)."""
    rows: list[list[int]] = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            best = min(rows[-1][j] + 1, row[j - 1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def _checked(origin: str, *, sandbox: bool) -> str | Wrong:
    try:
        return addresses.check(origin, sandbox=sandbox).origin
    except AddressRefused:
        return Wrong("address_inside", {})


def host_of(origin: str) -> str:
    """`company.bitrix24.ru` of `https://company.bitrix24.ru`."""
    return origin.split("://", 1)[1]
