"""Chats are found at the workplace by words of the client, by what was said, by their number, in the open list."""

from collections.abc import Iterator

import pytest

from app.storage.queries import desk_search, search_words
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


def pieces(here: Desk, asked: str, **more: str) -> list[str]:
    """What the list shows of what was found, the words that were looked for in brackets."""
    items = here.get(f"/chats?box=all&q={asked}", **more)["items"]
    return [
        "".join(f"[{piece['text']}]" if piece["found"] else piece["text"] for piece in row["found"]["pieces"])
        for row in items
        if row["found"]
    ]


def test_words_said_by_both_sides_are_found_with_their_place_newest_first(here: Desk) -> None:
    _, older = here.begun("Есть ли у вас ЯГЕЛЬ свежий?", name="Ищущий Первый", phone="79160005501")
    here.here.world.clock.advance(60)
    _, newer = here.begun("Здравствуйте", name="Ищущий Второй", phone="79160005502")
    here.say(newer, "Ягеля нет, есть мох исландский", user=IVAN)
    here.here.rest()
    assert here.box("all", q="ягел") == [newer, older]
    assert pieces(here, "ЯГЕЛ") == ["[Ягеля] нет, есть мох исландский", "Есть ли у вас [ЯГЕЛЬ] свежий?"]
    assert pieces(here, "исландский ягеля") == ["[Ягеля] нет, есть мох [исландский]"]
    assert here.box("all", q="второй исландский") == [newer], "a name and a word of the chat together"
    assert here.box("all", q="первый исландский") == []
    assert here.box("all", q="гель") == []
    assert here.box("all", q="я") == [], "one letter is looked for in names only"
    assert here.box("all", q="и")[:2] == [newer, older]
    assert here.get("/chats?box=all&q=второй ищущий")["items"][0]["found"] is None
    [again] = here.get(f"/chats?box=all&ids={older}&q=ягель")["items"]
    assert again["found"]["source"] == "client" and again["found"]["at"] == again["last"]["at"]
    assert here.get(f"/chats?ids={older}")["items"][0]["found"] is None


def test_a_file_is_found_by_its_name_and_an_edit_by_its_new_words(here: Desk) -> None:
    chat, number = here.begun("Смотрите", name="Файл Приславший", phone="79160005601")
    here.here.uis.visitor_writes(chat.id, "", file=("Смета-дом.pdf", b"%PDF-1.7"))
    here.here.uis.edit_message(chat.messages[0].id, "Смотрите кровлю")
    here.here.rest()
    assert here.box("all", q="смета") == [number]
    assert pieces(here, "смета") == ["[Смета]-дом.pdf"]
    assert pieces(here, "кровлю") == ["Смотрите [кровлю]"]


def test_words_of_a_chat_that_is_not_the_operators_to_see_find_nothing(here: Desk) -> None:
    _, number = here.begun("Кодовое слово антрацит", name="Чужой", phone="79160005701")
    here.say(number, "Слушаю", user=OLGA)
    here.here.rest()
    here.here.save("workplace", visibility="own")
    try:
        assert here.box("all", q="антрацит", user=IVAN) == []
        assert here.get(f"/chats?ids={number}&q=антрацит", user=IVAN)["items"] == []
        assert (
            here.box("all", q="антрацит", user=OLGA) == here.box("all", q="антрацит", user=ANNA) == [number]
        )
    finally:
        here.here.save("workplace", visibility="all")


def test_words_that_many_say_find_the_newest_and_only_so_many_chats_are_looked_at(
    here: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = []
    for at in range(6):
        here.here.world.clock.advance(1)
        numbers.append(here.begun("Повторяем часто", name=f"Многий {at}", phone=f"7916000580{at}")[1])
    monkeypatch.setattr(search_words, "MANY", 3)
    assert here.box("all", q="повторя", limit=2) == numbers[:-3:-1]
    assert here.box("all", q="повторяем часто") == numbers[::-1]
    monkeypatch.setattr(desk_search, "WALKED", 2)
    assert here.box("all", q="повторяем часто") == numbers[:-3:-1]
    assert here.box("unanswered", q="повторяем часто") == numbers[-2:]


def test_one_conversation_that_says_much_hides_no_other(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many words of one chat may begin alike: the others that begin so are not cut off."""
    _, one = here.begun("кварка кварко кварку", name="Болтун", phone="79160005901")
    _, other = here.begun("кваркы", name="Молчун", phone="79160005902")
    monkeypatch.setattr(search_words, "MANY", 3)
    assert sorted(here.box("all", q="кварк")) == sorted([one, other])
