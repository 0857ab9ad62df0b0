"""What the tests of Open Lines share: a portal with the application's connector on line 1, and its inbox for events."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.bitrix.lines.operators import OpenLines
from sandbox.bitrix.portal import Portal
from sandbox.bitrix.wire import decode_pairs
from tests.sandbox.bitrix_portal import Caller, Inbox, installed_world

EVENTS = (
    "ONIMCONNECTORMESSAGEADD", "ONIMCONNECTORMESSAGEUPDATE", "ONIMCONNECTORMESSAGEDELETE", "ONIMCONNECTORDIALOGSTART",
    "ONIMCONNECTORDIALOGFINISH", "ONIMCONNECTORSTATUSDELETE", "ONIMCONNECTORLINEDELETE",
)  # fmt: skip
CONNECTOR = "uis_omni"
ICON = {"DATA_IMAGE": "data:image/svg+xml,%3Csvg%20xmlns%3D%22http://www.w3.org/2000/svg%22/%3E"}


@dataclass
class Connected:
    """A portal whose line 1 has the application's connector; `inbox` got its events."""

    portal: Portal
    caller: Caller
    inbox: Inbox

    @property
    def lines(self) -> OpenLines:
        return self.portal.open_lines

    def send(self, *elements: dict[str, Any]) -> list[dict[str, Any]]:
        """`DATA.RESULT` of `imconnector.send.messages`."""
        answer = self.caller.result(
            "imconnector.send.messages", CONNECTOR=CONNECTOR, LINE=1, MESSAGES=elements
        )
        found: list[dict[str, Any]] = answer["DATA"]["RESULT"]
        return found

    def begin(self, **more: Any) -> tuple[int, int]:
        """A first message of a client; ids of chat and session."""
        [result] = self.send(element(**more))
        assert result["SUCCESS"], result
        return int(result["session"]["CHAT_ID"]), int(result["session"]["ID"])

    def events(self, name: str) -> list[Any]:
        """`data` of the events of this name that came, nested again, in the order of their arrival."""
        assert self.portal.events.wait_idle()
        forms = [decode_pairs(form.items()) for _, _, form in self.inbox.received]
        return [form["data"] for form in forms if form["event"] == name]


def element(
    mid: str = "m1", text: str = "Здравствуйте", person: str = "p1", chat: str = "c1", **more: Any
) -> dict[str, Any]:
    """One element of MESSAGES; `user`, `message` and `more` blocks are merged in."""
    user = {"id": person, "name": "Пётр", **more.pop("user", {})}
    message = {"id": mid, "date": 1773265993, "text": text, **more.pop("message", {})}
    return {
        "user": user,
        "message": message,
        "chat": {"id": chat, "name": "Сайт", **more.pop("chat_more", {})},
    }


@contextmanager
def connected(**register: Any) -> Iterator[Connected]:
    """The application has registered its connector, bound its events and switched line 1 on."""
    with installed_world() as world, Inbox() as inbox:
        portal = world.portals[0]
        caller = Caller(portal)
        caller.result(
            "imconnector.register",
            ID=CONNECTOR, NAME="OMNI", ICON=ICON, PLACEMENT_HANDLER="http://h/connector", **register,
        )  # fmt: skip
        for event in EVENTS:
            caller.result("event.bind", event=event, handler=f"{inbox.server.url}/events")
        caller.result("imconnector.activate", CONNECTOR=CONNECTOR, LINE=1, ACTIVE=1)
        caller.result(
            "imconnector.connector.data.set", CONNECTOR=CONNECTOR, LINE=1, DATA={"ID": "c1", "NAME": "Сайт"}
        )
        yield Connected(portal, caller, inbox)
