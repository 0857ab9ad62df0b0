"""What the doors find in the running application, and work that goes on after their answer."""

import threading
from collections.abc import Callable, Sequence
from typing import cast

from flask import current_app

from app.web.caller import portals, services
from bitrix_app.install import DirectoryStep, make_portal_match
from bitrix_app.limits.limiter import Limiter
from bitrix_app.shell import Shell

Run = Callable[[Callable[[], object]], None]

# Keys of `app.extensions`; each may be set by the factory.
BACKGROUND = "bitrix.background"  # Run: how work is done after the answer
DIRECTORIES = "bitrix.directories"  # Sequence[DirectoryStep]: first reads of a new portal
SHELL = "bitrix.shell"  # Shell: the built pages


def limiter() -> Limiter:
    """The request budgets of this process."""
    return portals().limiter


def shell() -> Shell:
    """The built pages; read once."""
    return cast(Shell, current_app.extensions.setdefault(SHELL, Shell()))


def in_background(work: Callable[[], object]) -> None:
    """Do this after the answer. What dies with the process is taken up again by the sweeper."""
    run = cast(Run, current_app.extensions.get(BACKGROUND, _in_a_thread))
    run(work)


def match_in_background(installation_id: int) -> None:
    """Make the portal match the manifest, while the page shows the progress."""
    house, client = services(), portals().client(installation_id)
    directories = cast(Sequence[DirectoryStep], current_app.extensions.get(DIRECTORIES, ()))
    in_background(lambda: make_portal_match(house, client, installation_id, directories))


def _in_a_thread(work: Callable[[], object]) -> None:
    threading.Thread(target=work, name="bitrix-background", daemon=True).start()
