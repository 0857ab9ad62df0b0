"""One portal and the running application, and what tests ask of them."""

from typing import NamedTuple

from sqlalchemy import func, select

from app.base.clock import ManualClock
from app.storage.models import Installation, LateEvent
from bitrix_app import manifest
from sandbox.bitrix.portal import Portal
from sandbox.world import World
from tests.bitrix_app.app import House


class Scene(NamedTuple):
    """A world, its first portal, the application, and the clock of the application."""

    world: World
    portal: Portal
    house: House
    clock: ManualClock


def only(house: House) -> Installation:
    """The one installation that there is."""
    with house.services.sessions() as session:
        return session.scalars(select(Installation)).one()


def count(house: House) -> int:
    """How many installations there are."""
    with house.services.sessions() as session:
        return session.scalar(select(func.count()).select_from(Installation)) or 0


def late(house: House) -> list[LateEvent]:
    """Life events that wait to be proven."""
    with house.services.sessions() as session:
        return list(session.scalars(select(LateEvent)))


def install(portal: Portal) -> None:
    """The administrator installs the application and its page calls installFinish."""
    assert portal.open_installer().status_code == 200
    portal.finish_install()
    assert portal.events.wait_idle()


def matches(portal: Portal) -> None:
    """The portal has exactly what the manifest wants."""
    places = sorted((p.code, p.handler) for p in portal.placements)
    wanted = (*manifest.CARD_TABS, manifest.LINK)
    assert places == sorted((code, f"{portal.world.card.url}/bitrix/workplace") for code in wanted)
    bound = sorted(handler.event for handler in portal.handlers)
    expected = (*manifest.CRM_EVENTS, *manifest.CONNECTOR_EVENTS, *manifest.BOUND_LIFE_EVENTS)
    assert bound == sorted(expected)
    assert len({handler.url for handler in portal.handlers}) == 1
    assert set(portal.connectors) == {manifest.CONNECTOR_ID}
    assert portal.violations == []
