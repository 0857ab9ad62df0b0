"""The JSON API of our pages: one file per subject; `/api/openapi.json` describes all of it."""

from flask import Blueprint

# Each subject declares its calls when it is imported.
from app.web.api import (
    absences,
    access,
    analytics,
    crm_fields,
    directory,
    employees,
    health,
    history,
    installation,
    journal,
    journal_days,
    journal_entry,
    journal_work,
    me,
    open_lines,
    rehearsal,
    remarks,
    seen,
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
    access,
    settings,
    open_lines,
    versions,
    rehearsal,
    remarks,
    seen,
    directory,
    absences,
    crm_fields,
    employees,
    sources,
    sync,
    history,
    test_chat,
    journal,
    journal_days,
    journal_entry,
    journal_work,
    analytics,
    health,
    *workplace.SUBJECTS,
)

blueprint: Blueprint = api
