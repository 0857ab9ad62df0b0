"""A person at a browser, in the portal: what they do, and what their browser complains of."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    FrameLocator,
    Locator,
    Page,
    Request,
    ViewportSize,
    expect,
)

from tests.stories.stage import Stage
from tests.stories.words import Words
from tests.support.checkout import ROOT

ARTIFACTS = ROOT / "test-artifacts" / "pages"
WIDE: ViewportSize = {"width": 1280, "height": 860}
NARROW: ViewportSize = {"width": 400, "height": 860}
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


# Scrolls up where that is wanted; names what is wider than its place, the row of tabs apart.
SHOWN = """(page, top) => {
  const wide = [page, ...page.querySelectorAll("main, [role=dialog]")].filter(box => box.scrollWidth > box.clientWidth);
  if (top) for (const box of page.querySelectorAll("main")) box.scrollTop = 0;
  return wide.map(box => `${box.tagName} ${box.scrollWidth} > ${box.clientWidth}`).join();
}"""


class Person:
    """One browser with cookies of its own. `complaints`: errors, broken rules of the CSP, failed requests.

    `expected` holds statuses of our API and errors of the network that a story brings about on purpose.
    """

    def __init__(self, browser: Browser, stage: Stage, lang: str = "ru", user_id: int = 1) -> None:
        self.stage = stage
        self.words = Words(lang)
        self.complaints: list[str] = []
        self.expected: set[str] = set()
        self.context = browser.new_context(
            locale="ru-RU" if lang == "ru" else "en-US", viewport=WIDE, reduced_motion="reduce"
        )
        self.context.set_default_timeout(20_000)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("requestfailed", self._failed)
        stage.portal.language = lang
        self.become(user_id)

    def become(self, user_id: int) -> None:
        """Sign in to the portal as this user."""
        url = f"{self.stage.portal.url}/_user"
        self.context.request.post(url, form={"user_id": str(user_id), "back": "/notifications/"})

    def leave(self) -> None:
        """Close the browser; whatever it complained of fails the story."""
        self.context.close()
        assert not self.complaints, "\n".join(self.complaints)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        refused = REFUSED.match(message.text)
        if refused is not None and refused[1] in self.expected:
            return
        if not any(word in message.text for word in self.expected):
            self.complaints.append(f"{message.text} {message.location.get('url')}")

    def _failed(self, request: Request) -> None:
        reason = request.failure or ""
        # A page that is left breaks off what it was still reading.
        if "ERR_ABORTED" not in reason and not any(word in reason for word in self.expected):
            self.complaints.append(f"{request.method} {request.url}: {reason}")

    @property
    def frame(self) -> FrameLocator:
        """The application's frame on the page."""
        return self.page.frame_locator(".app-frame iframe")

    @property
    def shown(self) -> FrameLocator | Page:
        """The application's frame, or the page itself where it is ours and has none."""
        return self.frame if self.page.locator(".app-frame iframe").first.is_visible() else self.page

    def go(self, path: str) -> None:
        """Open a page of the portal."""
        self.page.goto(f"{self.stage.portal.url}{path}")

    def open(self, tab: str | None = None) -> None:
        """Open the application, and one of its tabs."""
        self.go("/marketplace/app/")
        expect(self.tab_named("main")).to_be_visible()
        if tab is not None:
            self.tab(tab)

    def tab(self, name: str) -> None:
        """Go to a tab."""
        self.tab_named(name).click()

    def tab_named(self, name: str) -> Locator:
        """The tab itself; its name begins so and may go on with what is unsaved."""
        return self.frame.get_by_role("tab", name=re.compile(f"^{re.escape(self.words(f'tabs.{name}'))}"))

    def press(self, key: str) -> None:
        """Press the button with these words."""
        self.button(key).click()

    def button(self, key: str) -> Locator:
        """The button with these words."""
        return self.frame.get_by_role("button", name=self.words(key), exact=True)

    def field(self, path: str) -> Locator:
        """The box of a setting by its path in the document."""
        return self.frame.locator(f'[data-field="{path}"]')

    def choose(self, path: str, option: str) -> None:
        """Choose from a list."""
        self.field(path).get_by_role("combobox").or_(self.field(path).locator("button")).first.click()
        self.frame.get_by_role("option", name=option, exact=True).click()

    def sees(self, text: str) -> None:
        """Wait until the text is in the frame."""
        expect(self.frame.get_by_text(text).first).to_be_visible()

    def saves(self) -> None:
        """Press Save and wait until it is done."""
        self.press("save.save")
        expect(self.frame.get_by_text(self.words("save.saved"), exact=True)).to_be_visible()

    def picture(self, name: str, *, top: bool = True) -> None:
        """Screenshots, wide and narrow, of the top of the page or of what is seen; nothing may be cut at the side."""
        shown = self.shown
        for size in (NARROW, WIDE):
            self.page.set_viewport_size(size)
            wide = _too_wide(shown.locator("html").first, top)
            assert not wide, f"{name} at {size['width']} px is too wide: {wide}"
            self.page.screenshot(path=str(picture_file(name, self.words.lang, size["width"])))


def _too_wide(html: Locator, top: bool) -> Any:
    """What is too wide. A page that moves on by itself meanwhile is measured where it arrives."""
    try:
        return html.evaluate(SHOWN, top)
    except Error as error:
        if "context was destroyed" not in error.message:
            raise
        return html.evaluate(SHOWN, top)


def picture_file(name: str, lang: str, width: int) -> Path:
    """Where a screenshot goes."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    return ARTIFACTS / f"{name}-{lang}-{width}.png"
