"""The hub, the UIS personal account and the shop."""

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page, expect

from sandbox.pages.texts import TEXTS, text
from sandbox.world import World


@pytest.fixture
def world() -> Iterator[World]:
    with World(app_url="http://127.0.0.1:9") as made:
        yield made


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        yield made


@pytest.fixture
def signed_in(http: requests.Session, world: World) -> requests.Session:
    given = {"login": "admin@example.com", "password": "sandbox"}
    answer = http.post(f"{world.uis_url}/cabinet/login", data=given, timeout=10)
    assert "Подключить интеграцию" in answer.text
    return http


def write(http: requests.Session, world: World, message: str, **more: str) -> requests.Response:
    return http.post(f"{world.shop_url}/chat", json={"text": message, **more}, timeout=10)


def test_every_text_of_the_hub_is_there_in_both_languages(http: requests.Session, world: World) -> None:
    for name in TEXTS:
        assert text(name, "ru")
        assert text(name, "en")
    assert "Установите приложение" in http.get(f"{world.hub_url}/?lang=ru", timeout=10).text
    assert "Install the application" in http.get(f"{world.hub_url}/?lang=en", timeout=10).text
    assert "Request log" in http.get(f"{world.hub_url}/log", timeout=10).text


def test_the_story_ticks_what_has_happened(http: requests.Session, world: World) -> None:
    assert http.get(world.hub_url, timeout=10).text.count("card done") == 0
    world.portals[0].begin_installation()
    world.portals[0].finish_install(send_event=False)
    world.uis.visitor_starts_chat(text="Здравствуйте")
    world.portals[0].crm.add(1, {"title": "Чат", "originatorId": "omni", "originId": "1"}, 1)
    # Everything but the connection of UIS.
    assert http.get(world.hub_url, timeout=10).text.count("card done") == 4


def test_the_fault_switch_adds_lists_and_clears(http: requests.Session, world: World) -> None:
    page = f"{world.hub_url}/faults"
    order = {"service": "bitrix", "operation": "crm.item.add", "kind": "timeout_after", "times": "2"}
    answer = http.post(page, data={**order, "options": '{"seconds": 5}'}, timeout=10)
    assert "timeout_after" in answer.text
    [fault] = world.faults.list()
    assert (fault.operation, fault.left, fault.options) == ("crm.item.add", 2, {"seconds": 5})
    http.post(f"{page}/{fault.id}/remove", timeout=10)
    assert world.faults.list() == []
    http.post(page, data={**order, "times": "0"}, timeout=10)
    http.post(f"{page}/clear", timeout=10)
    assert world.faults.list() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "earthquake"},
        {"service": "mars"},
        {"times": "-1"},
        {"options": "[1]"},
        {"options": "{"},
        {"options": '{"times": 3}'},
    ],
)
def test_a_wrong_fault_is_refused_in_words(
    http: requests.Session, world: World, wrong: dict[str, str]
) -> None:
    order = {"service": "bitrix", "operation": "*", "kind": "http_503", "times": "1", **wrong}
    answer = http.post(f"{world.hub_url}/faults", data=order, timeout=10)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert world.faults.list() == []


def test_the_log_shows_requests_of_the_portal(http: requests.Session, world: World) -> None:
    portal = world.portals[0]
    portal.begin_installation()
    token = world.oauth.issue(portal, 1).access_token
    http.post(f"{portal.url}/rest/user.current", json={"auth": token}, timeout=10)
    http.post(f"{portal.url}/rest/no.such.method", json={"auth": token}, timeout=10)
    rows = http.get(f"{world.hub_url}/log/rows", timeout=10).json()
    assert [(row["operation"], row["good"]) for row in rows] == [
        ("no.such.method", False),
        ("user.current", True),
    ]
    http.get(f"{world.oauth_url}/rest/app.info?auth={token}", timeout=10)
    rows = http.get(f"{world.hub_url}/log/rows", timeout=10).json()
    assert (rows[0]["operation"], rows[0]["direction"], rows[0]["good"]) == ("app.info", "→ OAuth", True)


