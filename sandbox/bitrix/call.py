"""One call of a REST method, and the registry of the methods that the sandbox has."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.bitrix.errors import RestError, access_denied, app_context_required

if TYPE_CHECKING:
    from sandbox.bitrix.people import User
    from sandbox.bitrix.portal import Portal


@dataclass(slots=True, kw_only=True)
class Call:
    """What a method sees. `client_id` is None for a webhook; the portal's lock is held while it runs.

    `fetched` are files that its preparation has downloaded, by address; None when there was nothing to get.
    """

    portal: "Portal"
    method: str
    params: dict[str, Any]
    user: "User"
    client_id: str | None
    scope: frozenset[str] = field(default_factory=frozenset)
    total: int | None = None
    next: int | None = None
    fetched: dict[str, bytes | None] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """A parameter as it came."""
        value = self.params.get(name)
        return default if value is None else value

    def integer(self, name: str, default: int = 0) -> int:
        """A parameter that the table has already checked to be a number."""
        value = self.params.get(name)
        return default if value in (None, "") else int(value)

    def object(self, name: str) -> dict[str, Any]:
        """A map; an empty list is PHP's empty map, a list is a map with numbers."""
        return as_map(self.params.get(name), name)

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean in any of the documented spellings."""
        value = self.params.get(name)
        return default if value is None else truth(value)

    def require_admin(self, text: str = "Access denied!") -> None:
        """Raises ACCESS_DENIED for ordinary employees."""
        if not self.user.admin:
            raise access_denied(text)

    def require_app(self) -> str:
        """The client_id; raises WRONG_AUTH_TYPE for a webhook."""
        if self.client_id is None:
            raise app_context_required()
        return self.client_id


Method = Callable[[Call], Any]
METHODS: dict[str, Method] = {}
PREPARATIONS: dict[str, Callable[[Call], None]] = {}


def method(*names: str, prepare: Callable[[Call], None] | None = None) -> Callable[[Method], Method]:
    """Register a function as the body of REST methods; `prepare` runs before it, without the portal's lock."""

    def register(function: Method) -> Method:
        for name in names:
            METHODS[name] = function
            if prepare is not None:
                PREPARATIONS[name] = prepare
        return function

    return register


def as_map(value: Any, name: str) -> dict[str, Any]:
    """A map out of what came over the wire; raises RestError for a scalar."""
    if value is None or value in ("", []):
        return {}
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(value)}
    if not isinstance(value, dict):
        raise RestError("ERROR_ARGUMENT", f"The value of an argument '{name}' must be of type array")
    return value


def as_list(value: Any) -> list[Any]:
    """A list out of a list, a map or one value."""
    if value is None or value == "":
        return []
    if isinstance(value, dict):
        return [*value.values()]
    return value if isinstance(value, list) else [value]


def truth(value: Any) -> bool:
    """Y, 1, true and their contraries."""
    return str(value).lower() in ("y", "1", "true")


def page(call: Call, rows: list[Any], size: int = 50) -> list[Any]:
    """Cut one page out of all rows by `start`, and note `total` and `next` (Bitrix24: list-methods-pecularities).

    `start=-1` switches the count off: the first page comes without `total` and `next`.
    """
    start = int(call.get("start", 0) or 0)
    if start < 0:
        return rows[:size]
    call.total = len(rows)
    if start + size < len(rows):
        call.next = start + size
    return rows[start : start + size]
