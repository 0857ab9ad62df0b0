"""The JSON API of our pages: one file per subject; `/api/openapi.json` describes all of it."""

from flask import Blueprint

from app.web.api import session, settings
from app.web.api.spec import api

_SUBJECTS = (session, settings)  # each declares its calls when it is imported

blueprint: Blueprint = api

__all__ = ["blueprint"]
