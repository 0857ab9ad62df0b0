"""Accessibility of what is seen, judged by axe-core in the application's frame, or on a page of ours without one."""

from typing import Any

from tests.stories.person import Person
from tests.support.checkout import ROOT
from tests.support.missing import missing

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


RUN = """async () => {
  const {violations, passes} = await axe.run({resultTypes: ["violations"]})
  return {violations, passes}
}"""


def barriers(person: Person) -> list[str]:
    """Serious and critical findings: the rule and where it is broken."""
    if not AXE.is_file():
        missing("axe-core is not installed: make pages")
    framed = person.page.locator(".app-frame iframe").first
    frame = framed.element_handle().content_frame() if framed.is_visible() else person.page.main_frame
    assert frame is not None
    # Evaluated by the debugger of the browser, which no CSP of the page stops.
    frame.evaluate(AXE.read_text(encoding="utf-8"))
    told: dict[str, list[dict[str, Any]]] = frame.evaluate(RUN)
    assert len(told["passes"]) > 10, "axe has looked at nothing"
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in told["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
