"""Our connector on open lines: on and off with the settings, honest about what others did, put right on request."""

from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.storage.models import LineState, OpenLine
from app.storage.queries import lines
from bitrix_app import lifecycle, manifest
from bitrix_app.errors import Rejected
from bitrix_app.manifest import CONNECTOR_ID
from bitrix_app.open_lines import repair
from sandbox.bitrix.lines import settings
from sandbox.bitrix.lines.model import Line
from tests.support.counter import LINE, MARINA, SITE_CHAT, TELEGRAM, Counter, counter


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[Counter]:
    """A portal with two lines and two channels of UIS, nothing joined yet."""
    with counter(sqlite_url, tmp_path, channels=(SITE_CHAT, TELEGRAM), activate=False) as made:
        made.portal.open_lines.lines[2] = _line()
        yield made


@pytest.fixture
def both(database_url: str, tmp_path: Path) -> Iterator[Counter]:
    """The same, once on each kind of database."""
    with counter(database_url, tmp_path, channels=(SITE_CHAT, TELEGRAM), activate=False) as made:
        made.portal.open_lines.lines[2] = _line()
        yield made


def _line() -> Line:
    return Line(id=2, name="Продажи", settings={"QUEUE": [{"ENTITY_TYPE": "user", "ENTITY_ID": "1"}]})


def rows(*pairs: tuple[int, int]) -> list[dict[str, int]]:
    return [{"channel_id": channel, "line_id": line} for channel, line in pairs]


def on(house: Counter) -> set[int]:
    """Lines on which our connector works, as the portal sees it."""
    connector = house.portal.connectors[CONNECTOR_ID]
    return {number for number in house.portal.lines if connector.works_on(number)}


def codes(house: Counter, line: int = LINE) -> set[str]:
    return {problem["code"] for problem in house.lines()[line]["problems"]}


@pytest.mark.parametrize("confirmed", [True, False])
def test_lines_are_joined_again_when_the_application_is_installed_again(
    house: Counter, confirmed: bool
) -> None:
    house.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1), (TELEGRAM, 2)))
    house.portal.open_lines.connect(CONNECTOR_ID, 2, False)
    house.compare(301)
    assert [line["state"] for line in house.lines().values()] == ["on", "stopped"]
    house.portal.uninstall()
    assert house.portal.events.wait_idle()
    house.world.clock.advance(61)
    assert lifecycle.confirm_uninstalls(house.services) == 1 if confirmed else True
    assert house.portal.open_installer().status_code == 200
    house.portal.finish_install()
    house.compare()
    assert on(house) == {1}
    with house.services.sessions() as session:
        assert [row.state for row in lines.rows(session, house.installation_id)] == ["on", "stopped"]


def test_saving_switches_lines_on_and_leaves_those_that_are_gone_from_the_settings(both: Counter) -> None:
    both.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1), (TELEGRAM, 2)))
    assert on(both) == {1, 2}
    assert {line["state"] for line in both.lines().values()} == {"on"}
    assert both.lines()[1]["channels"] == [{"id": SITE_CHAT, "name": "Чат на сайте"}]
    both.put("open_lines", lines=rows((SITE_CHAT, 2), (TELEGRAM, 2)))
    assert on(both) == {2}
    assert [line["state"] for line in both.lines().values()] == ["off", "on"]
    both.put("open_lines", enabled=False)
    assert on(both) == set()
    assert both.portal.violations == []


def test_a_portal_that_takes_no_zero_for_an_off_is_told_so_with_a_letter(house: Counter) -> None:
    house.portal.open_lines.switches.change({"zero_active": "refuse"})
    house.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1)))
    house.put("open_lines", enabled=False)
    assert on(house) == set()
    assert house.lines()[1]["state"] == "off"


def test_what_somebody_switched_off_is_shown_and_comes_back_only_on_request(both: Counter) -> None:
    both.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1)))
    with both.portal.lock:
        both.portal.open_lines.connect(CONNECTOR_ID, 1, False)
    both.work()
    assert both.lines()[1]["state"] == "stopped"
    assert "stopped" in codes(both)
    both.compare(after=3600)
    both.put("open_lines", signature=False)
    assert on(both) == set()
    both.call("POST", "/open_lines/repair", {"line_id": 1, "repair": "switch_on"}, 202)
    assert on(both) == {1}
    assert "stopped" not in codes(both)


