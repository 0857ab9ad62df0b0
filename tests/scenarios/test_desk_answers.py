"""Operators answer from the workplace: everything they say reaches the client once, in its order, with its state."""

from collections.abc import Iterator

import pytest

from tests.support.databases import KINDS, Databases
from tests.support.desk import ANNA, IVAN, MARINA, OLGA, OLGA_OF_UIS, SITE_CHAT, Desk, desk


@pytest.fixture(params=KINDS, scope="module")
def here(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """One workplace for all tests of the module, once on each kind of database; every test has a chat of its own."""
    folder = tmp_path_factory.mktemp("desk")
    with databases.database(request.param, folder, migrated=True) as url, desk(url, folder) as made:
        yield made


@pytest.fixture(autouse=True)
def fair(here: Desk) -> Iterator[None]:
    yield
    here.here.world.faults.clear()


def states(here: Desk, chat: int, user: int = IVAN) -> list[tuple[str, str | None]]:
    return [(row["text"], row["state"]) for row in here.chat(chat, user=user)["messages"]]


def test_an_answer_is_a_letter_at_first_and_a_message_with_its_states_then(here: Desk) -> None:
    chat, number = here.begun("Есть ёлки?")
    letter = here.say(number, "Есть, пушистые")
    assert (letter["state"], letter["kind"], letter["mine"], letter["text"]) == (
        "waiting",
        "message",
        True,
        "Есть, пушистые",
    )
    assert [row["id"] for row in here.chat(number)["letters"]] == [letter["id"]]
    here.here.rest()
    shown = here.chat(number)
    assert (here.heard(chat), shown["letters"]) == (["Есть, пушистые"], [])
    assert [(row["source"], row["text"]) for row in shown["messages"]] == [
        ("client", "Есть ёлки?"), ("operator", "Есть, пушистые"),
    ]  # fmt: skip
    assert shown["messages"][1]["mine"] and shown["messages"][1]["author"]["user_id"] == IVAN
    assert shown["operator"]["employee_id"] == MARINA
    for state in ("delivered", "read"):
        here.here.uis.message_status(chat.messages[-1].id, state)
        here.here.rest()
        assert here.chat(number)["messages"][1]["state"] == state


def test_the_same_key_is_one_message_and_with_other_words_it_is_refused(here: Desk) -> None:
    chat, number = here.begun()
    body = {"key": "the-same-key", "text": "Раз"}
    first, second = (here.post(f"/chats/{number}/messages", body, user=IVAN) for _ in range(2))
    assert first["id"] == second["id"]
    refused = here.post(f"/chats/{number}/messages", body | {"text": "Два"}, user=IVAN, status=409)
    assert refused["code"] == "key_used"
    here.here.rest()
    assert here.heard(chat) == ["Раз"]


def test_two_operators_keep_the_order_in_which_they_spoke_and_see_each_other(here: Desk) -> None:
    chat, number = here.begun()
    here.post(f"/chats/{number}/answering", user=IVAN)
    assert [row["user_id"] for row in here.chat(number, user=OLGA)["answering"]] == [IVAN]
    assert here.chat(number, user=IVAN)["answering"] == []
    for turn in range(3):
        here.say(number, f"Иван {turn}", user=IVAN)
        here.say(number, f"Ольга {turn}", user=OLGA)
    here.here.rest()
    expected = [f"{name} {turn}" for turn in range(3) for name in ("Иван", "Ольга")]
    assert here.heard(chat) == expected
    here.here.world.clock.advance(9)
    assert here.chat(number, user=OLGA)["answering"] == []


def test_a_message_is_quoted_and_edits_are_shown(here: Desk) -> None:
    chat, number = here.begun("Есть ёлки?")
    asked = chat.messages[0].id
    here.say(number, "Есть", reply_to=asked)
    here.here.rest()
    assert chat.messages[-1].reply_to_id == asked
    assert here.chat(number)["messages"][-1]["quote"] == {"id": asked, "author": None, "text": "Есть ёлки?"}
    here.here.uis.edit_message(asked, "А сосны?")
    here.here.rest()
    first = here.chat(number)["messages"][0]
    assert (first["text"], first["edited"]) == ("А сосны?", True)
    wrong = here.say(number, "Кто?", reply_to=1, status=422)
    assert wrong["errors"][0]["field"] == "reply_to"


def test_a_refused_answer_is_shown_with_the_reason_and_leaves_again_by_a_word_of_a_person(here: Desk) -> None:
    chat, number = here.begun()
    fault = here.here.world.faults.add(
        "uis_chat", "*/message", "error", times=1, status=422, code="text_too_long"
    )
    letter = here.say(number, "Слишком длинно")
    here.here.rest()
    assert here.heard(chat) == []
    [shown] = here.chat(number)["letters"]
    assert (shown["state"], shown["may_send_again"]) == ("failed", True)
    assert shown["problem"]
    here.here.world.faults.remove(fault.id)
    here.post(f"/letters/{letter['id']}/again", user=OLGA)
    here.here.rest()
    assert (here.heard(chat), here.chat(number)["letters"]) == (["Слишком длинно"], [])


def test_a_lost_answer_of_uis_is_in_doubt_and_the_message_itself_ends_the_doubt(here: Desk) -> None:
    chat, number = here.begun()
    here.here.world.faults.add("uis_chat", "*/message", "reset_after", times=1)
    here.say(number, "Дошло?")
    here.here.work()
    here.here.rest()
    assert here.heard(chat) == ["Дошло?"]
    assert here.chat(number)["letters"] == []


def test_a_doubt_is_never_sent_again_by_itself(here: Desk) -> None:
    chat, number = here.begun()
    here.here.world.faults.add("uis_chat", "*/message", "reset_before", times=1)
    letter = here.say(number, "Дошло?")
    here.here.rest()
    here.here.rest(600)
    [shown] = here.chat(number)["letters"]
    assert (shown["state"], shown["may_send_again"], here.heard(chat)) == ("in_doubt", True, [])
    gone = here.call("DELETE", f"/letters/{letter['id']}", user=IVAN)
    assert gone["state"] == "dropped"
    assert here.chat(number)["letters"] == []
    refused = here.post(f"/letters/{letter['id']}/again", user=IVAN, status=409)
    assert refused["code"] == "letter_moved"


def test_a_chat_api_that_is_away_is_left_alone_longer_and_longer(here: Desk) -> None:
    chat, number = here.begun()
    for _ in range(2):
        fault = here.here.world.faults.add("uis_chat", "*/message", "http_503", times=0)
        here.say(number, "Есть")
        here.here.work()
        pauses = []
        for _ in range(9):
            [letter] = [row for row in here.here.letters(kind="message") if row.state == "waiting"]
            assert letter.look_at is not None
            pauses.append((letter.look_at - here.here.services.clock.now()).total_seconds())
            here.here.world.clock.advance(pauses[-1] + 0.1)
            here.here.work()
        assert pauses == pytest.approx([10, 20, 40, 80, 160, 320, 640, 900, 900], abs=5)
        here.here.world.faults.remove(fault.id)
        here.here.rest(910)
    assert here.heard(chat) == ["Есть", "Есть"]


def test_a_chat_is_handed_over_taken_back_and_closed(here: Desk) -> None:
    chat, number = here.begun()
    refused = here.order(number, "take", status=409)
    assert refused["why"] == "nobody_has_it"
    here.say(number, "Слушаю", user=IVAN)
    here.here.rest()
    assert here.box("mine", user=IVAN)[0] == number
    here.order(number, "transfer", employee_id=OLGA_OF_UIS)
    here.here.rest()
    assert (chat.employee_id, here.chat(number)["operator"]["user_id"]) == (OLGA_OF_UIS, OLGA)
    assert number not in here.box("mine", user=IVAN) and number in here.box("mine", user=OLGA)
    here.order(number, "take", user=IVAN)
    here.here.rest()
    assert chat.employee_id == MARINA
    assert here.order(number, "take", user=IVAN, status=409)["why"] == "has_it_already"
    wrong = here.order(number, "transfer", employee_id=1, status=422)
    assert wrong["errors"][0]["field"] == "employee_id"
    here.say(number, "До свидания", user=IVAN)
    here.order(number, "close", user=IVAN)
    here.here.rest()
    shown = here.chat(number)
    assert (chat.release_cause, shown["state"], here.heard(chat)[-1]) == (
        "closed_by_operator",
        "closed",
        "До свидания",
    )
    assert (shown["may"]["write"], shown["may"]["close"]) == (False, False)
    assert here.say(number, "Ещё вот что", status=409)["why"] == "chat_closed"


def test_a_chat_that_went_to_a_colleague_and_back_within_a_minute_goes_there_again(here: Desk) -> None:
    chat, number = here.begun()
    here.say(number, "Слушаю", user=IVAN)
    here.here.rest(1)
    for _ in range(2):
        here.order(number, "transfer", employee_id=OLGA_OF_UIS)
        here.here.rest(1)
        assert (chat.employee_id, here.chat(number)["operator"]["user_id"]) == (OLGA_OF_UIS, OLGA)
        here.order(number, "take", user=IVAN)
        here.here.rest(1)
        assert (chat.employee_id, here.chat(number)["operator"]["user_id"]) == (MARINA, IVAN)


def test_a_closed_chat_of_a_messenger_goes_on_with_the_same_client_and_card(here: Desk) -> None:
    chat, number = here.begun(channel=740805, phone="79160000077")
    here.say(number, "Слушаю")
    here.order(number, "close")
    here.settle()
    entities = here.conversation(chat.id).ledger["entities"]
    assert entities
    assert here.chat(number)["may"]["write"]
    here.say(number, "Забыли сказать: скидка до пятницы")
    here.settle()
    after = max(here.here.uis.chats.values(), key=lambda one: one.id)
    assert (after.id != chat.id, here.heard(after)) == (True, ["Забыли сказать: скидка до пятницы"])
    assert here.conversation(after.id).ledger["entities"] == entities


def test_words_of_a_user_without_a_pair_are_refused_with_the_names_of_those_who_can_help(here: Desk) -> None:
    _, number = here.begun()
    refused = here.say(number, "Здравствуйте", user=ANNA, status=403)
    assert refused["code"] == "no_pair"
    assert [row["user_id"] for row in refused["joiners"]] == [ANNA]
    assert "Анна Смирнова" in refused["detail"]
    assert here.here.letters(kind="message", author_id=ANNA) == []


def test_nothing_to_say_is_refused_at_its_field(here: Desk) -> None:
    _, number = here.begun(channel=SITE_CHAT)
    for words in ("", "\n\n"):
        assert here.say(number, words, status=422)["errors"][0]["field"] == "text"
