"""The peer of the callback benchmark: a bare Flask view that parses the same body and inserts one row.

Served by the same gunicorn settings, on a SQLite file with the same durability.
"""

import os
import sqlite3
import threading
from pathlib import Path

from flask import Flask, Response, request

_local = threading.local()


def create_peer() -> Flask:
    """The bare application; `PEER_DATABASE` names its file."""
    flask = Flask(__name__)
    path = Path(os.environ["PEER_DATABASE"])
    with _connect(path) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, chat_id INTEGER, body BLOB)"
        )
    flask.extensions["omni.start"] = lambda: lambda: None

    @flask.get("/healthz")
    def alive() -> str:
        return "ok"

    @flask.post("/uis/<key>/<path:name>")
    def callback(key: str, name: str) -> Response:
        body = request.get_json()
        if not hasattr(_local, "connection"):
            _local.connection = _connect(path)
        with _local.connection as connection:
            connection.execute(
                "INSERT INTO event (chat_id, body) VALUES (?, ?)", (body["chat_id"], request.data)
            )
        return Response(status=200, mimetype="text/plain")

    return flask


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


app = create_peer() if "PEER_DATABASE" in os.environ else None
