"""Whatever a client calls himself, writes or sends, it is shown as words: nothing of it is ever carried out."""

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Come
from tests.stories.hostile import Watch, corpus
from tests.stories.stage import Stage
from tests.stories.workplace import Operator, Workplace, at_work

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

HACK = "window.top.hacked=window.hacked=1"
TAGS = (
    "<script>{x}</script>",
    "<img src=x onerror={x}>",
    '<img src="x" onerror="{x}">',
    "<svg onload={x}>",
    "<svg/onload={x}>",
    "<body onload={x}>",
    "<iframe src=javascript:{x}></iframe>",
    '<iframe srcdoc="<script>{x}</script>"></iframe>',
    "<a href=javascript:{x}>x</a>",
    "<math><mtext></mtext><img src=x onerror={x}></math>",
    "<details open ontoggle={x}>",
    "<video><source onerror={x}></video>",
    "<audio src=x onerror={x}>",
    "<input autofocus onfocus={x}>",
    "<select autofocus onfocus={x}>",
    "<textarea autofocus onfocus={x}>",
    "<marquee onstart={x}>",
    "<object data=javascript:{x}>",
    "<embed src=javascript:{x}>",
    "<form action=javascript:{x}><button>x</button></form>",
    "<style>@import 'javascript:{x}'</style>",
    "<link rel=stylesheet href=javascript:{x}>",
    "<base href=javascript:{x}//>",
    "<meta http-equiv=refresh content='0;javascript:{x}'>",
    "<template><script>{x}</script></template>",
    "<svg><script>{x}</script></svg>",
    "<svg><animate onbegin={x} attributeName=x></svg>",
    "<svg><a xlink:href=javascript:{x}><text>x</text></a></svg>",
    "<xss style=animation-name:x onanimationstart={x}>",
    "<table background=javascript:{x}>",
    "<noscript><p title='</noscript><img src=x onerror={x}>'>",
    "<!--><img src=x onerror={x}>-->",
    "<![CDATA[<script>{x}</script>]]>",
    "<scr<script>ipt>{x}</scr</script>ipt>",
    "%3Cscript%3E{x}%3C/script%3E",
)
BREAKS = ("{p}", "'\"><{p}", "</p></div>{p}")
WORDS = (
    "{{ constructor.constructor('" + HACK + "')() }}",
    "${" + HACK + "}",
    "#{" + HACK + "}",
    "{% raw %}" + HACK,
    "`${" + HACK + "}`",
    "javascript:" + HACK,
    "data:text/html,<script>" + HACK + "</script>",
    'https://x.example/"onmouseover="' + HACK,
    "https://x.example/'><img src=x onerror=" + HACK + ">",
    "java\tscript:" + HACK,
    "[url=javascript:" + HACK + "]x[/url]",
    "\u202egpj.exe",
    "\x1b[31m",
    "\ufeff<script>" + HACK + "</script>",
)
PAYLOADS = tuple(around.format(p=tag.format(x=HACK)) for tag in TAGS for around in BREAKS) + WORDS


