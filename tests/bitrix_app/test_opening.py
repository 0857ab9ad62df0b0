"""What a frame opens: the session names a card or a conversation only when its user may see it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from app.base.clock import SystemClock
from app.base.file_links import FileLinks, FilePlace
from app.base.sessions import PageSession, PageSessions
from app.storage.models import Conversation, Employee, SettingsVersion
from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.bitrix_app import support
from tests.bitrix_app.app import House, serving

OPERATOR = 367852


class Opened:
    """A portal with the application in it, a lead, and a chat that belongs to it."""

    def __init__(self, world: World, portal: Portal, house: House) -> None:
        self.world = world
        self.portal = portal
        self.house = house
        self.lead: int = portal.crm.add(1, {"title": "Лид"}, 1).id
        now = house.services.clock.now()
        with house.services.sessions.begin() as session:
            for operator, user in ((OPERATOR, 7), (OPERATOR + 1, 9)):
                session.add(
                    Employee(installation_id=1, uis_id=operator, full_name=f"Оператор {user}", user_id=user)
                )
            chat = Conversation(
                installation_id=1, kind="chat", source_id=2045, account="1", operator_id=OPERATOR, facts={},
                ledger={"entities": {"lead": self.lead}}, state="done", created_at=now, updated_at=now,
            )  # fmt: skip
            session.add(chat)
            session.flush()
            self.chat: int = chat.id

    def save(self, **document: Any) -> None:
        with self.house.services.sessions.begin() as session:
            session.add(
                SettingsVersion(
                    installation_id=1, section="workplace", revision=1, document=document, author_id=1,
                    created_at=self.house.services.clock.now(),
                )
            )  # fmt: skip

    def leave(self, user_id: int) -> None:
        """This user is joined to nobody any more."""
        with self.house.services.sessions.begin() as session:
            session.query(Employee).filter_by(user_id=user_id).update({"user_id": None})

    def close(self, user_id: int) -> None:
        """This user may not read the lead."""
        self.portal.crm.closed.add((user_id, 1, self.lead))

    def file(self, installation: int = 1) -> str:
        config = self.house.services.config
        links = FileLinks(config, SystemClock())
        return links.short(FilePlace(installation, self.chat, 11)).rsplit("/", 1)[1]

    def session(self, answer: requests.Response) -> PageSession:
        found = re.search(r'<meta name="session" content="([^"]*)">', answer.text)
        assert found is not None, answer.text
        return PageSessions(self.house.services.config.secret_keys, SystemClock()).read(found[1])

    def link(self, user_id: int = 7, **params: Any) -> PageSession:
        options = {name: str(value) for name, value in params.items()} | {"URI": "/company/"}
        return self.session(self.portal.open_placement("REST_APP_URI", options, user_id))


@pytest.fixture
def here(sqlite_url: str, tmp_path: Path) -> Iterator[Opened]:
    with World() as world, serving(world, sqlite_url, tmp_path) as house:
        portal = world.portals[0]
        support.generous(portal)
        portal.open_installer()
        portal.finish_install(send_event=False)
        yield Opened(world, portal, house)


def seen(session: PageSession) -> tuple[Any, ...]:
    return session.verdict, session.entity_type, session.entity_id, session.chat_id, session.message_id


@pytest.mark.parametrize(
    ("code", "entity", "type_"),
    [
        ("CRM_LEAD_DETAIL_TAB", "lead", 1),
        ("CRM_DEAL_DETAIL_TAB", "deal", 2),
        ("CRM_CONTACT_DETAIL_TAB", "contact", 3),
        ("CRM_COMPANY_DETAIL_TAB", "company", 4),
    ],
)
def test_a_tab_opens_the_card_that_its_user_may_read(
    here: Opened, code: str, entity: str, type_: int
) -> None:
    number = here.portal.crm.add(type_, {"title": "Карточка"} if type_ != 3 else {"name": "Пётр"}, 1).id
    session = here.session(here.portal.open_placement(code, {"ID": str(number)}, 7))
    assert (session.page, *seen(session)) == ("workplace", "open", entity, number, None, None)
    here.portal.crm.closed.add((7, type_, number))
    assert seen(here.session(here.portal.open_placement(code, {"ID": str(number)}, 7))) == (
        "refused", None, None, None, None,
    )  # fmt: skip
    assert here.portal.requests[-1].method == "batch"


@pytest.mark.parametrize("number", ["999", "", "0", "-1", "1; DROP", "٣", "9" * 30])
def test_a_card_that_is_not_there_opens_nothing(here: Opened, number: str) -> None:
    session = here.session(here.portal.open_placement("CRM_LEAD_DETAIL_TAB", {"ID": number}, 7))
    assert (session.entity_type, session.entity_id, session.chat_id) == (None, None, None)


def test_a_portal_that_does_not_answer_opens_nothing_and_says_so(here: Opened) -> None:
    here.world.faults.add("bitrix", "batch", "http_500", times=1)
    session = here.session(here.portal.open_placement("CRM_LEAD_DETAIL_TAB", {"ID": str(here.lead)}, 7))
    assert seen(session) == ("away", None, None, None, None)


def test_a_link_opens_a_chat_to_its_operator_without_asking_the_portal(here: Opened) -> None:
    here.save(visibility="own")
    here.close(7)
    assert seen(here.link(7, chat=here.chat)) == ("open", None, None, here.chat, None)


def test_others_open_it_by_the_right_to_its_card(here: Opened) -> None:
    here.save(visibility="own")
    assert seen(here.link(9, chat=here.chat)) == ("open", "lead", here.lead, here.chat, None)
    here.close(9)
    assert seen(here.link(9, chat=here.chat)) == ("refused", None, None, None, None)


def test_the_button_of_an_activity_opens_its_conversation(here: Opened) -> None:
    here.leave(7)
    session = here.session(here.portal.open_app(7, {"conversation": "chat:2045"}))
    assert (session.page, *seen(session)) == ("workplace", "open", "lead", here.lead, here.chat, None)


def test_a_file_is_opened_by_whoever_may_see_its_conversation(here: Opened) -> None:
    here.leave(7)
    assert seen(here.link(7, file=here.file())) == ("open", "lead", here.lead, here.chat, 11)
    here.close(7)
    assert seen(here.link(7, file=here.file())) == ("refused", None, None, None, None)


@pytest.mark.parametrize(
    "params",
    [
        {"chat": 999},
        {"chat": "x"},
        {"conversation": "chat:1"},
        {"conversation": "other:2045"},
        {"file": "a.b"},
    ],
)
def test_what_is_not_there_is_refused_like_what_is_not_allowed(here: Opened, params: dict[str, Any]) -> None:
    assert seen(here.link(1, **params)) == ("refused", None, None, None, None)


def test_a_file_of_another_portal_is_refused(here: Opened) -> None:
    assert seen(here.link(1, file=here.file(installation=2))) == ("refused", None, None, None, None)


def test_the_plain_application_opens_nothing(here: Opened) -> None:
    session = here.session(here.portal.open_app(7))
    assert (session.page, *seen(session)) == ("app", None, None, None, None, None)


def test_the_page_may_frame_the_workplace_of_uis_and_nothing_else(here: Opened) -> None:
    def policy() -> str:
        return here.portal.open_placement("CRM_LEAD_DETAIL_TAB", {"ID": str(here.lead)}, 7).headers[
            "Content-Security-Policy"
        ]

    assert "frame-src" not in policy()
    here.save(mode="uis", url="https://работа.example:8443/chats?phone={phone}")
    assert policy().split("frame-src ")[1] == "https://xn--80aac6chp.example:8443"
