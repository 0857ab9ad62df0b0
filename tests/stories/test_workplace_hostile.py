"""Whatever a client calls himself, writes or sends, it is shown as words: nothing of it is ever carried out."""

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Come
from tests.stories.stage import Stage
from tests.stories.workplace import at_work

pytestmark = pytest.mark.browser

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