def test_a_connector_that_is_not_registered_is_told_with_its_reason(
    house: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.portal.connectors.clear()
    good = manifest.connector
    monkeypatch.setattr(manifest, "connector", lambda url: {**good(url), "ID": "omni.uis"})
    house.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1)))
    with house.services.sessions() as session:
        line = next(row for row in lines.rows(session, house.installation_id) if row.line_id == 1)
    assert line.state == LineState.JOINING
    assert line.problem is not None
    assert line.problem["params"]["reason"] == "APPLICATION_REGISTRATION_ERROR_POINT"


def test_a_repair_of_a_line_that_is_gone_is_refused(house: Counter) -> None:
    client = house.flask.extensions["omni.portals"].client(house.installation_id)
    with pytest.raises(Rejected):
        repair.change(client, 99, "crm_off")


def test_a_line_that_was_switched_off_unheard_is_found_by_the_comparison(house: Counter) -> None:
    house.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1)))
    house.world.faults.add("event", "ONIMCONNECTORSTATUSDELETE", "lose", 1)
    with house.portal.lock:
        house.portal.open_lines.connect(CONNECTOR_ID, 1, False)
    house.compare(after=16 * 60)
    assert house.lines()[1]["state"] == "stopped"


def test_a_deleted_line_is_told_and_its_channels_get_a_line_of_their_own(both: Counter) -> None:
    both.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 2)))
    with both.portal.lock:
        both.portal.open_lines.delete_line(2)
    both.work()
    assert both.lines()[2]["state"] == "gone"
    assert codes(both, 2) == {"line_gone"}
    both.call("POST", "/open_lines/repair", {"line_id": 2, "repair": "own_line"}, 202)
    [line] = both.call("GET", "/settings/open_lines")["settings"]["lines"]
    assert both.portal.lines[line["line_id"]].name == "OMNI: Продажи"
    assert on(both) == {line["line_id"]}


def test_switching_that_was_cut_off_is_finished_by_the_rhythm(house: Counter) -> None:
    house.world.faults.add("bitrix", "batch", "http_503", 3)
    house.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1)))
    assert on(house) == set()
    for _ in range(4):
        house.compare(after=400)
    assert on(house) == {1}
    assert house.lines()[1]["state"] == "on"
    assert house.call("GET", "/open_lines")["problem"] is None


def test_a_portal_that_does_not_answer_is_told_in_words(house: Counter) -> None:
    house.world.faults.add("bitrix", "batch", "http_503", 3)
    house.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1)))
    told = house.call("GET", "/open_lines")
    assert "Битрикс24" in told["problem"]


def test_only_one_process_switches_lines_at_a_time(both: Counter) -> None:
    both.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1)))
    both.portal.requests.clear()
    with both.services.sessions.begin() as session:
        now = both.services.clock.now()
        assert lines.take(session, both.installation_id, now, now + timedelta(minutes=3))
    both.compare(after=100)
    assert both.portal.requests == deque()


@pytest.mark.parametrize(
    ("code", "repair", "setting", "before", "after"),
    [
        ("repeat_leads", "repeat_off", "CRM_CREATE_SECOND", "0", "N"),
        ("crm_create", "crm_off", "CRM_CREATE", "lead", "none"),
    ],
)
def test_settings_of_a_line_that_make_doubles_are_found_and_put_right_on_request(
    house: Counter, code: str, repair: str, setting: str, before: str, after: str
) -> None:
    house.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1)))
    assert settings.value(house.portal.lines[1], setting) == before
    assert code in codes(house)
    house.call("POST", "/open_lines/repair", {"line_id": 1, "repair": repair}, 202)
    assert settings.value(house.portal.lines[1], setting) == after
    assert code not in codes(house)


def test_creation_in_the_line_is_a_warning_as_soon_as_the_application_creates_too(house: Counter) -> None:
    house.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1)))
    levels = {row["code"]: row["level"] for row in house.lines()[1]["problems"]}
    assert levels["crm_create"] == "notice"
    house.put(
        "offline", enabled=True, responsible={"rules": [], "default_user_id": 1, "substitute_user_id": None}
    )
    levels = {row["code"]: row["level"] for row in house.lines()[1]["problems"]}
    assert levels["crm_create_too"] == "warning"


