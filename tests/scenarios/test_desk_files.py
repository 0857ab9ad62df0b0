"""Files at the workplace both ways, and UIS's own workplace in the frame."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.domain.test_sendable import PNG
from tests.support.databases import Databases
from tests.support.desk import IVAN, MARINA, OLGA, TELEGRAM, Desk, desk

CONTACT = 3
PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture(scope="module")
def here(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One workplace for all tests of the module; none of them is about the database."""
    folder = tmp_path_factory.mktemp("files")
    with databases.database("sqlite", folder, migrated=True) as url, desk(url, folder) as made:
        yield made


@pytest.fixture(autouse=True)
def as_it_was(here: Desk) -> Iterator[None]:
    yield
    here.here.save("workplace", mode="own", url=None)
    here.here.world.faults.clear()


def test_a_file_of_an_operator_reaches_the_client_with_its_words(here: Desk) -> None:
    chat, number = here.begun("Пришлите счёт")
    told = here.attach(number, "счёт №5.pdf", PDF)
    assert (told["name"], told["size"], told["kind"]) == ("счёт №5.pdf", len(PDF), "document")
    here.say(number, "Вот счёт", file=told["file"])
    here.here.rest()
    sent = chat.messages[-1]
    assert sent.resource is not None
    assert (sent.text, sent.resource.name, sent.resource.data) == ("Вот счёт", "счёт №5.pdf", PDF)
    shown = here.chat(number)["messages"][-1]["file"]
    assert (shown["name"], shown["view"]) == ("счёт №5.pdf", "document")


def test_a_file_of_the_client_opens_by_its_link_and_as_what_it_is(here: Desk) -> None:
    chat, number = here.begun("Смотрите")
    here.here.uis.visitor_writes(chat.id, "", file=("фото.png", PNG))
    here.here.uis.visitor_writes(chat.id, "", file=("фото.png", b"<script>alert(1)</script>"))
    here.here.rest()
    photo, page = (row["file"] for row in here.chat(number)["messages"][-2:])
    opened = here.here.flask.test_client().get(urlsplit(photo["url"]).path)
    assert (opened.status_code, opened.data, opened.mimetype) == (200, PNG, "image/png")
    hostile = here.here.flask.test_client().get(urlsplit(page["url"]).path)
    assert hostile.mimetype == "application/octet-stream"
    assert hostile.headers["X-Content-Type-Options"] == "nosniff"
    assert "attachment" in hostile.headers["Content-Disposition"]


def test_a_file_is_attached_only_where_it_was_checked_for(here: Desk) -> None:
    _, number = here.begun("Пришлите")
    _, elsewhere = here.begun("И мне", channel=TELEGRAM, username="@elsewhere")
    token = here.attach(number, "a.pdf", PDF)["file"]
    for chat, file in ((elsewhere, token), (number, token[:-2] + "xx"), (number, "made up")):
        refused = here.say(chat, "Вот", file=file, status=422)
        assert refused["errors"][0]["field"] == "file"


def test_an_upload_whose_answer_was_lost_is_told_and_leaves_nothing_behind(here: Desk) -> None:
    chat, number = here.begun("Пришлите")
    here.here.world.faults.add("uis_chat", "*/resource", "reset_before", times=1)
    assert here.attach(number, "a.pdf", PDF, status=503)["code"] == "uis_away"
    assert here.chat(number)["letters"] == []
    here.say(number, "Вот", file=here.attach(number, "a.pdf", PDF)["file"])
    here.here.rest()
    assert here.heard(chat) == ["Вот"]


def test_the_workplace_of_uis_gets_the_clients_context_and_nothing_breaks_its_address(here: Desk) -> None:
    person = {
        "name": "Пётр",
        "fm": [
            {"typeId": "PHONE", "valueType": "WORK", "value": "+79160000777"},
            {"typeId": "EMAIL", "valueType": "WORK", "value": "a&b=c#d@example.com"},
        ],
    }
    contact = here.here.portal.crm.add(CONTACT, person, 1)
    template = "https://work.example/chat?p={phone}&m={email}&who={employee}&in={entity_type}-{entity_id}#top"
    here.here.put("workplace", mode="uis", url=template)
    shown = here.get("", user=IVAN, card=("contact", contact.id))
    parts = urlsplit(shown["frame_url"])
    assert (shown["mode"], parts.netloc, parts.path, parts.fragment) == (
        "uis", "work.example", "/chat", "top",
    )  # fmt: skip
    assert parse_qs(parts.query) == {
        "p": ["+79160000777"], "m": ["a&b=c#d@example.com"], "who": [str(MARINA)], "in": [f"contact-{contact.id}"],
    }  # fmt: skip
    outside = urlsplit(here.get("", user=OLGA)["frame_url"])
    assert parse_qs(outside.query, keep_blank_values=True)["p"] == [""]


@pytest.mark.parametrize(
    "url",
    [
        "http://work.example/",
        "javascript:alert(1)",
        "https://{phone}.example/",
        "//work.example/",
        "https://a b/",
    ],
)
def test_an_address_that_is_no_plain_https_is_refused_at_its_field(here: Desk, url: str) -> None:
    refused = here.here.put("workplace", 422, mode="uis", url=url)
    assert refused["errors"][0]["field"] == "url"


def test_the_page_may_frame_that_host_and_no_other(here: Desk) -> None:
    here.here.put("workplace", mode="uis", url="https://work.example/{phone}")
    frame = here.here.portal.frame(f"{here.here.world.card.url}/bitrix/app", 1)
    parts = urlsplit(frame.url)
    answer = here.here.flask.test_client().post(f"{parts.path}?{parts.query}", data=frame.fields)
    policy = [rule.split() for rule in answer.headers["Content-Security-Policy"].split(";")]
    assert [names for name, *names in policy if name == "frame-src"] == [["https://work.example"]]
