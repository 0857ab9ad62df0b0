"""Who the visitor is: the report of chats knows neither name nor e-mail. Data API: `get.visitors`."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from app.uis.data import DataApi
from app.uis.errors import UisError
from app.uis.keys import digest
from app.uis.reports.chat_rows import Row

IDS_PER_CALL = 100
OUT_OF_REACH = frozenset({"component_missing", "no_permission"})


class Cards:
    """Visitor cards read from the Data API, in the shape of the `/visitor/card` callback."""

    def __init__(self, api: DataApi) -> None:
        self._api = api
        self.unread: bool | None = None
        """Whether the tariff or the key does not let us read them: chats still come in, without names. None:
        nothing was asked."""

    def read(self, visitor_ids: Collection[int]) -> Iterator[tuple[str, str, bytes]]:
        """Kind, key and body of an inbox row for every visitor of whom something is known."""
        ids = sorted(visitor_ids)
        for start in range(0, len(ids), IDS_PER_CALL):
            for row in self._rows(ids[start : start + IDS_PER_CALL]):
                if any(row.get(name) for name in ("name", "phones", "emails")):
                    body = _body(row)
                    yield "visitor/card", f"card:{row['id']}:read:{digest(body)}", body

    def _rows(self, ids: list[int]) -> list[Row]:
        try:
            rows: list[Row] = self._api.call("get.visitors", {"ids": ids}, reserved=True).data
        except UisError as error:
            if error.code not in OUT_OF_REACH:
                raise
            self.unread = True
            return []
        self.unread = False
        return rows


def _body(row: Row) -> bytes:
    card: dict[str, Any] = {
        "name": row.get("name"),
        "phones": [str(phone) for phone in row.get("phones") or []],
        "emails": [str(email) for email in row.get("emails") or []],
    }
    body = {"visitor_id": row["id"], "visitor_card": card}
    return json.dumps(body, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
