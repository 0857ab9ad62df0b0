"""Files of dialogs: a public link for everybody who has it, and a download for employees who are signed in."""

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Blueprint, Response, request

from sandbox.bitrix.lines.model import LineFile

if TYPE_CHECKING:
    from sandbox.bitrix.portal import Portal


def create_line_files(portal: "Portal") -> Blueprint:
    """`/~<key><id>` and `/bitrix/services/main/ajax.php?action=disk.api.file.download&fileId=<id>`."""
    pages = Blueprint("line_files", __name__)

    @pages.get("/~<code>")
    def public(code: str) -> Response:
        key, number = code[:16], code[16:]
        file = portal.open_lines.files.get(int(number)) if number.isdigit() else None
        if file is None or file.key != key:
            return Response("Файл не найден", status=404, content_type="text/plain; charset=utf-8")
        return _answer(file)

    @pages.get("/bitrix/services/main/ajax.php")
    def download() -> Response:
        if f"portal_user_{portal.member_id}" not in request.cookies:
            return Response("<html><title>Авторизация</title></html>", status=401, content_type="text/html")
        number = request.args.get("fileId", 0, type=int)
        file = portal.open_lines.files.get(number)
        if request.args.get("action") != "disk.api.file.download" or file is None:
            return Response("", status=404)
        return _answer(file)

    return pages


def _answer(file: LineFile) -> Response:
    shown = file.kind == "image" and "svg" not in file.mime
    head = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(file.name)}"
    headers = {"Content-Disposition": head, "X-Content-Type-Options": "nosniff"}
    return Response(file.data, content_type=file.mime, headers=headers)
