"""Open Lines as people see them: the operator's window, settings of lines, channels in the Contact Center."""

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page, expect

from sandbox.pages.line_fields import ALL
from tests.sandbox.lines_portal import CONNECTOR, Connected, connected, element
from tests.sandbox.portal_pages import become, read, scriptless


@pytest.fixture
def omni() -> Iterator[Connected]:
    with connected(CHAT_GROUP="N") as made:
        yield made


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with scriptless() as made:
        yield made


def act(http: requests.Session, omni: Connected, chat: int, action: str, **form: object) -> requests.Response:
    files = {"file": form.pop("file")} if "file" in form else None
    return http.post(f"{omni.portal.url}/online/{chat}/{action}", data=form, files=files, timeout=10)  # type: ignore[arg-type]


def window(http: requests.Session, omni: Connected, chat: int) -> str:
    return read(http, f"{omni.portal.url}/online/?IM_DIALOG=chat{chat}")


def test_an_operator_answers_with_a_file_and_a_quote_and_sees_how_it_goes(
    http: requests.Session, omni: Connected
) -> None:
    chat, _ = omni.begin(text="Есть диваны?")
    [question] = [row for row in omni.lines.dialogs[chat].messages.values() if row.mids]
    act(http, omni, chat, "say", text="Есть, фото внутри", reply=question.id, file=("диван.txt", b"sofa"))
    [event] = omni.events("ONIMCONNECTORMESSAGEADD")
    message = event["MESSAGES"][0]
    assert "Есть, фото внутри" in message["message"]["text"]
    assert message["message"]["files"][0]["name"] == "диван.txt"
    assert requests.get(message["message"]["files"][0]["link"], timeout=5).content == b"sofa"
    page = window(http, omni, chat)
    assert "<blockquote>Есть диваны?</blockquote>" in page
    assert "отправлено" in page
    assert "доставлено" not in page
    told = {"im": message["im"], "message": {"id": ["ext1"]}, "chat": {"id": "c1"}}
    omni.caller.result("imconnector.send.status.delivery", CONNECTOR=CONNECTOR, LINE=1, MESSAGES=[told])
    assert "доставлено" in window(http, omni, chat)


def test_a_message_that_the_application_refuses_or_no_channel_takes_is_shown_as_an_error(
    http: requests.Session, omni: Connected
) -> None:
    chat, _ = omni.begin()
    omni.inbox.status = 500
    act(http, omni, chat, "say", text="Раз")
    assert omni.portal.events.wait_idle()
    assert "Приложение не приняло сообщение." in window(http, omni, chat)
    omni.lines.connect(CONNECTOR, 1, False)
    act(http, omni, chat, "say", text="Два")
    assert "Канал отключён от линии" in window(http, omni, chat)


def test_an_operator_changes_and_deletes_only_own_messages(http: requests.Session, omni: Connected) -> None:
    chat, _ = omni.begin()
    act(http, omni, chat, "say", text="Завтра")
    own = next(row for row in omni.lines.dialogs[chat].messages.values() if row.text == "Завтра")
    act(http, omni, chat, "edit", edit=own.id, text="Послезавтра")
    assert (own.text, own.edited) == ("Послезавтра", True)
    assert "изменено" in window(http, omni, chat)
    assert act(http, omni, chat, "edit", edit=own.id, text=" ").status_code == 400
    become(http, omni.portal, 7)
    assert act(http, omni, chat, "edit", edit=own.id, text="Никогда").status_code == 409
    assert act(http, omni, chat, "delete", message=own.id).status_code == 409
    become(http, omni.portal, 1)
    act(http, omni, chat, "delete", message=own.id)
    page = window(http, omni, chat)
    assert "Сообщение удалено" in page
    assert "Послезавтра" not in page
    assert (
        len(omni.events("ONIMCONNECTORMESSAGEUPDATE")) == len(omni.events("ONIMCONNECTORMESSAGEDELETE")) == 1
    )


def test_a_dialog_is_taken_passed_on_and_finished(http: requests.Session, omni: Connected) -> None:
    chat, first = omni.begin()
    dialog = omni.lines.dialogs[chat]
    act(http, omni, chat, "take")
    assert (dialog.operator_id, dialog.sessions[-1].accepted) == (1, True)
    assert act(http, omni, chat, "transfer", to="").status_code == 400
    act(http, omni, chat, "transfer", to="user:9")
    assert (dialog.operator_id, dialog.sessions[-1].accepted) == (9, False)
    assert "ждёт ответа" in window(http, omni, chat)
    act(http, omni, chat, "finish")
    assert dialog.session is None
    assert "Диалог закрыт" in window(http, omni, chat)
    assert act(http, omni, chat, "transfer", to="user:7").status_code == 409
    [finished] = omni.events("ONIMCONNECTORDIALOGFINISH")
    assert finished
    act(http, omni, chat, "say", text="Ещё вопрос?")
    assert dialog.sessions[-1].id != first
    assert dialog.session is not None


