"""`flask --app wsgi portals|inbox|journal`: for the engineers who run the application. No personal data unasked."""

from flask import Flask

from app.web.commands import inbox, journal, portals


def install(app: Flask) -> None:
    """Register the command groups."""
    for group in (portals.group, inbox.group, journal.group):
        app.cli.add_command(group)