def test_a_hundred_hostile_texts_are_only_shown(come: Come, stage: Stage) -> None:
    assert len(PAYLOADS) >= 100
    place, ivan = at_work(come, stage)
    ivan.person.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    chat = place.begun(PAYLOADS[0], name=PAYLOADS[1], phone="79160009900")
    for number, text in enumerate(PAYLOADS):
        asked = chat.messages[-1].id
        file = (f"{text[:120]}.png", b"<svg onload=window.hacked=1>") if number % 10 == 0 else None
        place.uis.visitor_writes(chat.id, text, file=file, reply_to=asked)
    for number, payload in enumerate(PAYLOADS[2:12]):
        place.begun("Здравствуйте", name=payload, phone=f"7916000990{number}")
    ivan.open()
    ivan.box("all")
    expect(ivan.frame.get_by_test_id("chats").locator("li")).to_have_count(11, timeout=90_000)
    ivan.frame.get_by_test_id("chats").locator("li").last.get_by_role("button").click()
    expect(ivan.talk.get_by_test_id("words").last).to_be_visible()
    ivan.talk.evaluate("log => log.scrollTop = 0")
    expect(ivan.talk.locator("[data-message]")).to_have_count(len(chat.messages))
    shown = ivan.talk.get_by_test_id("words").all_inner_texts()
    plain = [text.replace("\t", " ") for text in shown]
    assert sum("onerror" in text for text in plain) > 20
    ivan.frame.get_by_role("button", name=ivan.words("workplace.about.title")).click()
    expect(ivan.frame.get_by_test_id("about")).to_be_visible()
    ivan.person.picture("workplace-hostile", top=False)
    assert ivan.person.page.evaluate("() => window.hacked === undefined")
    assert ivan.frame.locator("body").evaluate("() => window.hacked === undefined")
    strange = ":is(script, iframe, object, embed, marquee, base, svg[onload], img[src=x], form[action])"
    assert ivan.frame.locator(f"[data-testid=talk] {strange}").count() == 0
    links = ivan.talk.locator("a").evaluate_all("links => links.map(link => link.protocol)")
    assert set(links) <= {"https:", "http:"}


def test_a_hundred_hostile_names_of_clients_and_files_are_only_shown(come: Come, stage: Stage) -> None:
    names = corpus()
    assert len(names) >= 100
    place, ivan = at_work(come, stage)
    watch = Watch(ivan.person)
    chat = place.begun("Смотрите файлы", name="Приславший Файлы", phone="79160009999")
    for number, name in enumerate(names):
        place.uis.visitor_writes(chat.id, "", file=(f"{name[:100].replace('/', ':')}.txt", b"text"))
        place.begun(f"Здравствуйте, {name}", name=name, phone=f"7916{2000000 + number}")
    ivan.open()
    ivan.box("all")
    _opens_every_client(ivan, place, len(names) + 1)
    assert watch.found() == []
    _shows_every_file(ivan, len(names))
    assert watch.found() == []
    _finds_hostile_words(ivan)
    assert watch.found() == []


def _opens_every_client(ivan: Operator, place: Workplace, most: int) -> None:
    """Each name in the list and above its conversation, one also among what is known of the client."""
    rows = ivan.frame.get_by_test_id("chats").locator("li")
    expect(rows).to_have_count(most, timeout=90_000)
    names = {" ".join(one.name.split()) for one in place.uis.visitors.values() if one.name}
    opened = set()
    for at in range(most):
        name = rows.nth(at).locator("button span.truncate").first.inner_text()
        rows.nth(at).get_by_role("button").click()
        expect(ivan.frame.get_by_test_id("client")).to_have_text(name)
        opened.add(" ".join(name.split()))
    assert len(opened & names) >= 100
    ivan.frame.get_by_role("button", name=ivan.words("workplace.about.title")).click()
    expect(ivan.frame.get_by_test_id("about")).to_be_visible()
    ivan.person.picture("workplace-hostile-names", top=False)
    ivan.person.page.keyboard.press("Escape")


def _shows_every_file(ivan: Operator, most: int) -> None:
    ivan.choose("Приславший Файлы")
    files = ivan.talk.get_by_test_id("file")
    expect(files.first).to_be_visible()
    while (before := files.count()) < most:
        ivan.talk.evaluate("log => log.scrollTop = 0")
        expect(files.nth(before)).to_be_attached()
    assert files.count() == most
    ivan.person.picture("workplace-hostile-files", top=False)


def _finds_hostile_words(ivan: Operator) -> None:
    ivan.frame.get_by_role("searchbox").fill("здравствуйте hacked")
    expect(ivan.frame.get_by_test_id("found").locator("mark").first).to_be_visible()
    assert ivan.frame.get_by_test_id("found").count() > 20
    ivan.person.picture("workplace-hostile-found", top=False)