def test_a_line_that_is_off_is_switched_on_on_request(house: Counter) -> None:
    house.portal.lines[1].active = False
    house.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1)))
    assert "line_off" in codes(house)
    house.call("POST", "/open_lines/repair", {"line_id": 1, "repair": "line_on"}, 202)
    assert house.portal.lines[1].active
    assert "line_off" not in codes(house)


def test_other_channels_of_a_line_are_found_and_ours_can_move_away(house: Counter) -> None:
    with house.portal.lock:
        house.portal.open_lines.connect("telegrambot", 1, True)
    house.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1), (TELEGRAM, 1)))
    assert house.lines()[1]["others"] == ["Telegram"]
    assert "others" in codes(house)
    house.call("POST", "/open_lines/repair", {"line_id": 1, "repair": "own_line"}, 202)
    [new] = [line for line in house.portal.lines.values() if line.name.startswith("OMNI: ")]
    assert on(house) == {new.id}
    assert len(house.lines()[new.id]["channels"]) == 2
    assert house.lines()[new.id]["problems"] == [
        row for row in house.lines()[new.id]["problems"] if row["code"] == "crm_create"
    ]


def test_operators_who_could_not_answer_are_named(house: Counter) -> None:
    house.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1)))
    [told] = [row for row in house.lines()[1]["problems"] if row["code"] == "unpaired"]
    names = [
        house.portal.users[number].full_name for number in settings.queue(house.portal, house.portal.lines[1])
    ]
    assert names[1] in told["text"]
    assert names[0] not in told["text"]
    house.put("open_lines", default_employee_id=MARINA)
    assert "unpaired" not in codes(house)


def test_a_line_is_made_once_however_often_it_is_asked_for(house: Counter) -> None:
    made = house.call("POST", "/open_lines/lines", {"name": " Чаты UIS "}, 201)
    assert made == {"id": 3, "name": "Чаты UIS", "made": True}
    assert settings.value(house.portal.lines[3], "CRM_CREATE_SECOND") == "N"
    assert settings.value(house.portal.lines[3], "QUEUE") == [{"ENTITY_ID": "1", "ENTITY_TYPE": "user"}]
    assert house.call("POST", "/open_lines/lines", {"name": "Чаты UIS"}, 201)["made"] is False
    assert house.lines()[3]["name"] == "Чаты UIS"


def test_a_line_whose_making_was_not_answered_is_found_by_its_name(house: Counter) -> None:
    house.world.faults.add("bitrix", "imopenlines.config.add", "timeout_after", 1, seconds=6)
    assert house.call("POST", "/open_lines/lines", {"name": "Чаты UIS"}, 201)["id"] == 3
    assert [line.name for line in house.portal.lines.values()].count("Чаты UIS") == 1


def test_only_administrators_may_change_anything(house: Counter) -> None:
    assert house.call("GET", "/open_lines", admin=False)["enabled"] is False
    for path, body in (("lines", {"name": "x"}), ("repair", {"line_id": 1, "repair": "line_on"})):
        house.call("POST", f"/open_lines/{path}", body, 403, admin=False)


def test_lines_that_are_not_there_and_repairs_that_do_not_exist_are_refused(house: Counter) -> None:
    house.call("POST", "/open_lines/repair", {"line_id": 99, "repair": "line_on"}, 404)
    house.call("POST", "/open_lines/repair", {"line_id": 1, "repair": "explode"}, 422)
    house.call("POST", "/open_lines/lines", {"name": "   "}, 422)


def test_the_health_of_the_integration_tells_of_lines(house: Counter) -> None:
    house.put("open_lines", enabled=True, lines=rows((SITE_CHAT, 1)))
    with house.services.sessions.begin() as session:
        row = session.query(OpenLine).filter_by(line_id=1).one()
        row.state = LineState.STOPPED
    told = {check["name"]: check for check in house.call("GET", "/health")["checks"]}
    assert told["lines"]["state"] == "broken"
    assert "Контакт-центре" in told["lines"]["text"]
