"""Who the visitor of the shop is: a cookie, what was said of oneself, where one came from."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from flask import request
from werkzeug.wrappers import Response as AnyResponse

if TYPE_CHECKING:
    from sandbox.uis import Uis

VISITOR_COOKIE = "shop_visitor"
SITE = "https://shop.example.com"
MAX_PAGE = 2000
# Orders to the sandbox, not part of the address as UIS sees it.
ORDERS = {"uis", "widget", "code", "order", "uis_ms", "widget_ms", "code_ms"}


@dataclass(frozen=True, slots=True)
class Contact:
    """What a visitor said of themselves."""

    name: str | None
    phone: str | None
    email: str | None


class VisitorError(ValueError):
    """What the visitor did wrong, in Russian."""


def contact_of(given: Any, required: bool = True) -> Contact:
    """Name, phone and e-mail that the visitor gave; raises VisitorError."""
    name, phone, email = ((given.get(key) or "").strip()[:200] or None for key in ("name", "phone", "email"))
    if phone is not None and not 10 <= sum(sign.isdigit() for sign in phone) <= 15:
        raise VisitorError("Проверьте телефон: в нём должно быть от 10 до 15 цифр.")
    if required and phone is None and email is None:
        raise VisitorError("Оставьте телефон или почту, чтобы мы могли ответить.")
    return Contact(name, phone, email)


def known_visitor(uis: "Uis") -> int | None:
    """The visitor of this browser, None before the first message."""
    known = request.cookies.get(VISITOR_COOKIE, "")
    return int(known) if known.isdecimal() and int(known) in uis.visitors else None


def remember(response: AnyResponse, visitor_id: int) -> AnyResponse:
    """Keep the visitor in the browser."""
    response.set_cookie(VISITOR_COOKIE, str(visitor_id), samesite="Lax", httponly=True)
    return response


def page_url() -> str:
    """The address of the page as the shop's own domain would have it."""
    pairs = parse_qsl(request.query_string.decode()) if request.method == "GET" else []
    query = urlencode([pair for pair in pairs if pair[0] not in ORDERS])
    return f"{SITE}/?{query}" if query else f"{SITE}/"


def source_of(given: Any) -> dict[str, Any]:
    """The traffic source of a chat or request: the page with its marks."""
    return {"page": str(given.get("page") or f"{SITE}/")[:MAX_PAGE]}
