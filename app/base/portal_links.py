"""Addresses in a portal that open the application. Bitrix24: widgets/universal/app-url."""

from urllib.parse import quote


def app_link(portal_url: str, code: str, name: str, value: str | int) -> str:
    """With one parameter; `code`: see `Config.link_code`.

    Brackets are written as in a form: in BB code, where these addresses stand, bare ones would end the tag.
    """
    parameter = f"params%5B{name}%5D={quote(str(value), safe='')}"
    return f"{portal_url}/marketplace/view/{quote(code, safe='.')}/?{parameter}"
