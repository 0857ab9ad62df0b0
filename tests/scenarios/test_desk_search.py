"""Chats are found at the workplace by words of the client and by their number, in the list that is open."""

from collections.abc import Iterator

import pytest

from tests.support.databases import KINDS, Databases
from tests.support.desk import ANNA, IVAN, OLGA, Desk, desk


@pytest.fixture(params=KINDS, scope="module")
def here(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """One workplace for all tests of the module, once on each kind of database."""
    folder = tmp_path_factory.mktemp("desk")
    with databases.database(request.param, folder, migrated=True) as url, desk(url, folder) as made:
        yield made


def test_a_client_is_found_by_name_phone_and_number_in_the_list_that_is_open(here: Desk) -> None:
    chat, number = here.begun("Здравствуйте", name="Семён Лесной", phone="79160001122")
    here.begun("Здравствуйте", name="Семёнова Ольга", phone="79260001133")
    for asked in ("семен лесн", "8 916 000", "1122", str(chat.id)):
        assert here.box("all", q=asked) == [number], asked
    assert len(here.box("all", q="семен")) == 2
    assert here.box("all", q="никто") == []
    assert here.box("mine", q="лесной", user=IVAN) == []
    assert here.box("unanswered", q="лесной", user=IVAN) == [number]
    here.say(number, "Слушаю", user=IVAN)
    here.here.rest()
    assert here.box("mine", q="лесной", user=IVAN) == [number]
    assert here.box("unanswered", q="лесной", user=IVAN) == []


def test_pages_of_a_search_follow_each_other(here: Desk) -> None:
    numbers = [
        here.begun("Здравствуйте", name=f"Страница {at}", phone=f"7916000200{at}")[1] for at in range(5)
    ]
    seen: list[int] = []
    more = ""
    while True:
        page = here.get(f"/chats?box=all&q=страница&limit=2{more}", user=OLGA)
        seen += [row["id"] for row in page["items"]]
        if page["next"] is None:
            break
        more = f"&next={page['next']}"
    assert seen == sorted(numbers, key=seen.index) and sorted(seen) == sorted(numbers)
    newest = here.box("all", q="страница")
    assert newest == seen


def test_a_search_finds_nothing_that_is_not_the_operators_to_see(here: Desk) -> None:
    _, number = here.begun("Здравствуйте", name="Тайна Чужая", phone="79160003344")
    here.say(number, "Слушаю", user=OLGA)
    here.here.rest()
    here.here.save("workplace", visibility="own")
    try:
        assert here.box("all", q="тайна", user=IVAN) == []
        assert here.box("all", q="тайна", user=OLGA) == [number]
        assert here.box("all", q="тайна", user=ANNA) == [number]
    finally:
        here.here.save("workplace", visibility="all")
