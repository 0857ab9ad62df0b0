"""Settings that travel: what differs between two documents, and what is left of one in a portal that lacks things."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from app.domain.settings.errors import FieldError
from app.domain.settings.portal import PortalDirectory

FIRST_STAGE = "NEW"


def changes(old: Any, new: Any, path: str = "") -> list[dict[str, Any]]:
    """Changed paths with both values: `{"path", "kind": "changed" | "added" | "removed", "from", "to"}`.

    Lists are compared place by place; what one side does not have is null there.
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        names = dict.fromkeys([*old, *new])
        pairs = [(str(name), name in old, name in new, old.get(name), new.get(name)) for name in names]
    elif isinstance(old, list) and isinstance(new, list):
        pairs = [
            (str(n), n < len(old), n < len(new), _at(old, n), _at(new, n))
            for n in range(max(len(old), len(new)))
        ]
    else:
        same = type(old) is type(new) and old == new
        return [] if same else [{"path": path, "kind": "changed", "from": old, "to": new}]
    found: list[dict[str, Any]] = []
    for name, before, after, was, becomes in pairs:
        inner = f"{path}.{name}" if path else name
        if before and after:
            found += changes(was, becomes, inner)
        else:
            found.append({"path": inner, "kind": "added" if after else "removed", "from": was, "to": becomes})
    return found


def _at(values: list[Any], place: int) -> Any:
    return values[place] if place < len(values) else None


def without(
    document: Mapping[str, Any], lacking: Iterable[FieldError], portal: PortalDirectory, user_id: int
) -> dict[str, Any]:
    """The document without what a portal lacks: rules and rows that name it go, keys take what the portal has.

    `user_id` becomes responsible where the default one is unknown. A list of chosen channels may become empty:
    what is brought along never follows more than it did.
    """
    left = deepcopy(dict(document))
    gone: dict[tuple[str, ...], set[int]] = {}
    for error in lacking:
        _drop(left, error.field.split("."), portal, user_id, gone)
    for path, places in sorted(
        gone.items(), key=lambda one: -len(one[0])
    ):  # inner lists first: outer ones move them
        values = _reach(left, path)
        values[:] = [value for place, value in enumerate(values) if place not in places]
    _drop_empty_queues(left)
    return left


def _drop(
    left: dict[str, Any], path: list[str], portal: PortalDirectory, user_id: int,
    gone: dict[tuple[str, ...], set[int]],
) -> None:  # fmt: skip
    """Change one key, or note the place of a list that goes."""
    places = [index for index, part in enumerate(path) if part.isdigit()]
    if path == ["create", "entity"]:
        left["create"]["entity"] = "deal"
        left["transcript"]["to"] = list(dict.fromkeys([*left["transcript"]["to"], "deal", "contact"]))
        left["pipeline"]["default"] = _first_stage(portal, "deal")
    elif path[:2] == ["pipeline", "default"]:
        left["pipeline"]["default"] = _first_stage(portal, left["create"]["entity"])
    elif path == ["responsible", "default_user_id"]:
        left["responsible"]["default_user_id"] = user_id
    elif path == ["responsible", "substitute_user_id"]:
        left["responsible"]["substitute_user_id"] = None
    elif path == ["default_employee_id"]:
        left["default_employee_id"] = None
    elif places:
        last = places[-1] if "user_ids" in path else places[0]
        gone.setdefault(tuple(path[:last]), set()).add(int(path[last]))


def _first_stage(portal: PortalDirectory, entity: str) -> dict[str, Any]:
    """The general pipeline's first stage as far as that is known, else the first one by name."""
    category = None if entity == "lead" else 0
    known = sorted((c or 0, stage) for kind, c, stage in portal.stages or () if kind == entity)
    if not known or (0, FIRST_STAGE) in known:
        return {"category_id": category, "stage_id": FIRST_STAGE}
    return {"category_id": None if entity == "lead" else known[0][0], "stage_id": known[0][1]}


def _reach(document: Any, path: Iterable[str]) -> Any:
    for part in path:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def _drop_empty_queues(left: dict[str, Any]) -> None:
    responsible = left.get("responsible")
    if not isinstance(responsible, dict):
        return
    rules = responsible["rules"]
    rules[:] = [rule for rule in rules if rule["assign"]["kind"] != "queue" or rule["assign"]["user_ids"]]
