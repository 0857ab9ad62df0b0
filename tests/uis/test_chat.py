"""What an operator does, through our adapter at the sandbox's UIS."""

import io
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.domain.events import ChannelChanged
from app.storage.models import UisConnection
from app.uis.errors import NoAnswer, UisError
from app.uis.joining.connect import connect
from app.uis.talk.chat import ChatApi
from tests.uis.stage import KEY, SITE_CHAT, WHATSAPP, Stage

OPERATOR, COLLEAGUE = 367852, 367853


@pytest.fixture
def forwarded(scene: Stage) -> Stage:
    """A connection whose chats come to Bitrix24."""
    connect(
        scene.house, scene.portal, ticket=scene.ticket(), channels=[SITE_CHAT, WHATSAPP], answering="bitrix24",
        data_api_key=KEY,
    )  # fmt: skip
    return scene


def api(scene: Stage) -> ChatApi:
    return ChatApi(scene.house, scene.connection())


def place(scene: Stage, channel: int) -> int:
    """The adapter's own id of a channel, as its callback told it."""
    told = [event for event in scene.events("uis") if isinstance(event, ChannelChanged)]
    return next(event.channel_id for event in told if event.chat_channel_id == channel)


def test_a_message_of_an_operator_reaches_the_chat(forwarded: Stage) -> None:
    chat = forwarded.uis.visitor_starts_chat(SITE_CHAT, text="Есть кто?")
    sent = api(forwarded).send_message(
        place(forwarded, SITE_CHAT), chat.id, OPERATOR, "Да", reply_to_id=chat.messages[0].id
    )
    last = chat.messages[-1]
    assert (last.id, last.text, last.source, last.reply_to_id) == (
        sent["id"], "Да", "operator", chat.messages[0].id,
    )  # fmt: skip


def test_a_file_goes_up_and_comes_down(forwarded: Stage) -> None:
    chat = forwarded.uis.visitor_starts_chat(SITE_CHAT, text="Пришлите счёт")
    channel, operator = place(forwarded, SITE_CHAT), api(forwarded)
    resource = operator.upload(channel, "document", "счёт.pdf", io.BytesIO(b"%PDF-1.4"), "application/pdf")
    operator.send_message(channel, chat.id, OPERATOR, "", resource=resource)
    assert chat.messages[-1].resource.name == "счёт.pdf"
    assert b"".join(operator.download(channel, resource["id"], resource["token"])) == b"%PDF-1.4"


def test_chats_are_transferred_and_closed(forwarded: Stage) -> None:
    chat = forwarded.uis.visitor_starts_chat(SITE_CHAT, text="Есть кто?")
    channel, operator = place(forwarded, SITE_CHAT), api(forwarded)
    operator.send_message(channel, chat.id, OPERATOR, "Да")
    operator.transfer_chat(channel, chat.id, OPERATOR, COLLEAGUE)
    assert chat.employee_id == COLLEAGUE
    operator.close_chat(channel, chat.id, COLLEAGUE)
    assert chat.release_cause == "closed_by_operator"


def test_an_operator_writes_first(forwarded: Stage) -> None:
    answer = api(forwarded).start_chat(place(forwarded, WHATSAPP), OPERATOR, {"visitor_phone": "74959268686"})
    assert answer["chat_id"] in forwarded.uis.chats


def test_a_kept_token_is_used_until_it_ends(forwarded: Stage) -> None:
    chat = forwarded.uis.visitor_starts_chat(SITE_CHAT, text="Есть кто?")
    channel = place(forwarded, SITE_CHAT)
    tokens = len(forwarded.uis.adapter_tokens)
    api(forwarded).send_message(channel, chat.id, OPERATOR, "Да")
    assert len(forwarded.uis.adapter_tokens) == tokens
    with forwarded.house.sessions.begin() as session:
        soon = forwarded.house.clock.now() + timedelta(minutes=1)
        session.execute(update(UisConnection).values(adapter_token_until=soon))
    api(forwarded).send_message(channel, chat.id, OPERATOR, "Да-да")
    assert len(forwarded.uis.adapter_tokens) == tokens + 1


@pytest.mark.parametrize(
    "act",
    [
        lambda operator, channel, chat: operator.send_message(channel, chat, OPERATOR, "Да"),
        lambda operator, channel, chat: operator.upload(
            channel, "document", "a.pdf", io.BytesIO(b"%PDF-1.4"), "application/pdf"
        ),
    ],
    ids=["message", "upload"],
)
def test_a_stale_token_is_renewed_once_and_nothing_is_sent_twice(
    forwarded: Stage, act: Callable[[ChatApi, int, int], object]
) -> None:
    chat = forwarded.uis.visitor_starts_chat(SITE_CHAT, text="Есть кто?")
    channel, operator = place(forwarded, SITE_CHAT), api(forwarded)
    with forwarded.uis.lock:
        forwarded.uis.adapter_tokens.clear()
    act(operator, channel, chat.id)
    assert len(forwarded.uis.adapter_tokens) == 1
    assert sum(message.source == "operator" for message in chat.messages) <= 1
    assert all(resource.data == b"%PDF-1.4" for resource in forwarded.uis.resources.values())


