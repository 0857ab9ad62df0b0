"""The parts that a process without requests needs (Celery workers, benchmarks): the same as the factory's."""

from app.web.background import build_dispatcher, build_road, build_services
from app.web.chores import Chores
from app.web.portals import Portals

__all__ = ["Chores", "Portals", "build_dispatcher", "build_road", "build_services"]
