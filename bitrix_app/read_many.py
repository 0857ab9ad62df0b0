"""Many reading commands in as few requests as possible; several batches in flight at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.pipeline.crm_side import CrmAway, LookupRefused
from bitrix_app.batch import LIMITED, MAX_COMMANDS, BatchAnswer, counts_of, method_of
from bitrix_app.client import PortalClient
from bitrix_app.errors import BitrixError, Later, NoAnswer
from bitrix_app.execute import away

IN_FLIGHT = 6


def read_many(
    client: PortalClient,
    commands: Mapping[str, str],
    size: int = MAX_COMMANDS,
    gone: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Results by key. Raises CrmAway when a batch, or one of its commands, could not be answered.

    A lookup decides what is created, so half an answer is none: reading again costs nothing. `gone`: codes by
    which the portal says that there is nothing to look into; such a command has no result.
    """
    chunks = list(_chunks(commands, size))
    _admit(client, commands)
    if len(chunks) == 1:
        return _whole(_read(client, chunks[0]), commands, gone)
    with client.services.threads.pool(IN_FLIGHT, "read") as pool:
        answers = list(pool.map(lambda chunk: _read(client, chunk), chunks))
    return {key: value for answer in answers for key, value in _whole(answer, commands, gone).items()}


def _chunks(commands: Mapping[str, str], size: int) -> Iterator[dict[str, str]]:
    items = list(commands.items())
    for start in range(0, len(items), size):
        yield dict(items[start : start + size])


def _admit(client: PortalClient, commands: Mapping[str, str]) -> None:
    """All of them or none: nothing is read that would have to be read again with the rest."""
    counts = counts_of(commands)
    try:
        wait = client.limiter.admit(client.member_id(), [counts])[0]
    except BitrixError as error:
        raise away(error) from None
    if wait > 0:
        raise CrmAway(f"{counts.most_common(1)[0][0]}: {LIMITED}", wait)


def _read(client: PortalClient, commands: Mapping[str, str]) -> BatchAnswer:
    try:
        return client.batch(commands, admitted=True)
    except BitrixError as error:
        raise away(error) from None


def _whole(answer: BatchAnswer, commands: Mapping[str, str], gone: frozenset[str]) -> dict[str, Any]:
    for key, error in answer.errors.items():
        if error.code.upper() in gone:
            continue
        meaning = error.meaning(method_of(commands[key]))
        if isinstance(meaning, Later | NoAnswer):
            raise away(meaning)
        raise LookupRefused(f"lookup refused: {meaning}", 60.0)
    return answer.results
