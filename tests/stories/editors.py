"""Hands for the editors of the settings: what is chosen is named as it stands on the page, places by their paths."""

import re

from playwright.sync_api import Locator, expect

from app.domain.source_fields import SOURCE_FIELDS
from tests.stories.person import Person


def source_title(name: str, lang: str) -> str:
    """What the lists call a source field under the name of its group: "Посетитель: город" is "город"."""
    field = SOURCE_FIELDS[name]
    title = field.title_ru if lang == "ru" else field.title_en
    return title.partition(": ")[2] or title


class Editors:
    """A person at the settings of a section."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.frame = person.frame
        self.words = person.words
        self.box = person.field

    def block(self, name: str) -> Locator:
        return self.frame.locator(f'[data-block="{name}"]')

    def switch(self, path: str) -> None:
        """Turn a switch."""
        self.box(path).get_by_role("switch").click()

    def card(self, path: str, key: str) -> None:
        """Choose one of the answers that have a sentence each."""
        self.box(path).get_by_text(self.words(key), exact=True).click()

    def tick(self, path: str, key: str) -> None:
        """Tick or untick."""
        self.box(path).get_by_role("checkbox", name=self.words(key), exact=True).click()

    def pick(self, path: str, option: str, *, searched: bool = False, whole: bool = False) -> None:
        """Choose from the list at a field; in a long one it is typed into the search first.

        `whole`: the name begins so, where others only hold these words.
        """
        self.box(path).locator("button").first.click()
        if searched:
            self.search().fill(option)
        (self.named(option) if whole else self.option(option)).click()
        self.close()

    def named(self, text: str) -> Locator:
        """The option whose name begins so: "Source" and not "UTM Source"."""
        begins = re.compile(rf"^\s*{re.escape(text)}")
        return self.frame.get_by_role("option").filter(has_text=begins).first

    def search(self) -> Locator:
        """The search of the list that is open."""
        return self.frame.get_by_role("listbox").get_by_role("combobox")

    def option(self, text: str) -> Locator:
        return self.frame.get_by_role("option").filter(has_text=text).first

    def close(self) -> None:
        """Close the list, if choosing has not closed it."""
        lists = self.frame.get_by_role("listbox")
        if lists.count():
            self.person.page.keyboard.press("Escape")
        expect(lists).to_have_count(0)

    def type_into_list(self, path: str, value: str) -> None:
        """Give a value that no list offers."""
        self.box(path).locator("button").first.click()
        self.search().fill(value)
        self.frame.get_by_role("option").filter(has_text=value).last.click()
        self.close()

    def begin(self, path: str) -> None:
        """The first condition of a filter."""
        self.box(path).and_(self.frame.get_by_role("button")).click()

    def more(self, path: str, key: str = "editors.filter.addCondition") -> None:
        """One more condition (or group) at the end of a group."""
        group = self.frame.locator(f'[data-group="{path}"]')
        group.get_by_role("button", name=self.words(key), exact=True).last.click()

    def condition(self, path: str, field: str, cmp: str = "", kind: str = "text") -> None:
        """Choose the field and the comparison of a condition."""
        self.pick(f"{path}.field", source_title(field, self.words.lang), searched=True)
        if cmp:
            self.pick(f"{path}.cmp", self.words(f"editors.filter.cmp.{kind}.{cmp}"))

    def open_rule(self, path: str) -> None:
        """Open a rule to change it."""
        self.frame.locator(f'[data-rule="{path}"] > button').click()

    def user(self, path: str, name: str) -> None:
        """Choose a person."""
        self.pick(path, name, searched=True)

    def menu(self, row: Locator, key: str) -> None:
        """Something from the menu of a row."""
        row.get_by_role("button", name=self.words("editors.order.actions")).or_(
            row.locator(f'button[title="{self.words("editors.order.actions")}"]')
        ).last.click()
        self.frame.get_by_role("menuitem", name=self.words(f"editors.order.{key}"), exact=True).click()
