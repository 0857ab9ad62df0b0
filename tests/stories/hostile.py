"""Texts that try to become code: the corpus, a world full of it, and how one that got through is noticed."""

from itertools import cycle, islice
from typing import Any

from playwright.sync_api import Dialog

from sandbox.bitrix.portal import Portal
from tests.stories.person import Person
from tests.stories.stage import Stage
from tests.support.checkout import ROOT

CORPUS = ROOT / "tests" / "payloads" / "hostile_texts.txt"
#: Chats of this channel make leads, those of the other are only told in the journal.
MAKING, TOLD = 740806, 740807
LEADS, REQUESTS = 6, 12
FIELDS = (
    "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "search_query", "referrer",
    "entrance_page", "visitor_city", "visitor_region",
)  # fmt: skip

# What no page of ours holds: handlers in attributes, addresses that are code, elements that run or replace something.
FOUND = r"""root => {
  const bad = []
  const addresses = ['href', 'src', 'action', 'formaction', 'data', 'xlink:href', 'background', 'srcdoc']
  for (const element of root.ownerDocument.querySelectorAll('*')) {
    const tag = element.tagName.toLowerCase()
    const told = () => bad.push(element.outerHTML.slice(0, 120))
    if (/^(iframe|object|embed|base|marquee|math|frame|frameset|video|audio|xss|keygen)$/.test(tag)) told()
    if (tag === 'script' && !element.src.startsWith(location.origin)) told()
    for (const {name, value} of element.attributes) {
      if (/^on/i.test(name)) told()
      if (addresses.includes(name) && /^[\s\x00-\x1f]*(javascript|vbscript|data:text)/i.test(value)) told()
    }
  }
  return bad
}"""


def corpus() -> list[str]:
    """A hundred ways and more; each calls `hacked()` where it succeeds."""
    return CORPUS.read_text(encoding="utf-8").splitlines()


class Watch:
    """Counts what ran: calls of `hacked()`, and dialogs."""

    def __init__(self, person: Person) -> None:
        self.ran: list[str] = []
        self._person = person
        person.context.expose_function("hacked", lambda *_: self.ran.append("hacked()"))
        person.page.on("dialog", self._asked)

    def _asked(self, dialog: Dialog) -> None:
        self.ran.append(dialog.message)
        dialog.dismiss()

    def found(self) -> list[str]:
        """What ran, and what stands in the page that is no text."""
        inside: list[str] = self._person.shown.locator("html").first.evaluate(FOUND)
        return [*self.ran, *inside]


def poison_directories(stage: Stage) -> None:
    """Everything with a name is called by a payload: people, lines, stages, channels, tags, CRM fields."""
    texts = cycle(corpus())
    portal, uis = stage.portal, stage.world.uis
    portal.users[9].last_name = next(texts)
    for line in portal.lines.values():
        line.name = next(texts)
    for category in portal.crm.categories:
        category.name = next(texts)
    for channel in uis.channels.values():
        channel.name = next(texts)
    for employee in uis.employees.values():
        employee.first_name, employee.last_name = next(texts), next(texts)
    for row in (uis.tags, uis.segments, uis.groups):
        row.update({number: next(texts) for number in row})
    _fields(portal, list(islice(texts, 3)))


def _fields(portal: Portal, texts: list[str]) -> None:
    for number, text in enumerate(texts):
        portal.crm.add_custom_field(1, f"UF_CRM_170000000{number}", title=text)


def poison_communications(stage: Stage) -> None:
    """A chat for each payload, which is its visitor's name, message, file name and advertising; and some requests."""
    texts = corpus()
    for number, text in enumerate(texts):
        channel = MAKING if number >= len(texts) - LEADS else TOLD
        chat = stage.world.uis.visitor_starts_chat(
            channel, name=text, phone=f"7916{1000000 + number}", text=text, source=_advertising(number)
        )
        stage.world.uis.visitor_writes(chat.id, file=(f"{text[:60].replace('/', ':')}.txt", b"text"))
    for number, text in enumerate(texts[:REQUESTS]):
        stage.world.uis.offline_request(
            name=text, phone=f"7926{1000000 + number}", text=text, form_name=text, source=_advertising(number)
        )


def _advertising(number: int) -> dict[str, Any]:
    texts = corpus()
    return {name: texts[(number + place) % len(texts)][:200] for place, name in enumerate(FIELDS)}
