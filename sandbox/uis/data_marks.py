"""Tags and comments on communications (Data API: set.tag_communications, create.communication_comment)."""

from typing import Any

from sandbox.uis.data_errors import DataError
from sandbox.uis.data_time import text_of
from sandbox.uis.entities import Chat, OfflineRequest
from sandbox.uis.offline import Uis

Params = dict[str, Any]
TAGGED = ("chat", "call", "goal", "offline_message")
COMMENTED = ("call", "offline_message", "chat", "email")


def set_tag(uis: Uis, params: Params) -> Params:
    """set.tag_communications; a tag that is there already stays once."""
    item = _communication(uis, params, TAGGED)
    if params["tag_id"] not in uis.tags:
        raise DataError("entity_not_found", "tag_id", params["tag_id"])
    if all(tag["tag_id"] != params["tag_id"] for tag in item.tags):
        item.tags.append(_tag(uis, params["tag_id"]))
    return {}


def unset_tag(uis: Uis, params: Params) -> Params:
    """unset.tag_communications."""
    item = _communication(uis, params, TAGGED)
    if all(tag["tag_id"] != params["tag_id"] for tag in item.tags):
        raise DataError("entity_not_found", "tag_id", params["tag_id"])
    item.tags = [tag for tag in item.tags if tag["tag_id"] != params["tag_id"]]
    return {}


def comment(uis: Uis, params: Params) -> Params:
    """create.communication_comment."""
    _communication(uis, params, COMMENTED).comments.append(params["comment"])
    return {}


def _tag(uis: Uis, tag_id: int) -> Params:
    return {
        "tag_id": tag_id,
        "tag_name": uis.tags[tag_id],
        "tag_type": "manual",
        "tag_change_time": text_of(uis.clock.now(), uis.zone),
        "tag_user_id": 2870,
        "tag_user_login": uis.login,
        "tag_employee_id": None,
        "tag_employee_full_name": None,
    }


def _communication(uis: Uis, params: Params, kinds: tuple[str, ...]) -> Chat | OfflineRequest:
    kind, number, ext_id = (
        params.get(name) for name in ("communication_type", "communication_id", "communication_ext_id")
    )
    if kind not in kinds:
        raise DataError("invalid_parameter_value", "communication_type", kind)
    if (number is None) == (ext_id is None):
        raise DataError("invalid_parameters_combination", "communication_id")
    found: list[Chat | OfflineRequest] = []
    if kind in ("chat", "offline_message"):
        found = [*(uis.chats if kind == "chat" else uis.requests).values()]
    for item in found:
        if item.communication_id == number or (ext_id is not None and item.ext_id == ext_id):
            return item
    raise DataError("entity_not_found", "communication_id", number or ext_id)
