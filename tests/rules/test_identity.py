"""Who the client is: phones, e-mails and keys."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.identity import (
    MAX_SPELLINGS,
    as_written,
    emails,
    identity_keys,
    normalise,
    numbers_in,
    spellings,
)


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("+7 (916) 123-45-67", "+79161234567"),
        ("8 916 123 45 67", "+79161234567"),
        (79161234567, "+79161234567"),
        ("9161234567", "+79161234567"),
        ("8 (495) 123-45-67 доб. 12", "+74951234567"),
        ("+7 495 123-45-67, ext. 12", "+74951234567"),
        ("88005553535", "+78005553535"),
        ("+7 777 123 45 67", "+77771234567"),
        ("+380441234567", "+380441234567"),
        ("380441234567", "+380441234567"),
        ("16502530000", "+16502530000"),
        ("+971 50 123 4567", "+971501234567"),
    ],
)
def test_a_phone_has_one_form(raw: str | int, e164: str) -> None:
    assert normalise(raw) == e164


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("79161234567", "+7 916 123-45-67"),
        (79161234567, "+7 916 123-45-67"),
        ("8 (495) 123-45-67 доб. 12", "+7 495 123-45-67 доб. 12"),
        ("+7 495 123-45-67 (ext. 12)", "+7 495 123-45-67 ext. 12"),
        ("380441234567", "+380 44 123 4567"),
        ("16502530000", "+1 650-253-0000"),
        ("70000000000", "70000000000"),
        ("Мария", "Мария"),
        ("123", "123"),
    ],
)
def test_a_phone_is_shown_as_people_write_it(raw: str | int, written: str) -> None:
    assert as_written(raw) == written


@pytest.mark.parametrize(
    "region_and_raw", [("DE", "030 123456", "+4930123456"), ("AE", "050 123 4567", "+971501234567")]
)
def test_a_number_without_a_country_is_at_home_in_its_region(region_and_raw: tuple[str, str, str]) -> None:
    region, raw, e164 = region_and_raw
    assert normalise(raw, region) == e164


@pytest.mark.parametrize(
    "junk",
    [
        None,
        "",
        " ",
        "-",
        "123",
        "0",
        0,
        "not a phone",
        "call 89161234567",
        "+79999999999",
        "0000000000",
        "1" * 11,
        "8916123456",
        "+7916" * 30,
        "user_79161234567",
        "+7 916 123-45-67 / +7 916 765-43-21",
    ],
)
def test_junk_is_no_phone(junk: str | int | None) -> None:
    assert normalise(junk) is None


def test_a_russian_number_is_asked_for_in_every_spelling() -> None:
    found = spellings("+79161234567")
    assert found[:4] == ["+79161234567", "79161234567", "89161234567", "9161234567"]
    assert {"8 (916) 123-45-67", "+7 916 123-45-67", "+7 (916) 123-45-67", "8(916)123-45-67"} <= set(found)
    assert found == spellings("+79161234567")


def test_a_foreign_number_is_asked_for_in_the_way_of_its_country() -> None:
    assert {"+16502530000", "16502530000", "(650) 253-0000"} <= set(spellings("+16502530000"))
    assert not any(one.startswith("8") for one in spellings("+16502530000"))


REGIONS = ["RU", "KZ", "BY", "UA", "DE", "GB", "US", "AE", "UZ", "IT", "BR", "CN"]


@given(st.sampled_from(REGIONS), st.integers(min_value=0, max_value=10**6))
def test_every_spelling_leads_back_to_its_number(region: str, offset: int) -> None:
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    assert example.national_number is not None
    example.national_number = example.national_number // 10**6 * 10**6 + offset % 10**6
    e164 = normalise(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164))
    if e164 is None:
        return
    found = spellings(e164)
    assert e164 in found
    assert 2 <= len(found) == len(set(found)) <= MAX_SPELLINGS
    home = phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    assert {normalise(one, home or "RU") for one in found} == {e164}


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_phone_or_nothing(text: str) -> None:
    found = normalise(text)
    assert found is None or normalise(found) == found


@pytest.mark.parametrize(
    ("raw", "email"),
    [
        (" Client@Example.RU ", "client@example.ru"),
        ("<client@example.com>", "client@example.com"),
        ("mailto:client@example.com", "client@example.com"),
        ("a.b+tag@sub.example.co.uk", "a.b+tag@sub.example.co.uk"),
        ("клиент@почта.рф", "клиент@почта.рф"),
    ],
)
def test_an_email_has_one_form(raw: str, email: str) -> None:
    assert emails(raw) == email


@pytest.mark.parametrize(
    "junk",
    [
        None,
        "",
        "client",
        "client@",
        "@example.com",
        "a@b",
        "a..b@c.ru",
        "a b@c.ru",
        "a@b.ru, c@d.ru",
        "x" * 250 + "@b.ru",
    ],
)
def test_junk_is_no_email(junk: str | None) -> None:
    assert emails(junk) is None


def test_keys_name_the_client_in_every_way_known() -> None:
    keys = identity_keys(123, 5, ["8 916 123-45-67", "+79161234567", "junk"], ["A@B.ru", "junk"])
    assert keys == {"visitor:123", "person:5", "phone:+79161234567", "email:a@b.ru"}


def test_a_number_of_our_own_never_names_a_client() -> None:
    assert identity_keys(None, None, ["+79161234567"], [], ["8 (916) 123-45-67"]) == frozenset()
    assert identity_keys(0, None, [], [], ["junk"]) == frozenset()


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("WhatsApp +7 916 123-45-67", {"+79161234567"}),
        ("79161234567", {"+79161234567"}),
        ("Отдел продаж, 8 (495) 926-86-86", {"+74959268686"}),
        ("Чат на сайте", set()),
        ("Магазин 24", set()),
    ],
)
def test_numbers_of_channels_are_read_from_their_names(name: str, numbers: set[str]) -> None:
    assert numbers_in(name) == numbers
