"""Many reading commands in as few requests as possible; several batches in flight at once."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.pipeline.crm_side import LookupRefused
from bitrix_app.batch import MAX_COMMANDS, BatchAnswer
from bitrix_app.client import PortalClient
from bitrix_app.errors import BitrixError, Later, NoAnswer
from bitrix_app.execute import away

IN_FLIGHT = 4


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
    if len(chunks) == 1:
        return _whole(_read(client, chunks[0]), gone)
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        answers = list(pool.map(lambda chunk: _read(client, chunk), chunks))
    return {key: value for answer in answers for key, value in _whole(answer, gone).items()}


def _chunks(commands: Mapping[str, str], size: int) -> Iterator[dict[str, str]]:
    items = list(commands.items())
    for start in range(0, len(items), size):
        yield dict(items[start : start + size])


def _read(client: PortalClient, commands: Mapping[str, str]) -> BatchAnswer:
    try:
        return client.batch(commands)
    except BitrixError as error:
        raise away(error) from None


def _whole(answer: BatchAnswer, gone: frozenset[str]) -> dict[str, Any]:
    for error in answer.errors.values():
        if error.code.upper() in gone:
            continue
        meaning = error.meaning()
        if isinstance(meaning, Later | NoAnswer):
            raise away(meaning)
        raise LookupRefused(f"lookup refused: {meaning}", 60.0)
    return answer.results
