"""Who works at the workplace, and which conversations are theirs to see. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A verified user of the portal. `employee_id`: the UIS employee that the user is joined to, an operator then.

    `colleagues`: employees of the same departments, the user's own among them.
    """

    user_id: int
    name: str
    admin: bool
    employee_id: int | None
    visibility: str  # "own" | "department" | "all"
    colleagues: frozenset[int] = frozenset()

    @property
    def lists(self) -> bool:
        """Whether the lists of all conversations are open to this user at all."""
        return self.admin or self.employee_id is not None

    @property
    def everything(self) -> bool:
        """Whether there is no conversation that this user may not see."""
        return self.admin or (self.lists and self.visibility == "all")

    def operators(self) -> frozenset[int]:
        """Employees whose chats this user sees, where it is not everything."""
        own = frozenset({self.employee_id} if self.employee_id is not None else ())
        return own | self.colleagues if self.visibility == "department" else own

    def sees(self, operator_id: int | None) -> bool:
        """Whether a chat of this operator is this user's to see. Nobody's chat is there to be taken by anybody."""
        if self.everything:
            return True
        return self.lists and (operator_id is None or operator_id in self.operators())
