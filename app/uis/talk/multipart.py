"""A form with one file, sent piece by piece: `requests` would hold the whole body in memory. RFC 7578."""

import secrets
from collections.abc import Mapping
from io import BytesIO
from typing import IO
from urllib.parse import quote


class FileForm:
    """A body for `data` of a request: `requests` reads it like a file, and sends its length."""

    def __init__(self, fields: Mapping[str, object], name: str, content: IO[bytes], kind: str) -> None:
        """`content` is read from its present place on; `name` and `kind`: of the file, whose field is `file`."""
        self._boundary = secrets.token_hex(16)
        start = content.tell()
        size = content.seek(0, 2) - start
        content.seek(start)
        head, tail = self._head(fields, name, kind), f"\r\n--{self._boundary}--\r\n".encode()
        self.len = len(head) + size + len(tail)
        self._parts: list[IO[bytes]] = [BytesIO(head), content, BytesIO(tail)]

    @property
    def content_type(self) -> str:
        """For the header of the request."""
        return f"multipart/form-data; boundary={self._boundary}"

    def read(self, size: int = -1) -> bytes:
        """The next piece; empty at the end."""
        while self._parts:
            piece = self._parts[0].read(size)
            if piece:
                return piece
            self._parts.pop(0)
        return b""

    def _head(self, fields: Mapping[str, object], name: str, kind: str) -> bytes:
        lines = [
            f'--{self._boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in fields.items()
        ]
        plain = name.replace("\\", "_").replace('"', "_").replace("\r", " ").replace("\n", " ")
        lines.append(
            f'--{self._boundary}\r\nContent-Disposition: form-data; name="file"; filename="{plain}"; '
            f"filename*=UTF-8''{quote(name, safe='')}\r\nContent-Type: {kind}\r\n\r\n"
        )
        return "".join(lines).encode("utf-8", "replace")
