"""The answer of `imopenlines.session.history.get` in our words. Pure.

Bitrix24: imopenlines/openlines/sessions/imopenlines-session-history-get. Maps are `[]` when they are empty; the names
of message parameters come in camel case here and in upper case elsewhere. What the portal says itself, to employees or
automatically to the client, has author 0.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.crm import Kind
from app.domain.dialogs import Said, Transcript, UserCode
from bitrix_app.values import mapping, moment
from bitrix_app.values import number as number_of
from bitrix_app.values import rows as rows_of

# What the script on the site hands over (see `app.web.site_script`); a client's own words are no proof of it.
MARK = re.compile(r"uis-session:(\d{1,18})(?!\d)")
MAX_NAME = 255
Row = Mapping[str, Any]


def transcript(answer: Any, session_id: int | None = None) -> Transcript | None:
    """One session; None when the answer has no chat in it. `session_id`: what was asked for."""
    if not isinstance(answer, Mapping):
        return None
    chat_id = number_of(answer.get("chatId"))
    number = number_of(answer.get("sessionId")) or session_id
    chat = mapping(mapping(answer.get("chat")).get(str(chat_id)))
    if not chat_id or not number:
        return None
    code = str(chat.get("entityId") or "")
    rows = sorted(rows_of(answer.get("message")), key=lambda row: number_of(row.get("id")))
    users, files = mapping(answer.get("users")), mapping(answer.get("files"))
    people = _People(users, UserCode.read(code), {number_of(one) for one in chat.get("managerList") or []})
    return Transcript(
        session_id=number, chat_id=chat_id, user_code=code,
        said=tuple(said for row in rows if (said := _said(row, people, files)) is not None),
        crm=cards(str(chat.get("entityData2") or "")), client_name=people.client_name(),
        visitor_session_id=_handed_over(rows),
    )  # fmt: skip


def cards(entity_data: str) -> dict[Kind, int]:
    """`LEAD|1205|COMPANY|0|CONTACT|0|DEAL|0` (Bitrix24: imopenlines.dialog.get, `entity_data_2`)."""
    parts = entity_data.split("|")
    pairs = zip(parts[::2], parts[1::2], strict=False)
    known = {kind.upper(): kind for kind in Kind}
    return {known[name]: number_of(number) for name, number in pairs if name in known and number_of(number)}


class _People:
    """Who is who in a dialog."""

    def __init__(self, users: Row, code: UserCode | None, managers: set[int]) -> None:
        self._users = {number_of(number): mapping(user) for number, user in users.items()}
        self._code = code
        self._managers = managers

    def is_client(self, number: int) -> bool:
        """A user of a connector; one who is not listed counts as the client when the code names it."""
        user = self._users.get(number)
        if user is not None:
            return bool(user.get("connector")) or user.get("externalAuthId") == "imconnector"
        return number not in self._managers and self._code is not None and self._code.user == str(number)

    def client_name(self) -> str:
        names = (
            str(user.get("name") or "") for number, user in self._users.items() if self.is_client(number)
        )
        return next((name.strip()[:MAX_NAME] for name in names if name.strip()), "")


def _said(row: Row, people: _People, files: Row) -> Said | None:
    """One message of a person; None for what the portal says, for deleted ones, and for empty ones."""
    params, sender = _params(row), number_of(row.get("senderid"))
    at = moment(row.get("date"))
    if at is None or sender == 0 or params.get("isdeleted") in ("Y", True):
        return None
    text, names = str(row.get("text") or ""), tuple(_file_names(params, files))
    if not text.strip() and not names:
        return None
    author = "visitor" if people.is_client(sender) else "operator"
    user_id = sender if author == "operator" else None
    return Said(id=number_of(row.get("id")), at=at, author=author, text=text, user_id=user_id, files=names)


def _file_names(params: Row, files: Row) -> Iterator[str]:
    """Names only: the links of the portal are signed, so they are secrets that a report is no place for."""
    ids = params.get("fileid")
    for number in ids if isinstance(ids, list) else [ids] if ids else []:
        yield str(mapping(files.get(str(number))).get("name") or f"#{number}")[:MAX_NAME]


def _handed_over(rows: list[Row]) -> int | None:
    """The visitor's session at UIS: in a service message or in an attachment, the first that is named."""
    for row in rows:
        words = [str(row.get("text") or "")] if number_of(row.get("senderid")) == 0 else []
        words += _texts(_params(row).get("attach"))
        found = next((match for word in words if (match := MARK.search(word))), None)
        if found is not None and int(found[1]):
            return int(found[1])
    return None


def _texts(value: Any) -> Iterator[str]:
    """Every text inside nested blocks."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _params(row: Row) -> dict[str, Any]:
    return {str(name).replace("_", "").lower(): value for name, value in mapping(row.get("params")).items()}
