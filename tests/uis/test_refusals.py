"""Every failed step of connecting says what to do, in both languages, and joins nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.base.texts import catalogue
from app.uis.errors import MNEMONICS, NoAnswer, UisError
from app.uis.joining import tickets
from app.uis.joining.connect import connect
from app.uis.joining.tickets import sign_in
from app.uis.problem import as_problem, problem_words
from tests.uis.stage import KEY, LOGIN, PASSWORD, SITE_CHAT, Stage

Break = Callable[[Stage], Any]


def switch(**values: Any) -> Break:
    def apply(scene: Stage) -> None:
        with scene.uis.lock:
            for name, value in values.items():
                setattr(scene.uis, name, value)

    return apply


def lacking(component: str) -> Break:
    return lambda scene: scene.uis.components.difference_update(component.split(","))


SIGN_IN: list[tuple[str, Break, dict[str, str], str]] = [
    ("wrong password", switch(), {"password": "guess"}, "wrong_login"),
    ("wrong project", switch(), {"project": "comagic"}, "wrong_login"),
    ("unknown project", switch(), {"project": "usa"}, "wrong_project"),
    ("nothing entered", switch(), {"login": " ", "password": ""}, "empty_login"),
    ("second factor on", switch(two_factor=True), {}, "two_factor"),
]


@pytest.mark.parametrize(
    ("harm", "changes", "code"), [row[1:] for row in SIGN_IN], ids=[row[0] for row in SIGN_IN]
)
def test_a_failed_sign_in_says_why(scene: Stage, harm: Break, changes: dict[str, str], code: str) -> None:
    harm(scene)
    given = {"project": "uis2", "login": LOGIN, "password": PASSWORD} | changes
    with pytest.raises(UisError) as caught:
        sign_in(scene.house, scene.portal, **given)
    assert caught.value.code == code
    assert_words(caught.value)


def fault(service: str, operation: str, kind: str, **options: Any) -> Break:
    return lambda scene: scene.world.faults.add(service, operation, kind, **options)


def moved(scene: Stage) -> None:
    """We tell UIS an address where nobody listens."""
    config = replace(scene.house.config, public_url="http://127.0.0.1:9")
    scene.house = replace(scene.house, config=config)


CONNECT: list[tuple[str, Break, dict[str, Any], str, str]] = [
    ("no channel", switch(), {"channels": []}, "no_channels", "канал"),
    ("foreign channel", switch(), {"channels": [5]}, "unknown_channel", "5"),
    ("no way to answer", switch(), {"answering": "nobody"}, "bad_answering", "Битрикс24"),
    ("no key", switch(), {"data_api_key": " "}, "key_required", "Data API"),
    ("wrong key", switch(), {"data_api_key": "guess"}, "key_invalid", "ключ"),
    ("expired key", switch(expired_keys={KEY}), {}, "key_expired", "истёк"),
    ("blocked key", switch(blocked_keys={KEY}), {}, "key_blocked", "заблокирован"),
    ("address not allowed", switch(ip_whitelisted=False), {}, "ip_not_whitelisted", "127.0.0.1"),
    ("component missing", lacking("call_tracking,consultant,lead,sitephone"), {}, "component_missing",
     "consultant"),
    ("account off", switch(account_active=False), {}, "account_inactive", "отключён"),
    ("no points", switch(day_limit=0), {}, "limit_exceeded", "Баллы"),
    ("internal error", fault("uis_data", "*", "error", mnemonic="internal_error"), {}, "internal_error",
     "ошибка"),
    ("session over", switch(jwts={}), {}, "session_expired", "ещё раз"),
    ("another ticket", switch(), {"ticket": "guess"}, "ticket_expired", "десять минут"),
    ("doors unreachable", moved, {}, "join_refused", "доступен"),
    ("not an administrator", fault("uis_logic", "*", "error", status=403, times=0), {}, "forbidden", "прав"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("harm", "changes", "code", "word"), [row[1:] for row in CONNECT], ids=[row[0] for row in CONNECT]
)
def test_a_failed_step_says_what_to_do_and_joins_nothing(
    scene: Stage, harm: Break, changes: dict[str, Any], code: str, word: str
) -> None:
    wish = {
        "ticket": scene.ticket(), "channels": [SITE_CHAT], "answering": "uis", "data_api_key": KEY,
    } | changes  # fmt: skip
    harm(scene)
    with pytest.raises(UisError) as caught:
        connect(scene.house, scene.portal, **wish)
    assert (caught.value.code, scene.uis.accounts) == (code, {})
    assert word in caught.value.words("ru")
    assert_words(caught.value)


def assert_words(error: UisError) -> None:
    russian, english = error.words("ru"), error.words("en")
    assert russian != english
    assert "{" not in russian + english
    assert problem_words(as_problem(error), "en") == english
    assert not {KEY, PASSWORD} & set(russian.split())


def test_channels_that_no_adapter_can_have_are_refused_for_answers_in_bitrix24(scene: Stage) -> None:
    with scene.uis.lock:
        scene.uis.channels[SITE_CHAT].type = "max"
    with pytest.raises(UisError) as caught:
        connect(
            scene.house, scene.portal, ticket=scene.ticket(), channels=[SITE_CHAT], answering="bitrix24",
            data_api_key=KEY,
        )  # fmt: skip
    assert caught.value.code == "channel_unsupported"
    assert_words(caught.value)


def test_such_channels_are_only_read_when_operators_answer_in_uis(scene: Stage) -> None:
    with scene.uis.lock:
        scene.uis.channels[SITE_CHAT].type = "max"
    connect(
        scene.house,
        scene.portal,
        ticket=scene.ticket(),
        channels=[SITE_CHAT],
        answering="uis",
        data_api_key=KEY,
    )
    (account,) = scene.uis.accounts.values()
    assert account.links == []


def test_a_ticket_of_another_installation_opens_nothing(scene: Stage) -> None:
    ticket = scene.ticket()
    with pytest.raises(UisError, match="ticket_expired"):
        tickets.present(scene.house, scene.portal + 1, ticket)


def test_a_ticket_ends_when_it_was_used(scene: Stage) -> None:
    ticket = scene.ticket()
    wish = {"channels": [SITE_CHAT], "answering": "uis", "data_api_key": KEY}
    connect(scene.house, scene.portal, ticket=ticket, **wish)  # type: ignore[arg-type]
    with pytest.raises(UisError, match="ticket_expired"):
        connect(scene.house, scene.portal, ticket=ticket, **wish)  # type: ignore[arg-type]


def test_every_code_has_words_in_both_languages() -> None:
    codes = {*MNEMONICS.values(), "no_answer", "unexpected_answer", "missing", "adapter_in_use", "tariff"}
    for lang in ("ru", "en"):
        assert {f"uis.error.{code}" for code in codes} <= catalogue(lang).keys()


def test_a_code_without_words_is_shown_as_it_is() -> None:
    assert problem_words("something_new", "ru") == "something_new"
    assert problem_words(None, "ru") is None


def test_no_answer_says_whether_anything_was_sent() -> None:
    assert (NoAnswer("uis.example").sent, NoAnswer("uis.example", sent=False).sent) == (True, False)