def test_only_the_queue_of_a_line_sees_its_dialogs(http: requests.Session, omni: Connected) -> None:
    omni.portal.lines[1].settings["QUEUE"] = [{"ENTITY_ID": "1", "ENTITY_TYPE": "user"}]
    chat, _ = omni.begin(person="p1", text="Тайна")
    become(http, omni.portal, 7)
    assert "Тайна" not in read(http, f"{omni.portal.url}/online/")
    read(http, f"{omni.portal.url}/online/?IM_DIALOG=chat{chat}", 404)
    assert act(http, omni, chat, "say", text="Подслушал").status_code == 404
    read(http, f"{omni.portal.url}/online/?IM_DIALOG=chat1", 404)


def test_what_a_site_sends_is_shown_and_never_run(http: requests.Session, omni: Connected) -> None:
    omni.lines.connect("livechat", 1, True)
    links = [
        {"NAME": "нажми", "LINK": "javascript:alert(1)"},
        {"NAME": "сайт", "LINK": "https://shop.example/"},
    ]
    data = [
        {"LINK": links},
        {"GRID": [{"NAME": "Метка", "VALUE": "<script>alert(2)</script>"}]},
        "слово",
        {"USER": 7},
    ]
    said = omni.portal.visitors.livechat_writes("<b>Привет</b>", custom_data=data)
    raw = http.get(f"{omni.portal.url}/online/?IM_DIALOG=chat{said.chat_id}", timeout=10).text
    assert 'href="javascript:' not in raw
    assert 'href="https://shop.example/"' in raw
    assert "&lt;script&gt;alert(2)" in raw
    assert "&lt;b&gt;Привет" in raw
    assert "слово" in raw


def test_a_lead_is_made_out_of_a_dialog_once(http: requests.Session, omni: Connected) -> None:
    omni.portal.lines[1].settings["CRM_CREATE"] = "none"
    chat, _ = omni.begin()
    assert not omni.portal.crm.items[1]
    act(http, omni, chat, "lead")
    [lead] = omni.portal.crm.items[1].values()
    assert act(http, omni, chat, "lead").status_code == 400
    assert f"Лид: {lead.title}" in window(http, omni, chat)
    card = read(http, f"{omni.portal.url}/crm/lead/details/{lead.id}/")
    assert f'href="/online/?IM_DIALOG=chat{chat}"' in card
    assert "Открыть чат" in card


def test_settings_of_a_line_are_saved_as_a_whole(http: requests.Session, omni: Connected) -> None:
    address = f"{omni.portal.url}/contact_center/lines/1/"
    form = {
        "LINE_NAME": "Продажи", "ACTIVE": "Y", "CRM": "Y", "CRM_CREATE": "deal", "CRM_CREATE_SECOND": "N",
        "QUEUE": ["7", "9"], "QUEUE_TYPE": "strictly", "WELCOME_MESSAGE": "Y", "WELCOME_MESSAGE_TEXT": "Добрый день!",
        "AUTO_CLOSE_TIME": "600", "CRM_SOURCE": "create",
    }  # fmt: skip
    assert "Настройки сохранены" in http.post(f"{address}save", data=form, timeout=10).text
    config = omni.caller.result("imopenlines.config.get", CONFIG_ID=1)
    shown = {
        name: config[name]
        for name in ("LINE_NAME", "CRM_CREATE", "CRM_CREATE_SECOND", "CRM_FORWARD", "QUEUE")
    }
    assert shown == {
        "LINE_NAME": "Продажи",
        "CRM_CREATE": "deal",
        "CRM_CREATE_SECOND": "N",
        "CRM_FORWARD": "N",
        "QUEUE": ["7", "9"],
    }
    refused = http.post(
        f"{address}save", data={**form, "LINE_NAME": "Иначе", "CRM_CREATE": "all"}, timeout=10
    )
    assert refused.status_code == 400
    assert omni.portal.lines[1].name == "Продажи"
    assert 'value="Продажи"' in read(http, address)
    assert {field.name for field in ALL} >= set(form)