def test_the_log_shows_events_and_callbacks_that_nobody_took(http: requests.Session, world: World) -> None:
    portal = world.portals[0]
    portal.begin_installation()
    portal.finish_install()
    portal.events.wait_idle()
    rows = http.get(f"{world.hub_url}/log/rows", timeout=10).json()
    assert [(row["operation"], row["good"]) for row in rows] == [("ONAPPINSTALL", False)]


def test_the_personal_account_wants_a_sign_in(http: requests.Session, world: World) -> None:
    for path in ("/", "/channels", "/chats", "/requests"):
        answer = http.get(f"{world.uis_url}/cabinet{path}", timeout=10)
        assert answer.url.endswith("/cabinet/login")
    wrong = {"login": "admin@example.com", "password": "guess"}
    answer = http.post(f"{world.uis_url}/cabinet/login", data=wrong, timeout=10)
    assert answer.status_code == 403
    assert "Неверный" in answer.text


def test_the_button_leads_to_the_application(signed_in: requests.Session, world: World) -> None:
    page = signed_in.get(f"{world.uis_url}/cabinet/", timeout=10).text
    assert 'href="http://127.0.0.1:9/connect"' in page
    assert "sandbox-data-key" in page


def test_an_operator_answers_and_closes(signed_in: requests.Session, world: World) -> None:
    chat = world.uis.visitor_starts_chat(name="Гость", text="Есть диван?")
    address = f"{world.uis_url}/cabinet/chats/{chat.id}"
    signed_in.post(f"{address}/answer", data={"text": "Есть!", "operator_id": "367853"}, timeout=10)
    assert [message.text for message in chat.messages] == ["Есть диван?", "Есть!"]
    assert chat.employee_id == 367853
    page = signed_in.post(f"{address}/close", data={"operator_id": "367853"}, timeout=10).text
    assert "закрыл оператор" in page
    assert chat.release_cause == "closed_by_operator"
    late = signed_in.post(f"{address}/answer", data={"text": "Ещё", "operator_id": "367853"}, timeout=10)
    assert late.status_code == 400


def test_an_operator_quotes_sends_a_file_and_edits(signed_in: requests.Session, world: World) -> None:
    chat = world.uis.visitor_starts_chat(740805, name="Гость", phone="79990001122", text="Есть диван?")
    address = f"{world.uis_url}/cabinet/chats/{chat.id}"
    [asked] = chat.messages
    form = {"text": "Есть!", "operator_id": "367853", "reply": str(asked.id)}
    signed_in.post(f"{address}/answer", data=form, files={"file": ("sofa.txt", b"sofa")}, timeout=10)
    answer = chat.messages[-1]
    assert (answer.reply_to_id, answer.resource and answer.resource.name) == (asked.id, "sofa.txt")
    page = signed_in.post(
        f"{address}/edit", data={"edit": str(answer.id), "text": "Есть два!"}, timeout=10
    ).text
    assert (answer.text, answer.edited) == ("Есть два!", True)
    assert "<blockquote>Есть диван?</blockquote>" in page
    assert "изменено" in page
    signed_in.post(f"{address}/client", data={"text": "Беру", "reply": str(answer.id)}, timeout=10)
    assert (chat.messages[-1].source, chat.messages[-1].reply_to_id) == ("visitor", answer.id)
    assert "прочитано" in signed_in.post(f"{address}/read", timeout=10).text
    assert signed_in.post(f"{address}/answer", data={"text": " "}, timeout=10).status_code == 400


def test_a_business_channel_comes_with_a_template(signed_in: requests.Session, world: World) -> None:
    page = signed_in.post(f"{world.uis_url}/cabinet/channels", timeout=10).text
    assert "WhatsApp Business" in page
    [channel] = [each for each in world.uis.channels.values() if each.type == "waba"]
    assert [row["name"] for row in channel.message_templates] == ["hello"]


