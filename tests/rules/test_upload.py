"""A session of an open line as a chat for UIS."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.crm import Kind
from app.domain.dialogs import (
    Client,
    Reason,
    Refusal,
    Said,
    Tier,
    Transcript,
    UploadChat,
    UserCode,
)
from app.domain.settings import OpenLinesAnalytics, parse
from app.rules.analytics.dialogs import GoesOn, Nothing, Over, is_followed, is_own, stage_of
from app.rules.analytics.upload import Desk, chat_of, ext_id, traffic_of

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
START = datetime(2026, 5, 4, 9, 0, 5, 400_000, tzinfo=UTC)
IDLE = timedelta(minutes=60)
CHOSEN, PAIRED = 367852, 367900


def settings(**changes: Any) -> OpenLinesAnalytics:
    document = {
        "enabled": True, "employee_id": CHOSEN, "default": {"source_id": 11, "site_id": 5},
        "messengers": [{"connector": "telegrambot", "source_id": 12, "site_id": 5}],
    }  # fmt: skip
    found = parse("open_lines_analytics", document | changes)
    assert isinstance(found, OpenLinesAnalytics)
    return found


def desk(**changes: Any) -> Desk:
    given_ = {"pairs": {7: PAIRED}, "own_numbers": ["+74951234567"], "lang": "ru", "now": NOW}
    return Desk(settings=settings(**changes), **given_)  # type: ignore[arg-type]


def said(
    number: int, author: str = "visitor", text: str = "Здравствуйте", after: float = 0, **more: Any
) -> Said:
    at = START + timedelta(seconds=after)
    return Said(id=number, at=at, author=author, text=text, **more)


def session(*messages: Said, code: str = "livechat|22|1761|587", **more: Any) -> Transcript:
    return Transcript(
        session_id=321, chat_id=1763, user_code=code, said=messages, crm={Kind.LEAD: 1205}, **more
    )


TALK = (said(1), said(2, "operator", "Добрый день", 30, user_id=7), said(3, "visitor", "Спасибо", 60))
CLIENT = Client(name="Покупатель", phones=("8 (916) 123-45-67",), emails=("Buyer@Example.com",))


TOLD = session(*TALK)


def chat(transcript: Transcript = TOLD, client: Client = CLIENT, **changes: Any) -> UploadChat:
    made = chat_of(transcript, client, desk(**changes), "b24-321-x")
    assert isinstance(made, UploadChat)
    return made


def test_a_dialog_becomes_a_chat_that_uis_takes() -> None:
    made = chat()
    assert (made.name, made.phone, made.email) == ("Покупатель", "+79161234567", "buyer@example.com")
    assert (made.status, made.initiator, made.ext_id) == ("succeed", "visitor", "b24-321-x")
    assert made.started_at == START.replace(microsecond=0)
    assert [(one.source, one.text, one.employee_id) for one in made.messages] == [
        ("visitor", "Здравствуйте", None),
        ("operator", "Добрый день", CHOSEN),
        ("visitor", "Спасибо", None),
    ]


@given(st.lists(st.floats(-5, 400_000), min_size=1, max_size=20))
def test_messages_are_later_than_the_start_in_order_and_never_in_the_future(moments: list[float]) -> None:
    talk = [said(number, after=after) for number, after in enumerate(moments)]
    made = chat(session(*talk))
    times = [one.at for one in made.messages]
    assert times == sorted(times)
    assert all(made.started_at < at <= NOW and at.microsecond == 0 for at in times)


STATUSES = [
    (["visitor", "operator"], "succeed", "visitor"),
    (["visitor"], "lost", "visitor"),
    (["operator"], "refused", "operator"),
    (["operator", "visitor"], "succeed", "operator"),
]


@pytest.mark.parametrize(("authors", "status", "initiator"), STATUSES)
def test_the_status_is_that_of_the_report(authors: list[str], status: str, initiator: str) -> None:
    made = chat(session(*(said(number, author, after=number) for number, author in enumerate(authors))))
    assert (made.status, made.initiator) == (status, initiator)


EMPLOYEES = [
    ("always", 7, CHOSEN),
    ("fallback", 7, PAIRED),
    ("fallback", 9, CHOSEN),
    ("fallback", None, CHOSEN),
]


@pytest.mark.parametrize(("mode", "user", "employee"), EMPLOYEES)
def test_operators_are_named_as_the_setting_says(mode: str, user: int | None, employee: int) -> None:
    made = chat(session(said(1, "operator", user_id=user)), employee_mode=mode)
    assert [one.employee_id for one in made.messages] == [employee]


def test_without_anybody_to_name_an_operator_cannot_be_uploaded() -> None:
    talk = session(said(1, "operator", user_id=9))
    refused = chat_of(talk, CLIENT, desk(enabled=False, employee_id=None, employee_mode="fallback"), "x")
    assert refused == Refusal(Reason.NO_EMPLOYEE)


CONTACTS = [
    (Client(), Reason.NO_CONTACT),
    (Client(phones=("12345",)), Reason.BAD_CONTACT),
    (Client(emails=("не почта",)), Reason.BAD_CONTACT),
    (Client(phones=("+7 495 123-45-67",)), Reason.BAD_CONTACT),
]


@pytest.mark.parametrize(("client", "reason"), CONTACTS)
def test_uis_wants_a_phone_or_an_email_of_the_client(client: Client, reason: Reason) -> None:
    assert chat_of(session(*TALK), client, desk(), "x") == Refusal(reason)


def test_the_first_number_that_is_a_phone_counts_and_never_our_own() -> None:
    made = chat(client=Client(phones=("нет", "+7 495 123-45-67", "79160000001", "79160000002")))
    assert (made.phone, made.email) == ("+79160000001", None)


TRAFFIC: list[tuple[dict[str, Any], str, int | None, tuple[Any, ...]]] = [
    ({}, "livechat", 900, (Tier.SESSION, 900, None, None, None)),
    ({}, "telegrambot", 900, (Tier.SESSION, 900, None, None, None)),
    ({}, "telegrambot", None, (Tier.MESSENGER, None, 12, 5, None)),
    ({}, "livechat", None, (Tier.DEFAULT, None, 11, 5, None)),
    (
        {"traffic_type": "campaign", "default": {"campaign_id": 9}, "messengers": []},
        "livechat", None, (Tier.DEFAULT, None, None, None, 9),
    ),
    (
        {
            "traffic_type": "campaign", "default": {"campaign_id": 9},
            "messengers": [{"connector": "viber", "campaign_id": 8}],
        },
        "viber", None, (Tier.MESSENGER, None, None, None, 8),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "connector", "session_id", "expected"), TRAFFIC)
def test_the_source_is_the_sessions_else_the_joined_one_else_the_default(
    changes: dict[str, Any], connector: str, session_id: int | None, expected: tuple[Any, ...]
) -> None:
    found = traffic_of(settings(**changes), connector, session_id)
    assert found is not None
    told = (found.tier, found.visitor_session_id, found.source_id, found.site_id, found.campaign_id)
    assert told == expected


def test_without_a_default_and_a_session_nothing_says_where_it_counts() -> None:
    bare = desk(enabled=False, default=None, messengers=[])
    assert chat_of(session(*TALK), CLIENT, bare, "x") == Refusal(Reason.NO_TARGET)


def test_a_session_that_uis_did_not_accept_is_left_out() -> None:
    made = chat_of(session(*TALK, visitor_session_id=900), CLIENT, desk(), "x", use_session=False)
    assert isinstance(made, UploadChat)
    assert made.traffic.tier == Tier.DEFAULT


def test_files_are_named_and_bb_code_is_gone() -> None:
    talk = session(said(1, text="[b]Смотрите[/b]", files=("фото.png",)), said(2, text="", files=("a.pdf",)))
    assert [one.text for one in chat(talk).messages] == ["Смотрите\nФайл: фото.png", "Файл: a.pdf"]


def test_a_dialog_of_pictures_alone_has_nothing_to_tell() -> None:
    talk = session(said(1, text="[img]/upload/1.png[/img]"))
    assert chat_of(talk, CLIENT, desk(), "x") == Refusal(Reason.EMPTY)


def test_the_marker_depends_on_portal_account_and_session_only() -> None:
    marks = {ext_id(m, a, s) for m in ("p", "q") for a in ("1", "2") for s in (321, 322)}
    assert len(marks) == 8
    assert ext_id("p", "1", 321) == ext_id("p", "1", 321)
    assert all(mark.startswith("b24-32") and len(mark) <= 64 for mark in marks)


STAGES = [
    (TALK, True, 0, GoesOn(START + timedelta(seconds=70))),
    (TALK, True, 71, Over()),
    (TALK, False, 71, GoesOn(START + timedelta(seconds=60) + IDLE)),
    (TALK, False, 3_661, Over()),
    ((), True, 0, Nothing(Reason.EMPTY)),
    ((), False, 0, GoesOn(START + IDLE)),
]


@pytest.mark.parametrize(("messages", "finished", "after", "stage"), STAGES)
def test_a_session_is_over_when_it_is_closed_or_silent(
    messages: tuple[Said, ...], finished: bool, after: float, stage: Over | GoesOn | Nothing
) -> None:
    assert stage_of(session(*messages), finished, START + timedelta(seconds=after), IDLE) == stage


LEAD, DEAL = {Kind.LEAD: 5, Kind.CONTACT: 3}, {Kind.DEAL: 6, Kind.CONTACT: 3}
FOLLOWED: list[tuple[dict[Kind, int], list[str], bool]] = [
    (LEAD, ["ONCRMLEADADD"], True),
    (DEAL, ["ONCRMLEADADD"], False),
    (LEAD | DEAL, ["ONCRMLEADADD"], True),
    ({Kind.CONTACT: 3}, ["ONCRMLEADADD"], True),
    (DEAL, [], True),
]


@pytest.mark.parametrize(("crm", "events", "followed"), FOLLOWED)
def test_kinds_that_nobody_follows_are_left_out(
    crm: dict[Kind, int], events: list[str], followed: bool
) -> None:
    assert is_followed(crm, settings(events=events)) is followed


def test_our_own_chats_are_known_by_their_connector() -> None:
    codes = ["uis_omni|22|1|2", "livechat|22|1|2", "imol|uis_omni|1|2|3", ""]
    assert [is_own(code, {"uis_omni"}) for code in codes] == [True, False, True, False]


CODES = [
    ("livechat|22|1761|587", UserCode("livechat", 22, "1761", "587")),
    ("imol|telegrambot|3|c-1|u|1", UserCode("telegrambot", 3, "c-1", "u")),
    ("livechat|x|1|2", None),
    ("livechat|22|1", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "code"), CODES)
def test_a_user_code_is_taken_apart(text: str, code: UserCode | None) -> None:
    assert UserCode.read(text) == code
