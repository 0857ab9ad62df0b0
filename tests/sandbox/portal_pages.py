"""What the tests of the portal's pages share: a browser without scripts, an installation."""

import html
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from sandbox.bitrix.portal import Portal


@contextmanager
def scriptless() -> Iterator[requests.Session]:
    """Cookies and redirects as a browser has them, without scripts."""
    with requests.Session() as made:
        made.trust_env = False
        yield made


def install(portal: Portal) -> None:
    """The application is there and finished, without any event."""
    portal.begin_installation()
    portal.finish_install(send_event=False)


def read(http: requests.Session, url: str, status: int = 200) -> str:
    """A page with its entities resolved; fails when it has another status."""
    answer = http.get(url, timeout=10)
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


def become(http: requests.Session, portal: Portal, user_id: int) -> None:
    """Choose the user in the header of the portal."""
    answer = http.post(f"{portal.url}/_user", data={"user_id": user_id, "back": "/marketplace/"}, timeout=10)
    assert answer.status_code == 200
