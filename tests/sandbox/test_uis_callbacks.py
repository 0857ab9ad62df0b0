"""Callbacks of UIS: their bodies have exactly the documented keys, and deliveries go wrong only when told to."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from sandbox.uis import Uis
from sandbox.uis.entities import Channel
from tests.sandbox.uis_account import Account, Connected, Hook, connect, running_account, running_hook

HEAD = {"context", "account_id", "channel_id"}
ACCOUNT = {"id", "name", "adapter_id", "client_id", "context", "status"}
CHANNEL = {"id", "name", "type", "account_id", "context", "status"}
CHAT = HEAD | {"chat_id", "visitor_id", "visitor_phone", "operator_id", "initiator", "created_at"}
OPERATOR = HEAD | {"chat_id", "operator_id"}
CLOSE = HEAD | {"chat_id", "reason"}
MESSAGE = HEAD | {
    "id", "chat_id", "source", "operator_id", "reply_to_id", "text", "created_at", "status", "resource",
    "system_message_mnemonic",
}  # fmt: skip
EDITED = HEAD | {"id", "chat_id", "text", "resource"}
STATUS = HEAD | {"chat_id", "message_id", "status"}
CARD = HEAD | {"visitor_id", "visitor_card"}


@pytest.fixture
def account() -> Iterator[Account]:
    with running_account() as started:
        yield started


@pytest.fixture
def hook() -> Iterator[Hook]:
    with running_hook() as started:
        yield started


@pytest.fixture
def connected(account: Account, hook: Hook) -> Connected:
    return connect(account, hook)


def tell_the_whole_story(uis: Uis) -> int:
    """A chat with everything that can happen to it; returns its id."""
    chat = uis.visitor_starts_chat(740805, phone="+7 916 000-00-01", text="Здравствуйте")
    uis.visitor_writes(chat.id, "", file=("photo.jpg", b"picture"))
    answer = uis.operator_writes(chat.id, "Добрый день", 367852)
    uis.message_status(answer.id, "read")
    uis.edit_message(answer.id, "Добрый день!")
    uis.visitor_card(chat.visitor_id, name="Клиент", emails=["client@example.com"])
    uis.assign(chat.id, 367853)
    uis.close_chat(chat.id, "closed_by_operator")
    uis.flush()
    return chat.id


def test_every_callback_has_exactly_the_documented_keys(connected: Connected) -> None:
    tell_the_whole_story(connected.uis)
    connected.account.call("DELETE", "/v1/integration/account/286", token=connected.jwt)
    connected.uis.flush()
    told = [(one.method, one.path, set(one.body)) for one in connected.hook.received]
    assert told == [
        ("POST", "/account", ACCOUNT),
        *[("POST", "/channel", CHANNEL)] * 3,
        ("POST", "/chat", CHAT),
        ("POST", "/message", MESSAGE),
        ("POST", "/message", MESSAGE),
        ("PATCH", "/chat", OPERATOR),
        ("POST", "/message", MESSAGE),
        ("POST", "/message/status", STATUS),
        ("POST", "/message", EDITED),
        ("POST", "/visitor/card", CARD),
        ("PATCH", "/chat", OPERATOR),
        ("POST", "/chat/close", CLOSE | {"operator_id"}),
        *[("DELETE", f"/channel/{number}", CHANNEL) for number in (3580, 3581, 3582)],
        ("DELETE", "/account/286", ACCOUNT),
    ]


def test_values_are_those_of_the_page(connected: Connected) -> None:
    chat_id = tell_the_whole_story(connected.uis)
    head = {"context": {"app_id": 4735, "chat_channel_id": 740805}, "account_id": 286, "channel_id": 3580}
    [chat] = connected.hook.of("/chat")
    assert chat["created_at"].endswith("+00:00")
    assert {name: chat[name] for name in HEAD} == head
    assert (chat["visitor_phone"], chat["operator_id"], chat["initiator"]) == ("79160000001", None, "visitor")
    assert connected.hook.of("/chat/close") == [
        {**head, "chat_id": chat_id, "operator_id": 367853, "reason": "closed_by_operator"}
    ]
    file = connected.hook.of("/message")[1]["resource"]
    assert set(file) == {"id", "token", "type", "name", "size"}
    assert (file["type"], file["name"], file["size"]) == ("photo", "photo.jpg", 7)
    card = connected.hook.of("/visitor/card")[0]["visitor_card"]
    assert card == {
        "name": "Клиент",
        "company": None,
        "comment": None,
        "phones": ["79160000001"],
        "emails": ["client@example.com"],
    }


def test_nobody_closed_a_chat_that_timed_out(connected: Connected) -> None:
    chat = connected.uis.visitor_starts_chat()
    connected.uis.close_chat(chat.id, "closed_by_timeout")
    connected.uis.flush()
    assert set(connected.hook.of("/chat/close")[0]) == CLOSE


def test_a_rejected_invitation_is_a_chat_without_the_visitor(connected: Connected) -> None:
    chat = connected.uis.invite_rejected()
    connected.uis.flush()
    assert connected.hook.of("/chat")[0]["initiator"] == "autoinvite"
    assert [body["source"] for body in connected.hook.of("/message")] == ["autoinvite"]
    assert connected.hook.of("/chat/close")[0]["reason"] == "invite_rejected"
    assert chat.status == "refused"


@pytest.mark.parametrize(
    ("adapter", "expected"),
    [
        ({"webhook_auth": {"type": "Bearer", "token": "t"}}, "Bearer t"),
        (
            {"webhook_auth": {"type": "Basic", "login": "l", "password": "p"}},
            "Basic " + base64.b64encode(b"l:p").decode(),
        ),
        ({"webhook_auth": None, "webhook_token": "old"}, "Bearer old"),
        ({"webhook_auth": None}, None),
    ],
)
def test_callbacks_are_signed_as_the_adapter_wants(
    account: Account, hook: Hook, adapter: dict[str, Any], expected: str | None
) -> None:
    connect(account, hook, **adapter)
    assert {one.headers.get("Authorization") for one in hook.received} == {expected}


def test_the_first_version_has_its_own_assignment_and_no_edits(account: Account, hook: Hook) -> None:
    tell_the_whole_story(connect(account, hook, webhook_version="v1").uis)
    assert hook.of("/chat", "PATCH") == []
    assert [set(body) for body in hook.of("/chat/operator")] == [OPERATOR, OPERATOR]
    assert len(hook.of("/message")) == 3


def test_a_forwarded_chat_is_out_of_reach_for_the_operators_of_uis(account: Account, hook: Hook) -> None:
    uis = connect(account, hook, forwarded=True).uis
    chat = uis.visitor_starts_chat(text="Здравствуйте")
    forbidden: list[Callable[[], object]] = [
        lambda: uis.operator_writes(chat.id, "Добрый день"),
        lambda: uis.assign(chat.id, 367852),
        lambda: uis.close_chat(chat.id, "closed_by_operator", 367852),
    ]
    for order in forbidden:
        with pytest.raises(ValueError, match="forwarded"):
            order()
    uis.flush()
    assert len(hook.of("/message")) == 1


def test_chats_that_stay_in_uis_can_be_silent(connected: Connected) -> None:
    connected.uis.callbacks_without_scenario = False
    tell_the_whole_story(connected.uis)
    assert [one.path for one in connected.hook.received] == ["/account", *["/channel"] * 3]
    assert len(connected.account.rows("get.chats_report", **connected.account.window())) == 1


def test_the_waba_window_is_told_with_messages(account: Account, hook: Hook) -> None:
    account.uis.channels[740808] = Channel(
        id=740808, channel_id=28913, type="waba", name="WABA", message_templates=[{"id": 5, "name": "hello"}]
    )
    uis = connect(account, hook, supported_channel_types=["waba"]).uis
    assert hook.of("/channel")[0]["context"]["message_templates"] == [{"id": 5, "name": "hello"}]
    chat = uis.visitor_starts_chat(740808, phone="79160000001", text="Здравствуйте")
    uis.flush()
    expected = int(chat.messages[0].created + 24 * 3600)
    assert hook.of("/message")[0]["context"]["conversation_frame_ts"] == expected
    assert "conversation_frame_ts" not in hook.of("/chat")[0]["context"]


def sent_texts(hook: Hook) -> list[str]:
    return [body["text"] for body in hook.of("/message")]


def say(uis: Uis, count: int) -> list[str]:
    chat = uis.visitor_starts_chat()
    texts = [f"message {number}" for number in range(count)]
    for text in texts:
        uis.visitor_writes(chat.id, text)
    return texts


def test_callbacks_come_in_order(connected: Connected) -> None:
    texts = say(connected.uis, 30)
    connected.uis.flush()
    assert sent_texts(connected.hook) == texts
    latest = connected.uis.deliveries[-1]
    assert (latest.outcome, latest.status, latest.attempts) == ("delivered", 204, 1)
    assert latest.latency_s is not None


def test_a_lost_callback_never_comes_but_the_report_knows_the_chat(connected: Connected) -> None:
    connected.account.faults.add("callback", "*", "lose", times=0)
    say(connected.uis, 2)
    connected.uis.flush()
    assert connected.hook.of("/chat") == []
    rows = connected.account.rows("get.chats_report", **connected.account.window(), fields=["messages_count"])
    assert rows == [{"messages_count": 2}]


def test_a_duplicated_callback_comes_twice(connected: Connected) -> None:
    connected.account.faults.add("callback", "/message", "duplicate", times=1)
    texts = say(connected.uis, 2)
    connected.uis.flush()
    assert sent_texts(connected.hook) == [texts[0], texts[0], texts[1]]
    assert connected.hook.received[5] == connected.hook.received[6]


def test_duplicates_can_be_spread_so_that_they_overtake_others(connected: Connected) -> None:
    connected.account.faults.add("callback", "*", "duplicate", times=0, spread_s=600)
    texts = say(connected.uis, 10)
    connected.account.clock.advance(601)
    connected.uis.flush()
    assert sorted(sent_texts(connected.hook)) == sorted(texts * 2)
    assert sent_texts(connected.hook) != [text for text in texts for _ in range(2)]
    assert len(connected.hook.of("/chat")) == 2


def test_a_late_callback_waits_for_the_clock(connected: Connected) -> None:
    connected.account.faults.add("callback", "POST /chat", "late", times=1, seconds=600)
    say(connected.uis, 1)
    connected.uis.flush()
    assert connected.hook.of("/chat") == []
    connected.account.clock.advance(601)
    connected.uis.flush()
    assert [one.path for one in connected.hook.received[4:]] == ["/message", "/chat"]


def test_shuffled_callbacks_all_come(connected: Connected) -> None:
    connected.account.faults.add("callback", "/message", "shuffle", times=0, seconds=600)
    texts = say(connected.uis, 20)
    connected.account.clock.advance(601)
    connected.uis.flush()
    assert sorted(sent_texts(connected.hook)) == sorted(texts)
    assert sent_texts(connected.hook) != texts


@pytest.mark.parametrize(
    ("order", "expected"),
    [("in_order", [0, 1, 2, 3]), ("reversed", [3, 2, 1, 0]), ([4, 1], [3, 0])],
)
def test_held_callbacks_are_released_in_the_wanted_order(
    connected: Connected, order: str | list[int], expected: list[int]
) -> None:
    connected.uis.hold()
    texts = say(connected.uis, 4)
    connected.uis.flush()
    assert connected.hook.of("/chat") == []
    connected.uis.release(order)
    connected.uis.flush()
    assert sent_texts(connected.hook) == [texts[number] for number in expected]


def test_a_failed_callback_is_gone_unless_retries_are_on(connected: Connected) -> None:
    connected.hook.refuse = {"/chat"}
    connected.uis.visitor_starts_chat()
    connected.uis.flush()
    assert (connected.uis.deliveries[-1].outcome, connected.uis.deliveries[-1].attempts) == ("failed", 1)
    connected.uis.courier.retries, connected.uis.courier.retry_after_s = 2, 0.0
    connected.uis.visitor_starts_chat()
    connected.uis.flush()
    assert (connected.uis.deliveries[-1].outcome, connected.uis.deliveries[-1].attempts) == ("failed", 3)


def test_actions_that_make_no_sense_are_refused_in_words(connected: Connected) -> None:
    uis = connected.uis
    chat = uis.visitor_starts_chat()
    uis.close_chat(chat.id)
    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: uis.visitor_writes(chat.id, "late"), "closed"),
        (lambda: uis.close_chat(chat.id), "closed"),
        (lambda: uis.visitor_writes(1, "x"), "no chat"),
        (lambda: uis.visitor_starts_chat(1), "no working channel"),
        (lambda: uis.visitor_starts_chat(phone="12"), "no phone"),
        (lambda: uis.visitor_starts_chat(source="moon"), "unknown traffic source"),
        (lambda: uis.visitor_starts_chat(source={"utm_sauce": "x"}), "utm_sauce"),
        (lambda: uis.visitor_writes(uis.visitor_starts_chat().id), "text or a file"),
    ]
    for order, words in wrong:
        with pytest.raises(ValueError, match=words):
            order()


def test_the_control_address_acts_and_switches(connected: Connected) -> None:
    url = connected.account.uis_url + "/_control/uis"

    def post(action: str, **arguments: Any) -> requests.Response:
        return requests.post(f"{url}/{action}", json=arguments, timeout=10)

    chat = post("visitor_starts_chat", name="Клиент", text="Здравствуйте").json()
    assert post("visitor_writes", chat_id=chat["chat_id"], text="Ещё").json()["text"] == "Ещё"
    file = {"name": "a.txt", "base64": base64.b64encode(b"text").decode()}
    assert post("visitor_writes", chat_id=chat["chat_id"], file=file).status_code == 200
    assert post("close_chat", chat_id=chat["chat_id"]).json()["release_cause"] == "closed_by_visitor"
    assert post("flush").status_code == 200
    assert [one["status"] for one in requests.get(url, timeout=10).json()["chats"]] == ["lost"]
    assert post("switches", retries=3).status_code == 200
    assert connected.uis.courier.retries == 3
    assert post("switches", minute_limit=5).json()["minute_limit"] == 5
    for action, arguments in (
        ("explode", {}),
        ("visitor_writes", {"chat_id": 1}),
        ("switches", {"login": 1}),
    ):
        assert post(action, **arguments).status_code == 400
