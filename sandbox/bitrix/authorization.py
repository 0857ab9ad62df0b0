"""The authorization server (skeleton of the first minutes is replaced below)."""

from typing import TYPE_CHECKING

from flask import Flask

from sandbox.core.http import break_on_faults

if TYPE_CHECKING:
    from sandbox.world import World


class AuthorizationServer:
    """Token chains of all portals."""

    def __init__(self, world: "World") -> None:
        self.world = world


def create_oauth(world: "World") -> Flask:
    """`/oauth/token/` and `/rest/app.info`."""
    app = Flask("oauth")
    break_on_faults(app)
    return app
