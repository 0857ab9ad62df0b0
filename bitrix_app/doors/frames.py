"""Pages in the portal's frame: installer, application, card tabs, connector settings. And what a look at them gets."""

from flask import Blueprint, Response, g, request
from werkzeug.wrappers import Response as Answer

from app.base.sessions import PageSession
from app.base.texts import text
from app.pipeline.view import section
from app.storage.database import reading
from app.storage.models import Installation, InstallationState
from app.storage.queries import installations
from app.web.caller import page_sessions, services
from app.web.desk.frame import frame_origin
from bitrix_app import runtime
from bitrix_app.doors.answers import claims, message, page, wanted_lang
from bitrix_app.doors.opening import Opening, opening
from bitrix_app.enrol import enrol, no_admin
from bitrix_app.verify import VerifiedFrame, verify_frame

CARD_ADDRESSES = ("/bitrix/install", "/bitrix/workplace", "/bitrix/connector", "/bitrix/events")


def register(doors: Blueprint) -> None:
    """POST comes from the portal; GET and HEAD from whoever checks the card's addresses."""
    for address in CARD_ADDRESSES:
        doors.add_url_rule(address, f"look{address}", _look, methods=["GET", "HEAD"])
    doors.add_url_rule("/bitrix/install", "install", _install, methods=["POST"])
    doors.add_url_rule("/bitrix/app", "app", _app, methods=["POST"])
    doors.add_url_rule("/bitrix/workplace", "workplace", _workplace, methods=["POST"])
    doors.add_url_rule("/bitrix/connector", "connector", _connector, methods=["POST"])


def _look() -> Response:
    return card_page()


def card_page() -> Response:
    """A card address opened outside of a portal."""
    lang = wanted_lang()
    return message(text("page.card_title", lang), text("page.card", lang))


def _install() -> Answer:
    frame = _verified()
    if not frame.user.admin:
        return _for_employees(frame, "installer")
    installation_id = enrol(services(), frame, installer=True)
    runtime.match_in_background(installation_id)
    return _page(frame, _installation(installation_id), "installer")


def _app() -> Answer:
    return _inside("app")


def _workplace() -> Answer:
    return _inside("workplace")


def _connector() -> Answer:
    return _inside("connector")


def _inside(name: str) -> Answer:
    """A page of an installed application. An administrator's visit also renews what we know of the portal."""
    frame = _verified()
    if not frame.user.admin:
        return _for_employees(frame, name)
    before = _by_member(frame.user.info.member_id)
    installation = _installation(enrol(services(), frame, installer=False))
    if _needs_matching(before, installation):
        runtime.match_in_background(installation.id)
    return _page(frame, installation, name)


def _needs_matching(before: Installation | None, now: Installation) -> bool:
    """Unknown until now, revived, or updated without our hearing of it (an update removes event handlers)."""
    if before is None or before.version != now.version or before.generation != now.generation:
        return True
    return before.state != now.state and before.state != InstallationState.PARKED


def _for_employees(frame: VerifiedFrame, name: str) -> Answer:
    installation = _by_member(frame.user.info.member_id)
    if installation is None or installation.state == InstallationState.REMOVED:
        return message(
            text("page.ask_admin_title", frame.lang),
            text("page.ask_admin", frame.lang),
            ancestors=(_origin(frame),),
        )
    no_admin(services(), installation.id, frame.user.info.user_id)
    return _page(frame, installation, name)


def _verified() -> VerifiedFrame:
    frame = verify_frame(services(), runtime.limiter(), request.args, claims())
    g.lang = frame.lang
    return frame


def _page(frame: VerifiedFrame, installation: Installation, name: str) -> Response:
    """The shell with a session of ten minutes, framed by the verified portal alone."""
    entry = runtime.shell().entry()
    ancestors = (_origin(frame),)
    if entry is None:
        words = text("page.unbuilt", frame.lang)
        return message(text("page.unbuilt_title", frame.lang), words, status=503, ancestors=ancestors)
    opens = opening(frame, installation)
    name = "workplace" if opens.chat_id else name
    token = page_sessions().make(_session(frame, installation, name, opens))
    return page(
        "shell.html", ancestors=ancestors, scripts=True, shows=_shown(installation, name), entry=entry,
        session=token, page=name, portal=frame.user.info.portal_url, admin=frame.user.admin,
        line=_number(frame.options.get("LINE")) or "",
    )  # fmt: skip


def _shown(installation: Installation, name: str) -> str | None:
    """UIS's own workplace, where the settings want it."""
    if name not in ("workplace", "app"):
        return None
    with services().sessions() as session:
        document = section(reading(session), installation.id, "workplace")
    return frame_origin(services(), document)


def _session(frame: VerifiedFrame, installation: Installation, name: str, opens: Opening) -> PageSession:
    kind, number = opens.card or (None, None)
    return PageSession(
        installation_id=installation.id, generation=installation.generation, user_id=frame.user.info.user_id,
        admin=frame.user.admin, page=name, placement=frame.placement, lang=frame.lang,
        entity_type=kind, entity_id=number, verdict=opens.verdict, chat_id=opens.chat_id,
        message_id=opens.message_id,
    )  # fmt: skip


def _number(given: object) -> int | None:
    """An id among the options of a placement."""
    number = str(given)
    return int(number) if number.isascii() and number.isdigit() and len(number) < 18 else None


def _origin(frame: VerifiedFrame) -> str:
    return frame.user.info.portal_url


def _installation(installation_id: int) -> Installation:
    with services().sessions() as session:
        return reading(session).get_one(Installation, installation_id)


def _by_member(member_id: str) -> Installation | None:
    with services().sessions() as session:
        return installations.by_member(reading(session), member_id)
