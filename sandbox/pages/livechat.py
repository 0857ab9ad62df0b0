"""The site widget of Bitrix24 as a foreign site gets it: loader, script, and the calls of the script.

As the vendor's help and sites that use it have it: the loader loads the widget asynchronously; when the live chat is
ready the window gets `onBitrixLiveChat`. Data that the page sets must be there before the first message.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, make_response, request, url_for

from sandbox.bitrix.lines.model import Direction, LineMessage

if TYPE_CHECKING:
    from sandbox.bitrix.portal import Portal
    from sandbox.pages.desk import Desk

WIDGET = Path(__file__).parent / "static" / "livechat.js"
MAX_TEXT = 4000
LOADER = """(function () {{
  var script = document.createElement("script");
  script.async = true;
  script.src = {source} + "?" + Math.floor(Date.now() / 60000);
  document.head.appendChild(script);
}})();
"""


def add_livechat(pages: Blueprint, desk: "Desk") -> None:
    """`/upload/crm/site_button/loader_<line>_<code>.js`, `/livechat/<line>/...`; open to every origin."""
    portal = desk.portal

    @pages.get("/upload/crm/site_button/loader_<int:line>_<code>.js")
    def loader(line: int, code: str) -> Response:
        source = json.dumps(f"{portal.url}{url_for('portal.livechat_script', line=line)}")
        return _script(LOADER.format(source=source))

    @pages.get("/livechat/<int:line>/widget.js")
    def livechat_script(line: int) -> Response:
        return _script(WIDGET.read_text("utf-8"))

    @pages.post("/livechat/<int:line>/open")
    def livechat_open(line: int) -> Response:
        visitor = str(_body().get("visitor") or "")
        with portal.lock:
            if visitor not in portal.visitors.widgets:
                visitor = portal.visitors.new_widget().token
            return _shown(portal, visitor, line)

    @pages.post("/livechat/<int:line>/write")
    def livechat_write(line: int) -> Response:
        body = _body()
        text = str(body.get("text") or "").strip()[:MAX_TEXT]
        if not text:
            return _refused("Напишите сообщение.")
        visitor = str(body.get("visitor") or "")
        try:
            with portal.lock:
                portal.visitors.livechat_writes(
                    text,
                    visitor=visitor,
                    line=line,
                    custom_data=body.get("custom_data"),
                    page=str(body.get("page") or "")[:2000],
                    name=str(body.get("name") or "")[:100],
                )
                return _shown(portal, visitor, line)
        except ValueError as error:
            return _refused(str(error))

    @pages.after_request
    def open_livechat(response: Response) -> Response:
        if request.path.startswith("/livechat/"):
            response.headers["Access-Control-Allow-Origin"] = "*"
        return response


def _body() -> dict[str, Any]:
    """Plain text, which needs no preflight from a foreign site."""
    found = json.loads(request.get_data(as_text=True) or "{}")
    return found if isinstance(found, dict) else {}


def _script(text: str) -> Response:
    return Response(text, content_type="application/javascript; charset=utf-8")


def _refused(text: str) -> Response:
    return make_response(jsonify({"error": text}), 400)


def _shown(portal: "Portal", visitor: str, line: int) -> Response:
    rows = portal.visitors.shown_to(visitor, line)
    return jsonify({"visitor": visitor, "messages": [_message(portal, row) for row in rows]})


def _message(portal: "Portal", row: LineMessage) -> dict[str, Any]:
    mine = row.direction is Direction.CLIENT
    return {
        "id": row.id,
        "text": row.text,
        "mine": mine,
        "author": "" if mine else portal.open_lines.author_name(row.author_id),
        "edited": row.edited,
        "files": [{"name": file.name, "url": portal.open_lines.file_link(file)} for file in row.files],
    }
