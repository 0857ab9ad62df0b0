"""Which Bitrix24 user is which UIS employee: by stored link, then e-mail, then phone, then full name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.rules.identity import normalise


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An employee of UIS or a user of the portal. `linked`: the user that an employee is joined to already."""

    id: int
    full_name: str
    email: str | None = None
    phones: tuple[str, ...] = ()
    linked: int | None = None
    linked_by: str | None = None
    able: bool = True  # a user who is dismissed or has no last name cannot take part


@dataclass(frozen=True, slots=True)
class Pair:
    """The user that an employee is joined to; `by`: hand | email | phone | name."""

    user_id: int
    by: str


def pair(employees: Sequence[Person], users: Sequence[Person]) -> dict[int, Pair]:
    """Employee id -> pair. Unambiguous matches only; a user is given to one employee, except by hand.

    A stored link stays as long as its user exists, and so does the word of an administrator that an employee
    has none.
    """
    known = {user.id for user in users}
    pairs = {
        employee.id: Pair(employee.linked, employee.linked_by or "hand")
        for employee in employees
        if employee.linked is not None and employee.linked in known
    }
    for by, keys in _KEYS.items():
        taken = {found.user_id for found in pairs.values()}
        rest = [employee for employee in employees if employee.id not in pairs and not unpaired(employee)]
        free = [user for user in users if user.able and user.id not in taken]
        pairs |= {employee: Pair(user, by) for employee, user in _unambiguous(rest, free, keys)}
    return pairs


def unpaired(employee: Person) -> bool:
    """Whether an administrator said that this employee is nobody in the portal."""
    return employee.linked is None and employee.linked_by == "hand"


def _unambiguous(
    employees: Sequence[Person], users: Sequence[Person], keys: Callable[[Person], set[str]]
) -> Iterable[tuple[int, int]]:
    """Pairs where the employee matches one user alone, and that user this employee alone."""
    owners = _owners(users, keys)
    candidates = {
        employee.id: {user for key in keys(employee) for user in owners.get(key, ())}
        for employee in employees
    }
    wanted: dict[int, int] = {}
    for found in candidates.values():
        for user in found:
            wanted[user] = wanted.get(user, 0) + 1
    for employee, found in candidates.items():
        if len(found) == 1 and wanted[next(iter(found))] == 1:
            yield employee, next(iter(found))


def _owners(users: Sequence[Person], keys: Callable[[Person], set[str]]) -> Mapping[str, set[int]]:
    owners: dict[str, set[int]] = {}
    for user in users:
        for key in keys(user):
            owners.setdefault(key, set()).add(user.id)
    return owners


def _email(person: Person) -> set[str]:
    email = (person.email or "").strip().casefold()
    return {email} if email else set()


def _phones(person: Person) -> set[str]:
    return {phone for raw in person.phones if (phone := normalise(raw)) is not None}


def _name(person: Person) -> set[str]:
    """Words in any order: one side writes the last name first. A single word names too many people."""
    words = sorted(person.full_name.casefold().replace("ё", "е").split())
    return {" ".join(words)} if len(words) > 1 else set()


_KEYS: dict[str, Callable[[Person], set[str]]] = {"email": _email, "phone": _phones, "name": _name}
