"""The portal's Flask application (REST now; the pages register on it)."""

from typing import TYPE_CHECKING

from flask import Flask

from sandbox.core.http import break_on_faults

if TYPE_CHECKING:
    from sandbox.bitrix.portal import Portal
    from sandbox.world import World


def create_portal_app(world: "World", portal: "Portal") -> Flask:
    """One portal's web application."""
    app = Flask(f"portal{portal.number}")
    app.json.sort_keys = False  # type: ignore[attr-defined]
    break_on_faults(app)
    return app
