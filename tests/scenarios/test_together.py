"""Many clients at once, each in several channels, worked on by several workers: every client is one contact."""

from collections import Counter
from pathlib import Path

import pytest

from app.pipeline.dispatcher import Dispatcher
from app.storage.models import Conversation, InboxRow
from tests.support.databases import Databases
from tests.support.joined import Joined, joined
from tests.support.ports import wait_until
from tests.uis.stage import SITE_CHAT, TELEGRAM, WHATSAPP

LEAD, DEAL, CONTACT = 1, 2, 3
CLIENTS, CHANNELS = 50, (SITE_CHAT, WHATSAPP, TELEGRAM)


def start_all(house: Joined) -> None:
    """Every client begins a chat in each channel, all in disorder and in parallel."""
    house.uis.hold()
    for number in range(CLIENTS):
        for channel in CHANNELS:
            house.uis.visitor_starts_chat(
                channel, phone=f"7916{number:07}", name=f"Клиент {number}", text="Привет"
            )
    house.uis.release("shuffled")


def settled(house: Joined) -> bool:
    """Whether nothing more will be made; activities may still be shown anew when it has been quiet for a while."""
    with house.stage.services.sessions() as session:
        done = session.query(Conversation).filter_by(state="done").count()
        waiting = session.query(InboxRow).filter_by(state="new").count()
    return done == CLIENTS * len(CHANNELS) and waiting == 0


@pytest.mark.parametrize(("kind", "entity"), [("sqlite", "lead"), ("postgresql", "deal")])
def test_fifty_clients_in_three_channels(
    kind: str, entity: str, databases: Databases, tmp_path: Path
) -> None:
    with databases.database(kind, tmp_path, migrated=True) as url, joined(url, channels=CHANNELS) as house:
        house.stage.save("chats", create={"entity": entity})
        dispatcher = Dispatcher(house.stage.road, threads=4)
        dispatcher.start()
        try:
            start_all(house)
            house.uis.flush(60)
            wait_until(lambda: settled(house), "all chats settled", seconds=90)
        finally:
            dispatcher.stop()
        made = house.stage.items(LEAD if entity == "lead" else DEAL)
        assert len(made) == CLIENTS
        assert len(house.stage.activities()) == CLIENTS * len(CHANNELS)
        if entity == "deal":
            assert len(house.stage.items(CONTACT)) == CLIENTS
            assert set(Counter(deal["contactId"] for deal in made).values()) == {1}
