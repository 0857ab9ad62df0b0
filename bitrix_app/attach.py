"""A comment with files: a request of its own, because files do not ride in a batch.

Bitrix24: crm/timeline/comments/crm-timeline-comment-add (`FILES`: [name, base64]), files/how-to-upload-files, batch.
"""

import base64
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from app.base.file_links import FilePlace
from app.domain.plan import Done, Failed, Outcome, Ref, Retry, Unknown
from app.pipeline.crm_side import Order
from app.rules.attached import IN_ALL
from bitrix_app.client import PortalClient
from bitrix_app.errors import MethodLimited, NoAnswer, Rejected, UserRefused

log = structlog.get_logger()
File = tuple[str, bytes]
Fetch = Callable[[FilePlace], File | None]
"""A small and harmless file, None where there is none to give."""
SOON_S = 20.0
"""A request leaves within so long after its intent: whoever looks for it later counts on that."""


def no_files(_: FilePlace) -> File | None:
    """Where nobody can fetch, files are linked only."""
    return None


def send_with_files(client: PortalClient, order: Order, fetch: Fetch) -> Outcome:
    """Make the comment of an order for which a request was reserved. Raises BitrixError for the whole portal.

    What cannot be fetched is left out: the text links to it in any case. Where fetching takes too long, or the portal
    refuses the files, the comment is made without them by the next attempt.
    """
    files = _files(client.installation_id, order, fetch)
    if _late(client, order):
        return _without_files(order, "the files took too long")
    try:
        answer = client.call("crm.timeline.comment.add", {"fields": _fields(order, files)}, reserved=True)
    except MethodLimited as limited:
        return Retry(max(limited.after, 0.5), str(limited), counts=False)
    except NoAnswer as lost:
        if not lost.sent:
            raise
        return Unknown(lost.reason)
    except Rejected as refusal:
        if isinstance(refusal, UserRefused) or not files:
            return Failed(str(refusal))
        return _without_files(order, str(refusal))
    return _made(answer.get("result"))


def _fields(order: Order, files: Sequence[File]) -> dict[str, Any]:
    params = order.step.params
    owner = params["entity_id"]
    number = order.known[owner.step] if isinstance(owner, Ref) else owner
    fields = {"ENTITY_ID": number, "ENTITY_TYPE": params["entity"], "COMMENT": params["text"]}
    packed = [[name, base64.b64encode(content).decode()] for name, content in files]
    return fields | ({"FILES": packed} if packed else {})


def _files(installation_id: int, order: Order, fetch: Fetch) -> list[File]:
    found: list[File] = []
    room = IN_ALL
    for message_id in order.step.params["attach"]:
        file = fetch(FilePlace(installation_id, order.conversation_id, message_id))
        if file is not None and len(file[1]) <= room:
            found.append(file)
            room -= len(file[1])
    return found


def _late(client: PortalClient, order: Order) -> bool:
    return client.services.clock.now().timestamp() - (order.step.sent_at or 0.0) > SOON_S


def _without_files(order: Order, why: str) -> Retry:
    log.warning("files_left_out", conversation=order.conversation_id, why=why)
    del order.step.params["attach"]
    return Retry(0.0, f"without files: {why}", counts=False)


def _made(result: Any) -> Outcome:
    try:
        return Done(int(result))
    except (TypeError, ValueError):
        return Unknown("an answer without an id")
