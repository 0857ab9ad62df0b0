"""Alembic's entry: used by `flask db ...` (Flask-Migrate) and by `app.storage.schema`."""

from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import JSON, Connection

import app.storage.models  # noqa: F401  (the tables register themselves)
from app.storage.database import Base
from app.storage.schema import patiently
from app.storage.types import UtcDateTime


def render(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Migrations name plain types only, so that they outlive our classes."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run(connection: Connection) -> None:
    """Migrate on an open connection. Batch mode, because SQLite cannot alter a table in place."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=render,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    patiently(current_app.extensions["migrate"].db.engine, run)
