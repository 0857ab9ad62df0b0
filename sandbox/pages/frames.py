"""Application frames: what the page needs to open one, and the service behind its parent side.

The browser posts the form of `Portal.frame` into an iframe named `DOMAIN|PROTOCOL|APP_SID`; static/frame_host.js
then answers the commands that the frame sends by postMessage (Bitrix24: sdk/bx24-js-sdk, widgets/ui-interaction).
"""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request

if TYPE_CHECKING:
    from sandbox.bitrix.people import User
    from sandbox.bitrix.portal import Portal

APP_TITLE = "UIS OMNI"
APP_PAGE = "/marketplace/app/"
ACCESS_S = "3600"
_DETAIL = re.compile(r"CRM_(LEAD|DEAL|CONTACT|COMPANY|DYNAMIC_\d+)_(DETAIL_TAB|DETAIL_ACTIVITY|LIST_MENU)")

Settings = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFrame:
    """A frame that the portal has shown: whose it is and whether it is the installer."""

    user_id: int
    installer: bool


class FrameHost:
    """The frames of one portal, by APP_SID."""

    def __init__(self, portal: "Portal") -> None:
        self.portal = portal
        self.opened: dict[str, OpenFrame] = {}
        self._launched: set[tuple[str, int]] = set()

    def open(
        self,
        url: str,
        user: "User",
        *,
        title: str = APP_TITLE,
        placement: str = "DEFAULT",
        options: dict[str, Any] | None = None,
        installer: bool = False,
    ) -> Settings:
        """Settings of a new frame for static/frame_host.js; `options` get the `URI` of the page that is shown.

        Raises ValueError when the application is not installed.
        """
        portal = self.portal
        given = None if options is None else {"URI": page_uri(), **options}
        frame = portal.frame(url, user.id, placement, given)
        self.opened[frame.app_sid] = OpenFrame(user_id=user.id, installer=installer)
        return {
            "sid": frame.app_sid,
            "action": frame.url,
            "fields": frame.fields,
            "title": title,
            "domain": portal.domain,
            "protocol": "0",
            "lang": portal.language,
            "member_id": portal.member_id,
            "client_id": portal.world.card.client_id,
            "is_admin": user.admin,
            "install": installer,
            "first_run": not installer and not self._was_launched(user.id),
            "auth": _auth(frame.fields["AUTH_ID"], frame.fields["REFRESH_ID"]),
            "app_options": portal.options or [],
            "user_options": portal.user_options.get(user.id) or [],
            "placement": placement,
            "placement_options": given or {},
            "commands": ["reloadData"] if _DETAIL.fullmatch(placement) else [],
            "events": [],
            "users": [
                {"id": each.id, "name": each.full_name} for each in portal.users.values() if each.active
            ],
            "service": f"/_frame/{frame.app_sid}/",
            "open_url": APP_PAGE,
        }

    def refresh(self, sid: str) -> dict[str, str]:
        """New tokens for the user of the frame; raises KeyError for an unknown frame."""
        user_id = self.opened[sid].user_id
        if self.portal.installation is None:
            raise KeyError(sid)
        grant = self.portal.world.oauth.issue(self.portal, user_id)
        return _auth(grant.access_token, grant.refresh_token or "")

    def finish(self, sid: str) -> str:
        """`installFinish` of an installer frame: where the page goes then; raises KeyError for any other frame."""
        frame = self.opened[sid]
        if not frame.installer or self.portal.installation is None:
            raise KeyError(sid)
        self.portal.finish_install()
        return APP_PAGE

    def launched(self, sid: str) -> None:
        """The user of the frame has seen the application for the first time."""
        user_id = self.opened[sid].user_id
        if self.portal.installation is not None:
            self._launched.add((self.portal.installation.application_token, user_id))

    def set_option(self, sid: str, name: str, value: Any, personal: bool) -> None:
        """An option of the application, or of the user in it; the former is the administrator's alone."""
        user = self.portal.users[self.opened[sid].user_id]
        with self.portal.lock:
            if personal:
                self.portal.user_options.setdefault(user.id, {})[name] = value
            elif user.admin:
                self.portal.options[name] = value
            else:
                raise PermissionError("only an administrator changes options of the application")

    def _was_launched(self, user_id: int) -> bool:
        found = self.portal.installation
        return found is not None and (found.application_token, user_id) in self._launched


def _auth(access_token: str, refresh_token: str) -> dict[str, str]:
    return {"AUTH_ID": access_token, "REFRESH_ID": refresh_token, "AUTH_EXPIRES": ACCESS_S}


def page_uri() -> str:
    """Path and query of the page on which the frame stands."""
    query = request.query_string.decode()
    return f"{request.path}?{query}" if query else request.path


def json_params(name: str = "params") -> dict[str, Any]:
    """A JSON object out of a query parameter; raises ValueError for anything else."""
    found = json.loads(request.args.get(name) or "{}")
    if not isinstance(found, dict):
        raise ValueError(f"{name} is no JSON object")
    return found
