"""/connect: the way in from the UIS personal account, and the end of the OAuth code flow.

Bitrix24: settings/oauth/index. The authorization request has no redirect_uri: Bitrix24 returns to the address on the
card. The one cookie of the application lives here; its hash is bound into the single-use `state`.
"""

from datetime import timedelta
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as Answer

from app.base.texts import text
from app.base.tokens import new_secret, same, sha256
from app.storage.database import reading
from app.storage.models import Installation, PendingConnect
from app.storage.queries import installations
from app.web.caller import services
from bitrix_app import runtime
from bitrix_app.addresses import Wrong, host_of, read_portal
from bitrix_app.app_info import ServerUnknown, allowed_server
from bitrix_app.doors.answers import form, message, page, wanted_lang
from bitrix_app.doors.frames import card_page
from bitrix_app.enrol import enrol
from bitrix_app.errors import BitrixError, NoAnswer
from bitrix_app.oauth import Tokens, exchange_code
from bitrix_app.source import keyed, source_of
from bitrix_app.verify import Refused, VerifiedFrame, VerifiedUser, check_text, verify_user

COOKIE = "omni_connect"
WAITS = timedelta(days=1)
LIMIT, WITHIN = 30, timedelta(minutes=10)
"""So many credentials are made from one address in that time; nobody needs more than two or three."""
MAX_NAME = 255


def register(doors: Blueprint) -> None:
    """The form and the way back. GET /bitrix/app is the card's address: with a code it is the way back too."""
    doors.add_url_rule("/connect", "connect_form", _form, methods=["GET"])
    doors.add_url_rule("/connect", "connect", _connect, methods=["POST"])
    doors.add_url_rule("/bitrix/oauth/callback", "oauth_callback", _back, methods=["GET"])
    doors.add_url_rule("/bitrix/app", "look/bitrix/app", _app_address, methods=["GET", "HEAD"])


def _form() -> Response:
    return page("connect.html", name="", address=request.args.get("address", "")[:500], errors={})


def _connect() -> Answer:
    fields = form()
    name = check_text(fields.get("name", ""), most=2000).strip()
    # The button under the field sends the address that was probably meant.
    typed = check_text(fields.get("meant") or fields.get("address", ""), most=2000)
    lang, config = wanted_lang(), services().config
    portal = read_portal(typed, lang, sandbox=config.sandbox)
    errors = _errors(name, portal, lang)
    if errors or isinstance(portal, Wrong):
        meant = portal.params.get("suggestion") if isinstance(portal, Wrong) else None
        return page("connect.html", status=422, name=name, address=typed, errors=errors, suggestion=meant)
    source = keyed(config.secret_keys[0], source_of(request))
    if _too_many(source):
        return _wait(name, typed, lang)
    state, cookie = new_secret(), request.cookies.get(COOKIE) or new_secret()
    _remember(name, portal, state, cookie, lang, source)
    answer = _next(name, portal, state, lang)
    answer.set_cookie(
        COOKIE, cookie, max_age=int(WAITS.total_seconds()), httponly=True, samesite="Lax", path="/",
        secure=not config.sandbox,
    )  # fmt: skip
    return answer


def _too_many(source: str) -> bool:
    since = services().clock.now() - WITHIN
    with services().sessions() as session:
        return installations.connects_from(reading(session), source, since) >= LIMIT


