"""Health of our robot and triggers in the automation of the CRM, as the portal was told of them last."""

from collections.abc import Iterator

from app.domain.automation import DIRECTORY
from app.storage.queries import directory
from app.web.checks.looks import Check, Look

OFF = {"no_scope": "automation_no_scope", "no_channels": "automation_no_channels"}
"""Nothing is wrong, there is simply no robot."""


def automation(look: Look) -> Iterator[Check]:
    """Nothing before the portal was told of them."""
    kept = directory.items(look.session, look.installation.id, DIRECTORY)
    if not kept:
        return
    told = [str(kept[0].get(name) or "") for name in ("robot", "triggers")]
    refused = next((one.removeprefix("refused ") for one in told if one.startswith("refused")), None)
    if refused is not None:
        yield look.say("automation", "warning", "automation_refused", reason=refused)
    else:
        yield look.say("automation", "ok", OFF.get(told[0], "automation_on"))
