"""A Celery task per event, as it is usually written: `celery --app bench.usual.tasks worker`.

`PEER` names the way (`bench.usual.ways`), `PEER_URL` and `PEER_TOKEN` the portal.
"""

import asyncio
import os

from celery import Celery

from bench.usual import ways

app = Celery("usual", broker=os.environ.get("PEER_BROKER", "memory://"))
app.conf.update(
    task_ignore_result=True, worker_prefetch_multiplier=1, broker_connection_retry_on_startup=True
)
_loop = asyncio.new_event_loop()


@app.task(name="usual.chat", max_retries=None)  # type: ignore[untyped-decorator]
def write(chat: int) -> None:
    """One chat; what the portal refuses is tried again later, as tutorials have it."""
    url, token = os.environ["PEER_URL"], os.environ["PEER_TOKEN"]
    if os.environ["PEER"] == "fast":
        _loop.run_until_complete(ways.fast(url, token, chat))
    else:
        {"plain": ways.plain, "sdk": ways.sdk}[os.environ["PEER"]](url, token, chat)
