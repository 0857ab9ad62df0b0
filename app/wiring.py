"""The parts that a process without requests needs (Celery workers, benchmarks): the same as the factory's."""

from app.web.background import build_dispatcher, build_road, chores
from app.web.factory import build_services
from app.web.portals import Portals

__all__ = ["Portals", "build_dispatcher", "build_road", "build_services", "chores"]
