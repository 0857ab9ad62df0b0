"""The first page in a real browser: how much it loads, and when something is to be seen."""

import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Frame, Page

from tests.stories.stage import Stage, staged
from tests.support.browser import chromium

ROUNDS = 7
#: What the browser knows of the frame: times from its own start, bytes as they came over the wire.
TOLD = """() => {
  const scripts = performance.getEntriesByType('resource').filter(one => one.name.endsWith('.js'))
  return {
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    answer: performance.getEntriesByType('navigation')[0].responseEnd,
    bytes: scripts.reduce((sum, one) => sum + one.encodedBodySize, 0),
    files: scripts.length,
  }
}"""


def run() -> dict[str, Any]:
    """Medians of several openings with an empty cache, and the same with a full one."""
    with tempfile.TemporaryDirectory() as directory, staged(Path(directory)) as stage, chromium() as browser:
        stage.connect()
        cold = [_opened(browser, stage, again=False) for _ in range(ROUNDS)]
        warm = [_opened(browser, stage, again=True) for _ in range(ROUNDS)]
    return {
        "JavaScript of the page, KB (as sent)": round(max(one["bytes"] for one in cold) / 1000),
        "files of JavaScript": cold[0]["files"],
        "first answer of the server, ms": _median(cold, "answer"),
        "first paint, empty cache, ms": _median(cold, "paint"),
        "first paint, full cache, ms": _median(warm, "paint"),
        "Main can be used, empty cache, ms": _median(cold, "ready"),
        "Main can be used, full cache, ms": _median(warm, "ready"),
    }


def _median(rounds: list[dict[str, float]], name: str) -> int:
    return round(statistics.median(one[name] for one in rounds))


def _opened(browser: Browser, stage: Stage, *, again: bool) -> dict[str, float]:
    """One person opens the application in the portal; `again`: for the second time."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.request.post(f"{stage.portal.url}/_user", form={"user_id": "1", "back": "/notifications/"})
    page = context.new_page()
    for _ in range(2 if again else 1):
        told = _look(page, f"{stage.portal.url}/marketplace/app/")
    context.close()
    return told


def _look(page: Page, url: str) -> dict[str, float]:
    page.goto(url)
    switch = page.frame_locator(".app-frame iframe").get_by_role("switch").first
    switch.wait_for()
    frame = page.locator(".app-frame iframe").element_handle().content_frame()
    assert isinstance(frame, Frame)
    ready: float = frame.evaluate("() => performance.now()")
    told: dict[str, float] = frame.evaluate(TOLD)
    return told | {"ready": ready}


if __name__ == "__main__":
    print(run())
