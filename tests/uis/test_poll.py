"""The reports: what the callbacks did not bring comes in, what they brought counts once."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from app.domain.events import ChatReported, MessageSeen, VisitorCard
from app.storage.models import UisConnection
from app.storage.queries.reports import read_by
from app.uis.errors import UisError
from app.uis.joining import status as shown
from app.uis.joining.connect import connect
from app.uis.reports.chat_rows import Row
from app.uis.reports.offline import RequestReader
from app.uis.reports.poll import poll, poll_due, read_chats
from tests.uis.stage import KEY, SITE_CHAT, WHATSAPP, Stage


def joined(scene: Stage, *, callbacks: bool, channels: tuple[int, ...] = (SITE_CHAT,)) -> None:
    connect(
        scene.house, scene.portal, ticket=scene.ticket(), channels=channels, answering="uis", data_api_key=KEY
    )
    scene.uis.flush()
    scene.uis.callbacks_without_scenario = callbacks


def read(scene: Stage, after: float = 2) -> int:
    """Some time goes by, then the reports are read."""
    scene.world.clock.advance(after)
    return poll(scene.house, scene.connection().id)


def reports(scene: Stage) -> list[ChatReported]:
    return [event for event in scene.events("poll") if isinstance(event, ChatReported)]


def messages(scene: Stage, source: str | None = None) -> list[MessageSeen]:
    return [event for event in scene.events(source) if isinstance(event, MessageSeen)]


def test_a_chat_that_stays_in_uis_comes_in_whole(each_scene: Stage) -> None:
    scene = each_scene
    joined(scene, callbacks=False)
    chat = scene.uis.visitor_starts_chat(
        SITE_CHAT, phone="79161234567", name="Покупатель", email="buyer@example.com"
    )
    scene.uis.visitor_writes(chat.id, "Сколько стоит диван?")
    scene.uis.operator_writes(chat.id, "Здравствуйте! 30 000", 367852)
    scene.uis.visitor_writes(chat.id, "", file=("photo.jpg", b"\xff\xd8\xff"))
    assert read(scene) == 5
    said = [(m.chat_id, m.channel_id, m.source, m.text, m.operator_id) for m in messages(scene, "poll")]
    assert said == [
        (chat.id, SITE_CHAT, "visitor", "Сколько стоит диван?", None),
        (chat.id, SITE_CHAT, "operator", "Здравствуйте! 30 000", 367852),
        (chat.id, SITE_CHAT, "visitor", "", None),
    ]
    file = messages(scene, "poll")[2].resource or {}
    assert str(file["file_url"]).startswith(scene.world.uis_url)
    (card,) = [event for event in scene.events("poll") if isinstance(event, VisitorCard)]
    assert (card.name, card.phones, card.emails) == (
        "Покупатель", ("79161234567",), ("buyer@example.com",),
    )  # fmt: skip
    (report,) = reports(scene)
    assert (report.chat_id, report.channel_id, report.operator_id, report.closed) == (
        chat.id, SITE_CHAT, 367852, False,
    )  # fmt: skip
    assert report.facts["visitor"]["phone_number"] == "79161234567"
    assert report.facts["traffic"]["utm_source"] == "yandex"


def test_what_the_callbacks_brought_is_not_brought_again(scene: Stage) -> None:
    joined(scene, callbacks=True)
    chat = scene.uis.visitor_starts_chat(SITE_CHAT, text="Добрый день")
    scene.uis.operator_writes(chat.id, "Слушаю вас", 367852)
    before = Counter(type(event) for event in scene.events("uis"))
    read(scene)
    assert [type(event) for event in scene.events("poll")] == [ChatReported]
    assert before[MessageSeen] == 2


def test_a_message_whose_callback_comes_late_counts_once(scene: Stage) -> None:
    joined(scene, callbacks=True)
    scene.uis.hold()
    chat = scene.uis.visitor_starts_chat(SITE_CHAT, text="Добрый день")
    read(scene)
    scene.uis.release("shuffled")
    assert [m.message_id for m in messages(scene)] == [chat.messages[0].id]


def test_a_quiet_chat_brings_nothing_new(scene: Stage) -> None:
    joined(scene, callbacks=False)
    scene.uis.visitor_starts_chat(SITE_CHAT, text="Добрый день")
    read(scene)
    assert [read(scene, 120) for _ in range(3)] == [0, 0, 0]


def test_a_close_and_the_words_before_it_come_in_that_order(scene: Stage) -> None:
    joined(scene, callbacks=False)
    chat = scene.uis.visitor_starts_chat(SITE_CHAT, text="Добрый день")
    read(scene)
    scene.uis.visitor_writes(chat.id, "До свидания")
    scene.uis.close_chat(chat.id, "closed_by_visitor")
    read(scene, 120)
    last = scene.events("poll")[-2:]
    assert isinstance(last[0], MessageSeen) and last[0].text == "До свидания"
    assert isinstance(last[1], ChatReported)
    assert (last[1].closed, last[1].close_reason) == (True, "closed_by_visitor")


def test_an_operator_who_comes_back_is_reported_again(scene: Stage) -> None:
    joined(scene, callbacks=False)
    chat = scene.uis.visitor_starts_chat(SITE_CHAT, text="Добрый день")
    for operator in (367852, 367853, 367852):
        scene.uis.assign(chat.id, operator)
        read(scene, 120)
    assert [report.operator_id for report in reports(scene)] == [367852, 367853, 367852]


def test_an_open_chat_is_followed_beyond_the_window(scene: Stage) -> None:
    joined(scene, callbacks=False)
    chat = scene.uis.visitor_starts_chat(SITE_CHAT, text="Добрый день")
    read(scene)
    for _ in range(3):
        read(scene, 86_400)
    scene.uis.close_chat(chat.id, "closed_by_timeout")
    read(scene, 120)
    assert [report.closed for report in reports(scene)][-1] is True


def test_late_facts_of_a_closed_chat_are_found_within_a_day(scene: Stage) -> None:
    joined(scene, callbacks=False)
    chat = scene.uis.visitor_starts_chat(SITE_CHAT, text="Добрый день")
    scene.uis.close_chat(chat.id)
    read(scene)
    with scene.uis.lock:
        chat.tags.append({"tag_id": 9001, "tag_name": "Целевое", "tag_type": "manual"})
    read(scene, 3 * 3600)
    assert reports(scene)[-1].facts["tags"][0]["tag_name"] == "Целевое"


def test_chats_from_before_the_connection_are_left_alone(scene: Stage) -> None:
    scene.uis.visitor_starts_chat(SITE_CHAT, text="Вчера")
    scene.world.clock.advance(3600)
    joined(scene, callbacks=False)
    assert read(scene) == 0


def test_only_joined_channels_are_read(scene: Stage) -> None:
    joined(scene, callbacks=False)
    scene.uis.visitor_starts_chat(WHATSAPP, phone="79161234567", text="В другой канал")
    assert read(scene) == 0


def test_chats_that_were_uploaded_are_no_communications(scene: Stage) -> None:
    joined(scene, callbacks=False)
    chat = scene.uis.visitor_starts_chat(SITE_CHAT, text="Загружено")
    with scene.uis.lock:
        chat.channel.type = "dataapi"
    assert read(scene) == 0


def test_the_report_may_hold_the_chat_id_in_another_column(scene: Stage) -> None:
    """The pages do not say which: the callbacks that we had tell."""
    scene.uis.chat_id_in_reports = "communication_id"
    joined(scene, callbacks=True)
    first = scene.uis.visitor_starts_chat(SITE_CHAT, text="Первый")
    scene.uis.flush()
    read(scene)
    scene.uis.callbacks_without_scenario = False
    second = scene.uis.visitor_starts_chat(SITE_CHAT, text="Второй")
    read(scene)
    assert {report.chat_id for report in reports(scene)} == {first.id, second.id}
    assert {m.chat_id for m in messages(scene)} == {first.id, second.id}
    scene.uis.close_chat(second.id)
    scene.world.clock.advance(5)
    assert read_chats(scene.house, scene.connection().id, [second.id]) == 1
    assert reports(scene)[-1].chat_id == second.id


def test_times_are_those_of_the_zone_of_the_account(scene: Stage) -> None:
    scene.uis.zone = ZoneInfo("Asia/Vladivostok")
    joined(scene, callbacks=False)
    chat = scene.uis.visitor_starts_chat(SITE_CHAT, text="Добрый день")
    read(scene)
    (report,) = reports(scene)
    assert abs(report.started_at.timestamp() - chat.started) < 1
    assert scene.connection().timezone == "Asia/Vladivostok"


def test_a_due_connection_is_read_once_however_many_look(scene: Stage) -> None:
    joined(scene, callbacks=False)
    scene.uis.visitor_starts_chat(SITE_CHAT, text="Добрый день")
    scene.world.clock.advance(2)
    assert [poll_due(scene.house) for _ in range(2)] == [2, 0]
    scene.uis.visitor_starts_chat(SITE_CHAT, text="Ещё один")
    scene.world.clock.advance(scene.house.config.poll)
    assert poll_due(scene.house) == 2


def test_in_bitrix24_the_reports_are_read_less_often(scene: Stage) -> None:
    joined(scene, callbacks=True)
    with scene.house.sessions.begin() as session:
        session.execute(update(UisConnection).values(answering="bitrix24"))
    read(scene)
    assert waits(scene) == pytest.approx(scene.house.config.reconcile, abs=5)


def waits(scene: Stage) -> float:
    row = scene.row()
    assert row is not None and row.poll_due_at is not None
    left: timedelta = row.poll_due_at - scene.house.clock.now()
    return left.total_seconds()


def test_reading_slows_down_as_the_points_run_out(scene: Stage) -> None:
    joined(scene, callbacks=False)
    read(scene)
    assert waits(scene) == pytest.approx(scene.house.config.poll, abs=5)
    scene.uis.day_limit = 200
    with scene.uis.lock:
        scene.uis.points = dict.fromkeys(scene.uis.points, 190)
        scene.uis.minute_limit = 1000
    read(scene)
    assert waits(scene) > 3 * scene.house.config.poll
    assert any("Баллов" in warning for warning in status(scene)["warnings"])


def test_without_points_reading_waits_for_the_reset(scene: Stage) -> None:
    joined(scene, callbacks=False)
    scene.uis.day_limit = 1
    assert read(scene) == 0
    assert waits(scene) > 600
    assert status(scene)["data_api"]["state"] == "broken"


@pytest.mark.parametrize("status_code", [400, 429, 500, 503])
def test_the_words_of_an_error_count_whatever_its_http_status(scene: Stage, status_code: int) -> None:
    joined(scene, callbacks=False)
    scene.uis.day_limit, scene.uis.error_status = 1, status_code
    assert read(scene) == 0
    assert waits(scene) > 600
    assert "Баллы" in status(scene)["data_api"]["text"]


@pytest.mark.parametrize("kind", ["http_429", "http_500"])
def test_such_a_status_without_words_is_no_answer(scene: Stage, kind: str) -> None:
    joined(scene, callbacks=False)
    scene.world.faults.add("uis_data", "get.chats_report", kind)
    assert read(scene) == 0
    assert waits(scene) == pytest.approx(scene.house.config.poll, abs=5)


def status(scene: Stage) -> dict[str, dict[str, str]]:
    with scene.house.sessions() as session:
        return shown.status(session, scene.portal, scene.house.config, "ru")


def test_a_key_that_stopped_working_is_said_and_recovers(scene: Stage) -> None:
    joined(scene, callbacks=False)
    scene.uis.blocked_keys = {KEY}
    assert read(scene) == 0
    said = status(scene)["data_api"]
    assert (said["state"], "заблокирован" in said["text"]) == ("broken", True)
    scene.uis.blocked_keys = set()
    scene.uis.visitor_starts_chat(SITE_CHAT, text="Добрый день")
    assert read(scene) == 2
    assert status(scene)["data_api"]["state"] == "ok"


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "http_503", "html"])
@pytest.mark.parametrize("method", ["get.chats_report", "get.chat_messages_report", "get.visitors"])
def test_a_failed_read_loses_nothing(scene: Stage, method: str, kind: str) -> None:
    joined(scene, callbacks=False)
    scene.uis.visitor_starts_chat(SITE_CHAT, name="Покупатель", text="Добрый день")
    scene.world.faults.add("uis_data", method, kind, times=1)
    read(scene)
    assert read(scene) == 3
    assert len(scene.inbox("poll")) == 3


def test_without_the_component_names_are_missing_and_that_is_said(scene: Stage) -> None:
    joined(scene, callbacks=False)
    scene.uis.components.discard("data_api")
    scene.uis.visitor_starts_chat(SITE_CHAT, name="Покупатель", text="Добрый день")
    assert read(scene) == 2
    assert any("Имена" in warning for warning in status(scene)["warnings"])


def test_requests_out_of_reach_are_a_warning_and_chats_go_on(
    scene: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined(scene, callbacks=False)

    def refuse(reader: RequestReader, since: datetime, till: datetime) -> list[Row]:
        raise UisError("no_permission")

    monkeypatch.setattr(RequestReader, "requests", refuse)
    scene.world.clock.advance(300)
    poll_due(scene.house)
    with scene.house.sessions() as session:
        told = shown.status(session, scene.portal, scene.house.config, "ru")
    assert (told["state"], told["data_api"]["state"]) == ("connected", "ok")
    assert any(words.startswith("Оффлайн заявки не читаются") for words in told["warnings"])


def test_reading_one_chat_at_once_raises_what_is_wrong(scene: Stage) -> None:
    joined(scene, callbacks=True)
    chat = scene.uis.visitor_starts_chat(SITE_CHAT, text="Добрый день")
    scene.uis.flush()
    scene.world.clock.advance(2)
    assert read_chats(scene.house, scene.connection().id, [chat.id]) == 1
    scene.uis.ip_whitelisted = False
    with pytest.raises(UisError, match="ip_not_whitelisted"):
        read_chats(scene.house, scene.connection().id, [chat.id])


def test_a_hundred_chats_cost_few_points(scene: Stage) -> None:
    joined(scene, callbacks=False)
    for number in range(100):
        scene.uis.visitor_starts_chat(SITE_CHAT, text=f"Чат {number}")
    before = sum(used for key, used in scene.uis.points.items() if key.startswith("day"))
    assert read(scene) == 200
    after = sum(used for key, used in scene.uis.points.items() if key.startswith("day"))
    assert after - before <= 3


def test_a_decision_may_ask_for_an_earlier_read(scene: Stage) -> None:
    joined(scene, callbacks=True)
    read(scene)
    now = scene.house.clock.now()
    with scene.house.sessions.begin() as session:
        asked = [read_by(session, scene.portal, now + timedelta(seconds=s)) for s in (5, 60, 5)]
    assert asked == [True, False, False]
    scene.uis.visitor_starts_chat(SITE_CHAT, text="Добрый день")
    scene.world.clock.advance(6)
    poll_due(scene.house)
    assert [report.facts["traffic"]["utm_source"] for report in reports(scene)] == ["yandex"]
