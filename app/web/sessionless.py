"""Nobody keeps anything in a session of Flask, so no request opens or signs one.

A page proves itself by its token; `/connect` has a cookie of its own.
"""

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface, SessionMixin


class Sessionless(SessionInterface):
    """Every request has the same empty session, which refuses to be written."""

    def __init__(self) -> None:
        self._none = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._none

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing is kept."""
