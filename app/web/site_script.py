"""The script for a site that carries Bitrix24's chat: it hands the visitor's UIS session to the chat.

UIS: javascript_api (`Comagic.getSessionId`); Bitrix24: the site widget (`onBitrixLiveChat`, `setCustomData`). The mark
is found again by `bitrix_app.analytics.transcripts`. There is one text for all sites, so it can be pasted by hand,
by a tag manager, or stand in a file of the site's own.
"""

from functools import cache
from pathlib import Path

_SOURCE = Path(__file__).with_suffix(".js")


@cache
def site_script() -> str:
    """The code to paste into every page, as a `<script>` element."""
    return f"<script>\n{_SOURCE.read_text('utf-8').strip()}\n</script>\n"
