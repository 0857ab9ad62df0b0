"""A UIS account that behaves: sign-in, Chat API with callbacks, Data API; visitors and employees who act."""

from sandbox.uis.app import create_uis
from sandbox.uis.control import create_uis_control
from sandbox.uis.offline import Uis

__all__ = ["Uis", "create_uis", "create_uis_control"]
