"""The portal's Flask application: REST here, the pages register on it from outside."""

from importlib import import_module
from typing import TYPE_CHECKING

from flask import Flask, Response, redirect, request
from flask.json.provider import DefaultJSONProvider

from sandbox.bitrix.lines.files import create_line_files
from sandbox.bitrix.photos import create_photos
from sandbox.bitrix.rest import create_rest
from sandbox.core.http import break_on_faults

if TYPE_CHECKING:
    from sandbox.bitrix.portal import Portal
    from sandbox.world import World

# Importing a module registers its methods.
METHOD_MODULES = (
    "basics",
    "people",
    "robots",
    "triggers",
    "widgets",
    "lines.config",
    "lines.connectors",
    "lines.conversations",
    "lines.crm_chats",
    "lines.incoming",
    "lines.messenger",
    "lines.statuses",
    "crm.activities",
    "crm.communications",
    "crm.dictionaries",
    "crm.items",
    "crm.legacy",
    "crm.invoices",
    "crm.timeline",
    "crm.tracking",
)


class _Json(DefaultJSONProvider):
    sort_keys = False
    ensure_ascii = False


def create_portal_app(world: "World", portal: "Portal") -> Flask:
    """One portal's web application."""
    for name in METHOD_MODULES:
        import_module(f"sandbox.bitrix.{name}")
    app = Flask(f"portal{portal.number}")
    app.json = _Json(app)
    break_on_faults(app)
    app.register_blueprint(create_rest(portal))
    app.register_blueprint(create_line_files(portal))
    app.register_blueprint(create_photos(portal))

    @app.before_request
    def moved() -> Response | None:
        """A portal that got a new address answers 302 at the old one (Bitrix24: how-to-call-rest-api/change-domen)."""
        if not portal.url or request.environ["SERVER_PORT"] == portal.url.rpartition(":")[2]:
            return None
        query = request.query_string.decode("latin-1")
        return redirect(f"{portal.url}{request.path}{'?' + query if query else ''}", 302)  # type: ignore[return-value]

    return app
