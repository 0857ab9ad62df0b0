"""Settings over the API: what was saved is read again, old revisions and contradictions are refused in words."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.domain.settings import SECTIONS, defaults
from app.storage.queries import directory
from tests.domain.documents import chats
from tests.web.house import House


@pytest.mark.parametrize("section", SECTIONS)
def test_before_the_first_save_there_are_defaults_of_revision_zero(home: House, section: str) -> None:
    token = home.token(home.install())
    answer = home.call("GET", f"/settings/{section}", token)
    assert answer.status_code == 200
    told = answer.json
    added = {name for name in told if name not in ("revision", "settings")}  # type: ignore[union-attr]
    assert added == ({"webhook_url", "script"} if section == "open_lines_analytics" else set())
    assert (told["revision"], told["settings"]) == (0, defaults(section))  # type: ignore[index]


def test_what_was_saved_is_read_again(both: House) -> None:
    token = both.token(both.install())
    wanted = chats(create__moment="end", without_contacts=True)
    saved = both.call("PUT", "/settings/chats", token, {"revision": 0, "settings": wanted})
    assert (saved.status_code, saved.json) == (200, {"revision": 1, "settings": wanted})
    assert both.call("GET", "/settings/chats", token).json == saved.json
    again = both.call("PUT", "/settings/chats", token, {"revision": 1, "settings": wanted})
    assert again.json == {"revision": 2, "settings": wanted}


def test_an_old_revision_gets_what_is_stored_and_changes_nothing(both: House) -> None:
    token = both.token(both.install())
    both.call("PUT", "/settings/main", token, {"revision": 0, "settings": {"enabled": False}})
    late = both.call("PUT", "/settings/main", token, {"revision": 0, "settings": {"enabled": True}})
    assert late.status_code == 409
    assert late.json is not None
    assert late.json["current"] == {"revision": 1, "settings": {"enabled": False}}
    assert late.json["title"] == "Настройки уже изменил другой администратор"
    assert both.call("GET", "/settings/main", token).json == late.json["current"]


def test_of_many_administrators_who_save_at_once_one_wins(both: House) -> None:
    token = both.token(both.install())

    def save(number: int) -> int:
        document = {"enabled": number % 2 == 0}
        client = both.app.test_client()
        headers = {"Authorization": f"Bearer {token}"}
        body = {"revision": 0, "settings": document}
        return client.put("/api/settings/main", json=body, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(save, range(8))) == [200, *[409] * 7]


def fields(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.json
    assert answer.mimetype == "application/problem+json"
    return {error["field"]: error["message"] for error in answer.json["errors"]}


def test_everything_wrong_is_named_at_once_in_the_language_of_the_user(home: House) -> None:
    installation = home.install()
    broken = chats(create__moment="received") | {"surprise": 1}
    for lang, words in (("ru", "Неизвестный ключ"), ("en", "Unknown key")):
        token = home.token(installation, lang=lang)
        found = fields(home.call("PUT", "/settings/chats", token, {"revision": 0, "settings": broken}))
        assert found.keys() == {"create.moment", "surprise"}
        assert found["surprise"] == words
    assert home.call("GET", "/settings/chats", home.token(installation)).json["revision"] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"settings": {}}, {"revision"}),
        ({"revision": 0}, {"settings"}),
        ({"revision": "0", "settings": {}}, {"revision"}),
        ({"revision": True, "settings": {}}, {"revision"}),
        ({"revision": -1, "settings": {}}, {"revision"}),
        ({"revision": 0, "settings": {}, "more": 1}, {"more"}),
        ({"revision": 0, "settings": []}, {""}),
        ({"revision": 0, "settings": {"enabled": 1}}, {"enabled"}),
    ],
)
def test_a_body_of_another_shape_is_refused_with_its_fields(home: House, sent: Any, wrong: set[str]) -> None:
    token = home.token(home.install())
    assert fields(home.call("PUT", "/settings/main", token, sent)).keys() == wrong


OPEN_LINES = {
    "enabled": True, "lines": [{"channel_id": 740805, "line_id": 3}], "default_employee_id": 367852,
    "signature": True,
}  # fmt: skip


def test_open_lines_and_chats_exclude_each_other_from_both_sides(home: House) -> None:
    token = home.token(home.install())
    home.call("PUT", "/settings/chats", token, {"revision": 0, "settings": chats()})
    refused = home.call("PUT", "/settings/open_lines", token, {"revision": 0, "settings": OPEN_LINES})
    assert fields(refused).keys() == {"enabled"}
    quiet = chats(create__on_first=False, create__on_repeat=False, notify=False, transcript__to=[])
    home.call("PUT", "/settings/chats", token, {"revision": 1, "settings": quiet})
    saved = home.call("PUT", "/settings/open_lines", token, {"revision": 0, "settings": OPEN_LINES})
    assert saved.status_code == 200, saved.json
    loud = home.call("PUT", "/settings/chats", token, {"revision": 2, "settings": chats()})
    assert fields(loud).keys() == {"create.on_first", "create.on_repeat", "notify", "transcript.to"}


def test_users_and_stages_that_the_portal_lacks_are_refused(home: House) -> None:
    installation = home.install()
    users = [{"id": 1, "title": "Администратор", "active": True, "last_name": "Первый"}]
    stages = [{"id": "NEW", "title": "Новый", "entity": "lead", "category_id": None}]
    with home.services.sessions.begin() as session:
        directory.put(session, installation, "users", users, home.clock.now())
        directory.put(session, installation, "stages", stages, home.clock.now())
    token = home.token(installation)
    wanted = chats(
        pipeline__default={"category_id": None, "stage_id": "GONE"}, responsible__default_user_id=99
    )
    refused = home.call("PUT", "/settings/chats", token, {"revision": 0, "settings": wanted})
    assert fields(refused).keys() == {"pipeline.default.stage_id", "responsible.default_user_id"}
    good = chats(pipeline__default={"category_id": None, "stage_id": "NEW"})
    assert home.call("PUT", "/settings/chats", token, {"revision": 0, "settings": good}).status_code == 200


def test_a_portal_without_leads_is_offered_deals_only(home: House) -> None:
    token = home.token(home.install(crm_mode="simple"))
    offered = home.call("GET", "/settings/chats", token).json
    assert offered is not None
    assert offered["settings"]["create"]["entity"] == "deal"
    refused = home.call("PUT", "/settings/chats", token, {"revision": 0, "settings": chats()})
    assert "create.entity" in fields(refused)


def test_versions_tell_who_saved_what(home: House) -> None:
    token = home.token(home.install())
    for revision, enabled in enumerate((False, True)):
        home.call("PUT", "/settings/main", token, {"revision": revision, "settings": {"enabled": enabled}})
    answer = home.call("GET", "/settings/main/versions", token)
    assert answer.json is not None
    told = [(row["revision"], row["settings"], row["author_id"]) for row in answer.json["items"]]
    assert told == [(2, {"enabled": True}, 1), (1, {"enabled": False}, 1)]


def test_an_unknown_section_is_not_found(home: House) -> None:
    answer = home.call("GET", "/settings/nonsense", home.token(home.install()))
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
