"""Small files of messages for the CRM: fetched from UIS at the moment they are put there, and nothing is kept."""

import structlog

from app.base.file_links import FilePlace
from app.domain.file_names import harmless
from app.rules.attached import SMALL
from app.storage.services import Services
from app.uis.errors import UisError
from app.uis.files import fetch

log = structlog.get_logger()
SECONDS = 8.0


def small_file(services: Services, place: FilePlace) -> tuple[str, bytes] | None:
    """Name and content, None when it is too large, cannot be had now, or is nothing to put into somebody's CRM."""
    try:
        file = fetch(services, place, SMALL, SECONDS)
    except UisError as error:
        log.info("file_not_attached", conversation=place.conversation_id, code=error.code)
        return None
    with file.content as content:
        body = content.read()
    return (file.name, body) if harmless(file.name, body[:16]) else None