def _wait(name: str, typed: str, lang: str) -> Response:
    """429: what was typed stays, nothing is stored."""
    minutes = int(WITHIN.total_seconds() // 60)
    errors = {"form": text("connect.error.too_many", lang, minutes=minutes)}
    answer = page("connect.html", status=429, name=name, address=typed, errors=errors)
    answer.headers["Retry-After"] = str(int(WITHIN.total_seconds()))
    return answer


def _errors(name: str, portal: str | Wrong, lang: str) -> dict[str, str]:
    errors = {}
    if not name:
        errors["name"] = text("connect.error.name_empty", lang)
    elif len(name) > MAX_NAME:
        errors["name"] = text("connect.error.name_long", lang)
    if isinstance(portal, Wrong):
        errors["address"] = text(f"connect.error.{portal.code}", lang, **portal.params)
    return errors


def _remember(name: str, portal: str, state: str, cookie: str, lang: str, source: str) -> None:
    now = services().clock.now()
    with services().sessions.begin() as session:
        session.add(
            PendingConnect(
                name=name,
                portal_host=host_of(portal),
                state_hash=sha256(state),
                cookie_hash=sha256(cookie),
                lang=lang,
                source=source,
                created_at=now,
                expires_at=now + WAITS,
            )
        )


def _next(name: str, portal: str, state: str, lang: str) -> Answer:
    """A portal that has the application authorizes; an unknown one installs it from the Market first."""
    config = services().config
    authorize = f"{portal}/oauth/authorize/?{urlencode({'client_id': config.client_id, 'state': state})}"
    with services().sessions() as session:
        known = installations.by_host(reading(session), host_of(portal)) is not None
    if known or not config.app_code:
        return redirect(authorize, 303)
    links = [
        {
            "url": f"{portal}/market/detail/{quote(config.app_code, safe='.')}/",
            "text": text("connect.market_button", lang),
        },
        {"url": authorize, "text": text("connect.authorize_button", lang)},
    ]
    words = text("connect.market", lang, host=host_of(portal), name=name)
    return message(text("connect.market_title", lang), words, links=links)


def _app_address() -> Answer:
    return _back() if "code" in request.args and "state" in request.args else card_page()


def _back() -> Answer:
    """The browser returns with a code, 30 seconds old at most."""
    for value in request.args.values():
        check_text(value)
    pending = _pending(request.args.get("state", ""), request.cookies.get(COOKIE, ""))
    if pending is None:
        return _failed("state", 403)
    g.lang = pending.lang
    try:
        user, tokens = _exchange(request.args.get("code", ""), request.args.get("server_domain"))
    except NoAnswer:
        return _failed("away", 503)
    except (ServerUnknown, BitrixError):
        return _failed("code", 403)
    except Refused as refusal:
        return _failed("away" if refusal.status == 503 else "code", refusal.status)
    if host_of(user.info.portal_url).lower() != pending.portal_host:
        return _failed("other_portal", 403)
    if not user.admin:
        return _failed("not_admin", 403)
    installation_id = enrol(services(), _as_frame(user, tokens, pending.lang), installer=False)
    _name(installation_id, pending.name)
    runtime.match_in_background(installation_id)
    return _done(user)


def _pending(state: str, cookie: str) -> PendingConnect | None:
    """The credentials of this state and this browser, used up by this call; None when there are none."""
    now = services().clock.now()
    with services().sessions.begin() as session:
        pending = installations.connect_by_state(session, sha256(state))
        if pending is None or not same(sha256(cookie), pending.cookie_hash) or pending.expires_at <= now:
            return None
        session.expunge(pending)
        # The installation may have arrived meanwhile and taken the name; the way back is still open, once.
        kept = pending.state_hash
        return (
            pending
            if installations.use_state(session, pending.id, kept, sha256(f"used:{kept}"), now)
            else None
        )


def _exchange(code: str, server: str | None) -> tuple[VerifiedUser, Tokens]:
    house = services()
    oauth_url = allowed_server(house.config, server)
    tokens = exchange_code(house, oauth_url, code)
    return verify_user(house, runtime.limiter(), oauth_url, tokens.access_token), tokens


def _as_frame(user: VerifiedUser, tokens: Tokens, lang: str) -> VerifiedFrame:
    return VerifiedFrame(
        user=user, refresh_token=tokens.refresh_token, expires_in=tokens.expires_in, application_token="",
        lang=lang, placement="", options={},
    )  # fmt: skip


def _name(installation_id: int, name: str) -> None:
    with services().sessions.begin() as session:
        session.get_one(Installation, installation_id).name = name


def _done(user: VerifiedUser) -> Response:
    lang, portal = wanted_lang(), user.info.portal_url
    links = [{"url": f"{portal}/", "text": text("page.open_bitrix", lang)}]
    words = text("connect.done", lang, host=host_of(portal))
    return message(text("connect.done_title", lang), words, links=links, tone="success")


def _failed(code: str, status: int) -> Response:
    lang = wanted_lang()
    links = [{"url": "/connect", "text": text("connect.again", lang)}]
    return message(
        text("connect.failed_title", lang), text(f"connect.error.{code}", lang), status=status, links=links,
        tone="alert",
    )  # fmt: skip
