"""The structure of a configurable activity (Bitrix24: crm/timeline/activities/configurable/structure)."""

import re
from typing import Any

from sandbox.bitrix.errors import RestError

Shape = dict[str, bool]

LAYOUT: Shape = {"icon": True, "header": True, "body": True, "footer": False}
HEADER: Shape = {"title": True, "titleAction": False, "tags": False}
TAG: Shape = {"title": True, "type": True, "action": False, "scope": False, "hideIfReadonly": False}
BODY: Shape = {"logo": True, "blocks": False}
LOGO: Shape = {"code": True, "action": False}
FOOTER: Shape = {"buttons": False, "menu": False}
BUTTON: Shape = {"title": True, "type": True, "action": True, "scope": False, "hideIfReadonly": False}
MENU: Shape = {"showPinItem": False, "showPostponeItem": False, "showDeleteItem": False, "items": False}
MENU_ITEM: Shape = {"title": True, "action": True, "scope": False, "hideIfReadonly": False}
ACTIONS: dict[str, Shape] = {
    "redirect": {"type": True, "uri": False},
    "restEvent": {"type": True, "id": True, "actionParams": False, "animationType": False},
    "openRestApp": {"type": True, "actionParams": False, "sliderParams": False},
}
BLOCKS: dict[str, Shape] = {
    "text": {
        "value": True,
        "multiline": False,
        "title": False,
        "bold": False,
        "size": False,
        "color": False,
        "scope": False,
    },
    "largeText": {"value": True, "scope": False},
    "link": {"text": True, "action": True, "bold": False, "scope": False},
    "withTitle": {"title": True, "block": True, "inline": False, "scope": False},
    "lineOfBlocks": {"blocks": True, "scope": False},
    "deadline": {"readonly": False, "scope": False},
}
TAG_TYPES = ("warning", "success", "failure", "primary", "secondary")
MAX_BLOCKS, MAX_TAGS, MAX_BUTTONS = 20, 2, 2
_KEY = re.compile(r"[A-Za-z0-9_-]+")


def check_layout(layout: Any) -> dict[str, Any]:
    """The layout itself when it is right; raises with the codes of the page."""
    if not isinstance(layout, dict) or not layout:
        raise RestError("ERROR_EMPTY_LAYOUT", "The layout field must be filled")
    _shape(layout, LAYOUT, "layout")
    _shape(layout["icon"], {"code": True}, "layout.icon")
    _header(layout["header"])
    _body(layout["body"])
    _footer(layout.get("footer") or {})
    return layout


def _header(header: Any) -> None:
    _shape(header, HEADER, "layout.header")
    tags = _entries(header.get("tags"), "layout.header.tags", MAX_TAGS)
    for key, tag in tags.items():
        _shape(tag, TAG, f"layout.header.tags.{key}")
        if tag["type"] not in TAG_TYPES:
            raise RestError("ENUM_FIELD", f"Unknown tag type '{tag['type']}'")
        _action(tag.get("action"), key)
    _action(header.get("titleAction"), "titleAction")


def _body(body: Any) -> None:
    _shape(body, BODY, "layout.body")
    _shape(body["logo"], LOGO, "layout.body.logo")
    _action(body["logo"].get("action"), "logo")
    if "blocks" in body:
        blocks = _entries(body["blocks"], "layout.body.blocks", MAX_BLOCKS)
        if not blocks:
            raise RestError("FIELD_IS_REQUIRED", "layout.body.blocks must have at least one element")
        for key, block in blocks.items():
            _block(block, f"layout.body.blocks.{key}")


def _block(block: Any, where: str) -> None:
    _shape(block, {"type": True, "properties": False}, where)
    shape = BLOCKS.get(str(block["type"]))
    if shape is None:
        raise RestError("ENUM_FIELD", f"Unknown block type '{block['type']}' in {where}")
    properties = block.get("properties") or {}
    _shape(properties, shape, f"{where}.properties")
    _action(properties.get("action"), where)
    if "block" in properties:
        _block(properties["block"], f"{where}.block")
    if "blocks" in properties:
        for key, inner in _entries(properties["blocks"], where, MAX_BLOCKS).items():
            _block(inner, f"{where}.blocks.{key}")


def _footer(footer: Any) -> None:
    _shape(footer, FOOTER, "layout.footer")
    for key, button in _entries(footer.get("buttons"), "layout.footer.buttons", MAX_BUTTONS).items():
        _shape(button, BUTTON, f"layout.footer.buttons.{key}")
        _action(button["action"], key)
    menu = footer.get("menu") or {}
    _shape(menu, MENU, "layout.footer.menu")
    for key, item in _entries(menu.get("items"), "layout.footer.menu.items", MAX_BLOCKS).items():
        _shape(item, MENU_ITEM, f"layout.footer.menu.items.{key}")
        _action(item["action"], key)


def _action(action: Any, where: str) -> None:
    if not action:
        return
    kind = action.get("type") if isinstance(action, dict) else None
    if kind not in ACTIONS:
        raise RestError("ENUM_FIELD", f"Unknown action type '{kind}' in {where}")
    _shape(action, ACTIONS[kind], f"action of {where}")


def _shape(value: Any, shape: Shape, where: str) -> None:
    if not isinstance(value, dict) and value != []:
        raise RestError("WRONG_FIELD_VALUE", f"{where} must be an object")
    entries: dict[str, Any] = value or {}
    for name in entries:
        if name not in shape:
            raise RestError("FIELD_IS_REDUNDANT", f"Unknown field '{name}' in {where}")
    for name, required in shape.items():
        if required and entries.get(name) in (None, "", []):
            raise RestError("FIELD_IS_REQUIRED", f"Field '{name}' is required in {where}")


def _entries(value: Any, where: str, most: int) -> dict[str, Any]:
    entries = (
        {str(index): row for index, row in enumerate(value)} if isinstance(value, list) else dict(value or {})
    )
    if len(entries) > most:
        raise RestError("TOO_MANY_ITEMS", f"Too many elements in {where}: {len(entries)} > {most}")
    for key in entries:
        if not _KEY.fullmatch(key):
            raise RestError("KEY_CONTAIN_WRONG_SYMBOLS", f"Key '{key}' of {where} has wrong symbols")
    return entries
