"""The JSON API of our pages: one file per subject; `/api/openapi.json` describes all of it."""

from flask import Blueprint

# Each subject declares its calls when it is imported.
from app.web.api import (
    absences,
    directory,
    health,
    history,
    installation,
    journal,
    me,
    open_lines,
    rehearsal,
    session,
    settings,
    sources,
    sync,
    test_chat,
    uis,
    versions,
    workplace,
)
from app.web.api.spec import api

SUBJECTS = (
    session,
    me,
    installation,
    uis,
    settings,
    open_lines,
    versions,
    rehearsal,
    directory,
    absences,
    sources,
    sync,
    history,
    test_chat,
    journal,
    health,
    *workplace.SUBJECTS,
)

blueprint: Blueprint = api