def test_lines_are_made_and_deleted_by_administrators(http: requests.Session, omni: Connected) -> None:
    lines = f"{omni.portal.url}/contact_center/lines/"
    made = http.post(lines, data={"LINE_NAME": "Вторая"}, timeout=10)
    assert made.url.endswith("/contact_center/lines/2/")
    become(http, omni.portal, 7)
    assert http.post(lines, data={"LINE_NAME": "Третья"}, timeout=10).status_code == 403
    assert http.post(f"{lines}2/delete", timeout=10).status_code == 403
    become(http, omni.portal, 1)
    assert "Вторая" not in http.post(f"{lines}2/delete", timeout=10).text
    assert http.post(f"{lines}2/delete", timeout=10).status_code == 404
    assert omni.events("ONIMCONNECTORLINEDELETE") == ["2"]


def test_a_messenger_is_connected_and_an_invented_person_writes(
    http: requests.Session, omni: Connected
) -> None:
    center = f"{omni.portal.url}/contact_center/"
    form = {"ID": "telegrambot", "LINE": "1", "person": "77", "name": "Мария", "text": "Здравствуйте"}
    assert http.post(f"{center}connector/write", data=form, timeout=10).status_code == 409
    on = http.post(
        f"{center}connector/switch", data={"ID": "telegrambot", "LINE": "1", "active": "Y"}, timeout=10
    )
    assert "Написать от имени клиента" in on.text
    written = http.post(f"{center}connector/write", data=form, timeout=10)
    assert "IM_DIALOG=chat" in written.url
    assert "Здравствуйте" in written.text
    assert [item.fields["name"] for item in omni.portal.crm.items[1].values()] == ["Мария"]
    assert omni.events("ONIMCONNECTORMESSAGEADD") == []
    empty = http.post(f"{center}connector/write", data={**form, "text": " "}, timeout=10)
    assert empty.status_code == 400


def test_a_person_switches_the_applications_channel_off_but_not_on(
    http: requests.Session, omni: Connected
) -> None:
    center = f"{omni.portal.url}/contact_center/"
    off = http.post(f"{center}connector/switch", data={"ID": CONNECTOR, "LINE": "1"}, timeout=10)
    assert "не подключён" in off.text
    assert omni.events("ONIMCONNECTORSTATUSDELETE") == [{"connector": CONNECTOR, "line": "1"}]
    on = http.post(
        f"{center}connector/switch", data={"ID": CONNECTOR, "LINE": "1", "active": "Y"}, timeout=10
    )
    assert on.status_code == 404
    become(http, omni.portal, 7)
    assert (
        http.post(f"{center}connector/switch", data={"ID": "viber", "LINE": "1"}, timeout=10).status_code
        == 403
    )


@pytest.mark.browser
def test_the_operators_window_follows_the_dialog(page: Page, omni: Connected) -> None:
    chat, _ = omni.begin(text="Есть диваны?")
    page.goto(f"{omni.portal.url}/online/?IM_DIALOG=chat{chat}")
    page.click("#take-chat")
    expect(page.locator("#dialog-head")).to_contain_text("в работе")
    omni.send(element("m2", "Зелёные"))
    messages = page.locator("#dialog-messages")
    expect(messages).to_contain_text("Зелёные")
    page.locator(".bubble", has_text="Зелёные").get_by_text("Ответить").click()
    page.locator("[name=text]").fill("Есть два")
    page.locator("[name=file]").set_input_files(
        files={"name": "sofa.txt", "mimeType": "text/plain", "buffer": b"1"}
    )
    page.click("#send")
    mine = page.locator(".bubble.mine").last
    expect(mine.locator("blockquote")).to_have_text("Зелёные")
    expect(mine).to_contain_text("sofa.txt")
    expect(mine.locator(".state")).to_have_text("отправлено")
    mine.get_by_text("Изменить").click()
    page.locator("[name=text]").fill("Есть три")
    page.click("#send")
    expect(mine).to_contain_text("изменено")
    omni.portal.open_lines.operator_says(chat, 1, "Коллега видит сразу")
    expect(messages).to_contain_text("Коллега видит сразу")
    page.click("#finish-chat")
    expect(page.locator("#dialog-head")).to_contain_text("закрыт")


@pytest.mark.browser
def test_a_card_opens_its_dialog_in_a_slider(page: Page, omni: Connected) -> None:
    chat, _ = omni.begin(text="Есть диваны?")
    [lead] = omni.portal.crm.items[1]
    page.goto(f"{omni.portal.url}/crm/lead/details/{lead}/")
    page.locator("#card-dialogs a").click()
    inner = page.frame_locator(".slider iframe")
    inner.locator("[name=text]").fill("Есть")
    inner.locator("#send").click()
    expect(inner.locator(".bubble.mine")).to_contain_text("Есть")
    expect(inner.locator(".portal-menu")).to_have_count(0)
    assert [row.text for row in omni.lines.dialogs[chat].messages.values() if row.author_id == 1] == ["Есть"]
