"""Cards of the CRM: whose client it is in all his cards, and who may read them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.rules.desk.cards import keys_of
from app.storage.services import Services
from bitrix_app.app_info import app_info
from bitrix_app.client import PortalClient
from bitrix_app.desk.cards import read_card, readable
from bitrix_app.errors import NoAnswer
from bitrix_app.verify import VerifiedUser
from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.bitrix_app import support

LEAD, DEAL, CONTACT, COMPANY, SMART = 1, 2, 3, 4, 1036


class Portalled:
    """A portal with the application in it."""

    def __init__(self, house: Services, portal: Portal) -> None:
        self.house = house
        self.portal = portal
        self.client: PortalClient = support.client(house, support.enrolled(house, portal))

    def add(self, type_: int, **fields: Any) -> int:
        return self.portal.crm.add(type_, fields, 1).id

    def user(self, user_id: int) -> VerifiedUser:
        token = self.portal.world.oauth.issue(self.portal, user_id).access_token
        url = self.house.config.oauth_urls[0]
        return VerifiedUser(
            info=app_info(self.house, url, token), admin=False, oauth_url=url, access_token=token
        )  # fmt: skip


@pytest.fixture
def here(sqlite_url: str, tmp_path: Path) -> Iterator[Portalled]:
    with World() as world, support.services(sqlite_url, support.config(world, tmp_path)) as house:
        support.generous(world.portals[0])
        yield Portalled(house, world.portals[0])


def fm(kind: str, value: str, value_type: str = "WORK") -> dict[str, str]:
    return {"typeId": kind, "valueType": value_type, "value": value}


def test_a_deal_is_of_its_contacts_and_its_company(here: Portalled) -> None:
    company = here.add(COMPANY, title="Ромашка", fm=[fm("EMAIL", "office@example.com")])
    stranger = here.add(CONTACT, name="Чужой", fm=[fm("PHONE", "+79990000000")])
    contact = here.add(
        CONTACT, name="Пётр", lastName="Покупатель", companyId=company,
        fm=[
            fm("PHONE", "8 916 123-45-67"), fm("PHONE", "+7 916 000-00-01", "MOBILE"),
            fm("IM", "https://t.me/buyer_1", "TELEGRAM"), fm("IM", "imol|uis_omni|1|2|3", "IMOL"),
        ],
    )  # fmt: skip
    deal = here.add(DEAL, title="Заказ 5", contactId=contact, companyId=company)
    card = read_card(here.client, "deal", deal)
    assert card is not None
    assert keys_of(card, {"+79160000001"}) == {
        f"deal:{deal}", f"contact:{contact}", f"company:{company}", "phone:+79161234567", "email:office@example.com",
    }  # fmt: skip
    assert [(c.kind, c.value, c.of) for c in card.contacts] == [
        ("phone", "8 916 123-45-67", "Пётр Покупатель"),
        ("phone", "+7 916 000-00-01", "Пётр Покупатель"),
        ("username", "@buyer_1", "Пётр Покупатель"),
        ("email", "office@example.com", "Ромашка"),
    ]
    assert (card.title, card.fields["name"], card.fields["last_name"], card.fields["company"]) == (
        "Заказ 5", "Пётр", "Покупатель", "Ромашка",
    )  # fmt: skip
    assert f"contact:{stranger}" not in card.links


def test_a_company_has_its_people_and_a_lead_only_itself(here: Portalled) -> None:
    company = here.add(COMPANY, title="Ромашка")
    members = [here.add(CONTACT, name=f"Сотрудник {n}", companyId=company) for n in range(3)]
    here.add(CONTACT, name="Чужой")
    card = read_card(here.client, "company", company)
    assert card is not None
    assert card.links == {f"company:{company}", *(f"contact:{number}" for number in members)}
    lead = here.add(LEAD, title="Лид", name="Анна", fm=[fm("PHONE", "+79161234567")])
    card = read_card(here.client, "lead", lead)
    assert card is not None
    assert card.links == {f"lead:{lead}"}
    assert (card.of_kind("phone"), card.fields["name"]) == (("+79161234567",), "Анна")


def test_a_smart_process_is_of_its_contact(here: Portalled) -> None:
    here.portal.crm.add_smart_process(SMART, "Договоры")
    contact = here.add(CONTACT, name="Пётр", fm=[fm("EMAIL", "p@example.com")])
    item = here.add(SMART, title="Договор 1", contactId=contact)
    card = read_card(here.client, "dynamic_1036", item)
    assert card is not None
    assert keys_of(card) == {f"dynamic_1036:{item}", f"contact:{contact}", "email:p@example.com"}


@pytest.mark.parametrize(
    ("kind", "number"), [("deal", 999), ("dynamic_77", 1), ("invoice", 1), ("dynamic_", 1)]
)
def test_what_is_not_there_is_no_card(here: Portalled, kind: str, number: int) -> None:
    assert read_card(here.client, kind, number) is None


def test_a_card_is_read_by_the_right_of_its_user(here: Portalled) -> None:
    first, second = here.add(LEAD, title="Лид 1"), here.add(LEAD, title="Лид 2")
    here.portal.crm.closed.add((7, LEAD, second))
    asked = [("lead", first), ("lead", second), ("lead", 999), ("dynamic_77", 1), ("nothing", 1)]
    limits = support.limiter()
    assert readable(here.house, limits, here.user(7), asked) == [True, False, False, False, False]
    assert readable(here.house, limits, here.user(1), asked) == [True, True, False, False, False]


def test_a_portal_that_does_not_answer_gives_no_right(here: Portalled) -> None:
    lead = here.add(LEAD, title="Лид")
    user = here.user(7)
    here.portal.world.faults.add("bitrix", "batch", "http_500", times=1)
    with pytest.raises(NoAnswer):
        readable(here.house, support.limiter(), user, [("lead", lead)])