def test_a_request_of_the_shop_is_processed_in_the_account(signed_in: requests.Session, world: World) -> None:
    form = {"name": "Олег", "phone": "+7 999 000-55-66", "text": "Перезвоните", "page": PAGE}
    answer = signed_in.post(f"{world.shop_url}/request", data=form, timeout=10)
    [request] = world.uis.requests.values()
    assert f"Заявка № {request.id}" in answer.text
    assert (request.name, request.phone, request.text) == ("Олег", "79990005566", "Перезвоните")
    assert request.session.traffic["utm_source"] == "newsletter"
    assert "Олег" in signed_in.get(f"{world.uis_url}/cabinet/requests", timeout=10).text
    signed_in.post(f"{world.uis_url}/cabinet/requests/{request.id}/process", timeout=10)
    assert request.status == "processed"


PAGE = "https://shop.example.com/?utm_source=newsletter&utm_campaign=november"


def test_a_request_without_any_contact_is_refused(http: requests.Session, world: World) -> None:
    answer = http.post(f"{world.shop_url}/request", data={"name": "Олег"}, timeout=10)
    assert answer.status_code == 400
    assert "Оставьте телефон или почту" in answer.text
    assert not world.uis.requests


def test_a_visitor_keeps_one_chat_until_it_is_closed(http: requests.Session, world: World) -> None:
    write(http, world, "Первое", name="Вера", phone="+79990001122", page=PAGE)
    write(http, world, "Второе")
    [chat] = world.uis.chats.values()
    assert [message.text for message in chat.messages] == ["Первое", "Второе"]
    assert chat.session.traffic["utm_campaign"] == "november"
    visitor = world.uis.visitors[chat.visitor_id]
    assert (visitor.name, visitor.phones) == ("Вера", ["79990001122"])
    world.uis.close_chat(chat.id, "closed_by_visitor")
    assert http.get(f"{world.shop_url}/chat", timeout=10).json()["closed"] is True
    write(http, world, "Третье")
    assert len(world.uis.chats) == 2
    assert {each.visitor_id for each in world.uis.chats.values()} == {chat.visitor_id}


def test_two_visitors_never_share_a_chat(http: requests.Session, world: World) -> None:
    write(http, world, "Это я")
    with requests.Session() as other:
        other.trust_env = False
        assert other.get(f"{world.shop_url}/chat", timeout=10).json()["messages"] == []
        write(other, world, "А это другой")
    assert len(world.uis.chats) == 2


@pytest.mark.parametrize("body", [{"text": " "}, {"text": "Есть?", "phone": "12"}, ["text"], "text"])
def test_a_wrong_message_is_refused_in_words(http: requests.Session, world: World, body: object) -> None:
    answer = http.post(f"{world.shop_url}/chat", json=body, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert not world.uis.chats


@pytest.mark.browser
def test_visitor_and_operator_talk_in_the_browser(page: Page, world: World) -> None:
    page.goto(f"{world.shop_url}/?utm_source=yandex")
    page.click("#open-chat")
    page.fill("#chat [name=name]", "Вера")
    page.fill("#chat [name=text]", "Есть ли зелёный диван? <b>")
    page.press("#chat [name=text]", "Enter")
    expect(page.locator("#chat .bubble.mine")).to_have_text("Есть ли зелёный диван? <b>")
    account = page.context.new_page()
    account.goto(f"{world.uis_url}/cabinet/")
    account.fill("[name=login]", "admin@example.com")
    account.fill("[name=password]", "sandbox")
    account.click("button.primary")
    account.click("text=Чаты")
    account.click("#chat-list >> text=Вера")
    account.fill("textarea", "Есть, приезжайте!")
    account.click("#answer")
    expect(page.locator("#chat .bubble").last).to_have_text("Есть, приезжайте!")
    [chat] = world.uis.chats.values()
    assert chat.session.traffic["utm_source"] == "yandex"
