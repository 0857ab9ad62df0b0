"""Logs: JSON lines on standard output. Ids of portals and conversations; never tokens, bodies or personal data."""

import logging
import sys

import structlog
from structlog.typing import Processor

# Libraries tell more than we may keep: urllib3 logs whole addresses, alembic every step.
_QUIET = ("urllib3", "alembic", "werkzeug", "spectree", "requests")


def configure() -> None:
    """Set up both structlog and the standard library's logging. Safe to call again."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )
    _configure_standard(shared)


def _configure_standard(shared: list[Processor]) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.set_name("omni")
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    for old in [known for known in root.handlers if known.get_name() == "omni"]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
