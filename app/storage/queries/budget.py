"""The shared request budget of a portal, in PostgreSQL: a leaky bucket in one column, moved by one statement.

The bucket is kept as the moment at which it will have run empty, by the database's clock, so that machines need not
agree about the time. A request is counted without waiting for the disk (`synchronous_commit`): a crash of the server
forgets at most the last 0.6 s, less than leaks away until it is back.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

JsonDict = dict[str, Any]

_RESERVE = text("""
    INSERT INTO portal_budget AS held (member_id, empty_at, penalty, refused_at, operating)
    SELECT :portal, quick.now + :step, 0, 0, '{}'
    FROM (
        SELECT EXTRACT(EPOCH FROM statement_timestamp()) AS now, set_config('synchronous_commit', 'off', true)
    ) AS quick
    ON CONFLICT (member_id) DO UPDATE
    SET empty_at = GREATEST(held.empty_at, EXCLUDED.empty_at - :step) + :step
    WHERE GREATEST(held.empty_at, EXCLUDED.empty_at - :step) + :step <= EXCLUDED.empty_at - :step + :most
    RETURNING empty_at - EXTRACT(EPOCH FROM statement_timestamp()) AS ahead, operating
""")
_AHEAD = text(
    "SELECT empty_at - EXTRACT(EPOCH FROM statement_timestamp()) FROM portal_budget WHERE member_id = :portal"
)
_REFUSED = text("""
    INSERT INTO portal_budget AS held (member_id, empty_at, penalty, refused_at, operating)
    SELECT :portal, now + :full + 1, 1, now, '{}'
    FROM (SELECT EXTRACT(EPOCH FROM statement_timestamp()) AS now) AS clock
    ON CONFLICT (member_id) DO UPDATE SET
        refused_at = EXCLUDED.refused_at,
        penalty = CASE WHEN held.penalty = 0 THEN 1 ELSE LEAST(:most, held.penalty * 2) END,
        empty_at = GREATEST(
            held.empty_at,
            EXCLUDED.refused_at + :full
                + CASE WHEN held.penalty = 0 THEN 1 ELSE LEAST(:most, held.penalty * 2) END
        )
    RETURNING penalty
""")
_ACCEPTED = text("UPDATE portal_budget SET penalty = 0 WHERE member_id = :portal AND penalty > 0")
_LOCKED = text("SELECT operating FROM portal_budget WHERE member_id = :portal FOR UPDATE")
_KEEP = text("UPDATE portal_budget SET operating = CAST(:operating AS jsonb) WHERE member_id = :portal")
_DROP = text(
    "DELETE FROM portal_budget WHERE empty_at < EXTRACT(EPOCH FROM statement_timestamp()) - :seconds"
    " AND refused_at < EXTRACT(EPOCH FROM statement_timestamp()) - :seconds"
)


@dataclass(frozen=True, slots=True)
class Reserved:
    """A request that was counted: the seconds until the bucket is empty again, and what is known of the methods."""

    ahead: float
    operating: JsonDict


def reserve(connection: Connection, portal: str, step: float, most: float) -> Reserved | None:
    """Count one request, which takes `step` seconds to leak away. None when the bucket would need more than `most`."""
    values = {"portal": portal, "step": step, "most": most}
    row = connection.execute(_RESERVE, values).one_or_none()
    return None if row is None else Reserved(float(row[0]), dict(row[1]))


def ahead(connection: Connection, portal: str) -> float:
    """Seconds until the bucket is empty. Served by the primary key."""
    return float(connection.scalar(_AHEAD, {"portal": portal}) or 0.0)


def refused(connection: Connection, portal: str, full: float, most: float) -> float:
    """The portal refused: fill the bucket (`full`: seconds it takes to leak away) and add 1, 2, 4 ... `most` seconds.

    Returns how many.
    """
    return float(connection.scalar(_REFUSED, {"portal": portal, "full": full, "most": most}) or 0.0)


def accepted(connection: Connection, portal: str) -> None:
    """The next refusal begins with one second again."""
    connection.execute(_ACCEPTED, {"portal": portal})


def exchange(connection: Connection, portal: str, told: Callable[[JsonDict], JsonDict]) -> None:
    """Replace what is known of the methods by what `told` makes of it; nobody else does so meanwhile."""
    held = connection.scalar(_LOCKED, {"portal": portal})
    if held is not None:
        connection.execute(_KEEP, {"portal": portal, "operating": json.dumps(told(held))})


def drop_old(connection: Connection, seconds: float) -> int:
    """Forget portals that used nothing for so long. Returns how many."""
    return connection.execute(_DROP, {"seconds": seconds}).rowcount
