"""Comments of columns name the modules where they are now."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

COMMENTS = {
    "polled": ("what the poller remembers of chats: see app.uis.", "poll"),
    "requests_polled": ("what is remembered of offline requests: see app.uis.", "offline"),
    "history": ("progress of the last import of history: see app.uis.", "history"),
}


def upgrade() -> None:
    for column, (words, module) in COMMENTS.items():
        _say(column, f"{words}reports.{module}")


def downgrade() -> None:
    for column, (words, module) in COMMENTS.items():
        _say(column, words + module)


def _say(column: str, words: str) -> None:
    """SQLite keeps no comments."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN uis_connection.{column} IS '{words}'")
