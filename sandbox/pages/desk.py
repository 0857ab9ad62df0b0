"""A portal as a person sees it: the signed-in user of the browser, the left menu, the frame round every page."""

from typing import TYPE_CHECKING, Any

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from sandbox.pages.crm_views import counted, kinds
from sandbox.pages.frames import APP_TITLE, FrameHost

if TYPE_CHECKING:
    from sandbox.bitrix.people import User
    from sandbox.bitrix.portal import Portal
    from sandbox.world import World


class Desk:
    """What the pages of one portal share."""

    def __init__(self, world: "World", portal: "Portal") -> None:
        self.world = world
        self.portal = portal
        self.frames = FrameHost(portal)

    @property
    def cookie(self) -> str:
        """Browsers share cookies between the ports of one host, so the name carries the portal."""
        return f"portal_user_{self.portal.member_id}"

    def signed_in(self) -> "User | None":
        """The user of this browser; None before anyone was chosen."""
        known = request.cookies.get(self.cookie, "")
        user = self.portal.users.get(int(known)) if known.isdecimal() else None
        return user if user is not None and user.active else None

    def user(self) -> "User":
        """The user of this browser, else the first administrator."""
        active = [user for user in self.portal.users.values() if user.active]
        return self.signed_in() or next((user for user in active if user.admin), active[0])

    def sign_in(self, response: Response, user_id: int) -> Response:
        """Remember the user in the browser."""
        response.set_cookie(self.cookie, str(user_id), samesite="Lax", httponly=True)
        return response

    def people(self) -> list[dict[str, Any]]:
        """Whom one may be in this portal."""
        active = [user for user in self.portal.users.values() if user.active]
        return [{"id": user.id, "name": user.full_name, "is_admin": user.admin} for user in active]

    def show(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page with header and menu, or without them inside a slider (`IFRAME=Y`)."""
        user = self.user()
        html = render_template(
            template,
            portal=self.portal,
            user={"id": user.id, "name": user.full_name, "is_admin": user.admin},
            users=self.people(),
            menu=self.menu(),
            unread=sum(each.user_id == user.id for each in self.portal.notifications),
            slider=request.args.get("IFRAME") == "Y",
            **values,
        )
        return make_response(html, status)

    def notice(self, title: str, message: str, status: int, **more: str) -> Response:
        """A page with one message."""
        return self.show("notice.html", status, title=title, message=message, **more)

    def menu(self) -> list[dict[str, Any]]:
        """The left menu with the number of items of each CRM list."""
        portal = self.portal
        crm = [
            _entry(kind.plural, kind.list_url, kind.prefix, counted(portal, kind)) for kind in kinds(portal)
        ]
        apps = [_entry("Маркет", "/marketplace/", "/marketplace/detail/")]
        if portal.installation is not None:
            apps.append(_entry(APP_TITLE, "/marketplace/app/", "/marketplace/app/"))
        return [
            {"title": "CRM", "entries": crm},
            {
                "title": "Общение",
                "entries": [
                    _entry("Чаты", "/online/", "/online/", self._open_dialogs()),
                    _entry("Контакт-центр", "/contact_center/", "/contact_center/"),
                ],
            },
            {"title": "Приложения", "entries": apps},
        ]

    def _open_dialogs(self) -> int:
        """How many dialogs of Open Lines the user could answer now."""
        lines, user = self.portal.open_lines, self.user()
        with self.portal.lock:
            opened = [dialog for dialog in lines.dialogs.values() if dialog.session is not None]
            return sum(lines.may_open(dialog, user.id) for dialog in opened)


def _entry(title: str, url: str, prefix: str, count: int | None = None) -> dict[str, Any]:
    return {"title": title, "url": url, "prefix": prefix, "count": count}
