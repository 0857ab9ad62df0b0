"""Forgetting what is old, in small steps: nobody waits for it, and a large heap is worked off over many runs."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from app.storage.queries import budget, cleaning
from app.storage.services import Services

log = structlog.get_logger()
LOG_KEPT = timedelta(days=3)
"""The Market wants the requests of three days."""
LEASES_KEPT = timedelta(days=1)
BUDGETS_KEPT_S = 900.0
STEPS = 100
"""At most so many for each kind of row in one run."""

Step = Callable[[Session, datetime], int]


def clean(services: Services) -> dict[str, int]:
    """Erase what is old. Returns how many rows of which table."""
    now, config = services.clock.now(), services.config
    steps: dict[str, tuple[Step, timedelta]] = {
        "request_log": (cleaning.old_requests, LOG_KEPT),
        "inbox": (cleaning.old_events, timedelta(days=config.inbox_kept)),
        "plan": (cleaning.old_plans, timedelta(days=config.plans_kept)),
        "lease": (cleaning.old_leases, LEASES_KEPT),
    }
    gone = {table: _in_steps(services, step, now - kept) for table, (step, kept) in steps.items()}
    if not config.embedded:
        with services.engine.begin() as connection:
            gone["portal_budget"] = budget.drop_old(connection, BUDGETS_KEPT_S)
    for table, rows in gone.items():
        services.meters.count("rows_cleaned", table, by=rows)
    if any(gone.values()):
        log.info("cleaned", **gone)
    return gone


def _in_steps(services: Services, step: Step, before: datetime) -> int:
    whole = 0
    for _ in range(STEPS):
        with services.sessions.begin() as session:
            rows = step(session, before)
        whole += rows
        if rows < cleaning.STEP:
            break
    return whole