def test_a_login_that_is_refused_is_said(forwarded: Stage) -> None:
    chat = forwarded.uis.visitor_starts_chat(SITE_CHAT, text="Есть кто?")
    channel = place(forwarded, SITE_CHAT)
    with forwarded.uis.lock:
        forwarded.uis.adapter_tokens.clear()
        forwarded.uis.adapters[forwarded.connection().adapter_id].password = "changed"
    with pytest.raises(UisError, match="adapter_login"):
        api(forwarded).send_message(channel, chat.id, OPERATOR, "Да")


@pytest.mark.parametrize(
    ("kind", "sent"), [("reset_before", True), ("reset_after", True), ("http_503", False)]
)
def test_a_message_without_an_answer_is_in_doubt_and_not_sent_again(
    forwarded: Stage, kind: str, sent: bool
) -> None:
    chat = forwarded.uis.visitor_starts_chat(SITE_CHAT, text="Есть кто?")
    channel, operator = place(forwarded, SITE_CHAT), api(forwarded)
    forwarded.world.faults.add("uis_chat", "/v1/adapter/message", kind)
    with pytest.raises(NoAnswer) as caught:
        operator.send_message(channel, chat.id, OPERATOR, "Да")
    assert caught.value.sent is sent
    assert sum(message.source == "operator" for message in chat.messages) == (kind == "reset_after")


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "http_500", "html"])
@pytest.mark.parametrize("known", [True, False], ids=["stale", "ended"])
def test_a_login_without_an_answer_leaves_the_message_unsent_and_not_in_doubt(
    forwarded: Stage, known: bool, kind: str
) -> None:
    chat = forwarded.uis.visitor_starts_chat(SITE_CHAT, text="Есть кто?")
    channel = place(forwarded, SITE_CHAT)
    with forwarded.uis.lock:
        forwarded.uis.adapter_tokens.clear()
    if not known:
        with forwarded.house.sessions.begin() as session:
            session.execute(update(UisConnection).values(adapter_token_until=None))
    forwarded.world.faults.add("uis_chat", "/v1/adapter/login", kind)
    with pytest.raises(NoAnswer) as caught:
        api(forwarded).send_message(channel, chat.id, OPERATOR, "Да")
    assert caught.value.sent is False
    api(forwarded).send_message(channel, chat.id, OPERATOR, "Да")
    assert [message.text for message in chat.messages if message.source == "operator"] == ["Да"]


def test_many_at_once_log_in_once(forwarded: Stage) -> None:
    chat = forwarded.uis.visitor_starts_chat(SITE_CHAT, text="Есть кто?")
    channel, operators = place(forwarded, SITE_CHAT), [api(forwarded) for _ in range(4)]
    with forwarded.uis.lock:
        forwarded.uis.adapter_tokens.clear()
    threads = [
        threading.Thread(target=operator.send_message, args=(channel, chat.id, OPERATOR, f"{number}"))
        for number, operator in enumerate(operators)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(forwarded.uis.adapter_tokens) == 1
    said = [message.text for message in chat.messages if message.source == "operator"]
    assert sorted(said) == ["0", "1", "2", "3"]


def test_a_token_that_somebody_else_got_and_that_is_stale_too_is_renewed(forwarded: Stage) -> None:
    chat = forwarded.uis.visitor_starts_chat(SITE_CHAT, text="Есть кто?")
    channel, early = place(forwarded, SITE_CHAT), api(forwarded)
    with forwarded.uis.lock:
        forwarded.uis.adapter_tokens.clear()
    api(forwarded).send_message(channel, chat.id, OPERATOR, "Раз")
    with forwarded.uis.lock:
        forwarded.uis.adapter_tokens.clear()
    early.send_message(channel, chat.id, OPERATOR, "Два")
    said = [message.text for message in chat.messages if message.source == "operator"]
    assert said == ["Раз", "Два"]


def test_a_refusal_carries_the_words_of_uis(forwarded: Stage) -> None:
    chat = forwarded.uis.visitor_starts_chat(SITE_CHAT, text="Есть кто?")
    forwarded.uis.close_chat(chat.id)
    with pytest.raises(UisError) as caught:
        api(forwarded).send_message(place(forwarded, SITE_CHAT), chat.id, OPERATOR, "Да")
    assert (caught.value.code, "closed" in caught.value.words("en")) == ("refused", True)
