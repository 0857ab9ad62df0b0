"""Settings of `gunicorn wsgi:app`: one process with threads, because embedded work is coordinated inside it.

With a broker (`CELERY_BROKER_URL`) nothing lives in the process but requests, so more processes may serve:
`WEB_CONCURRENCY` sets their number.
"""

import os
from collections.abc import Callable
from typing import Any

# The sandbox trusts plain http and is for one's own machine only. Both are read as app/base/config.py reads them,
# which is not on the path yet.
_sandbox = os.environ.get("SANDBOX", "").strip().lower() in {"1", "true"}
_host = "127.0.0.1" if _sandbox else "0.0.0.0"
bind = f"{os.environ.get('HOST', _host)}:{os.environ.get('PORT', '').strip() or '8000'}"
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "12"))
workers = int(os.environ.get("WEB_CONCURRENCY", "1")) if os.environ.get("CELERY_BROKER_URL") else 1
# A request of a frame may wait for the authorization server; a portal answers within 60 s.
timeout = 90
graceful_timeout = 30
keepalive = 75
# Tokens travel in addresses of callbacks and signed links: the access log of the server stays off.
accesslog = None
# Nobody controls us over a socket in the home directory.
control_socket_disable = True
errorlog = "-"

_stop: Callable[[], None] | None = None


def on_starting(server: Any) -> None:
    """What is wrong with the environment is said once, before a port is opened and a process is begun over it."""
    from app.base import config

    try:
        config.read(os.environ)
    except config.ConfigurationError as error:
        raise SystemExit(str(error)) from None


def post_worker_init(worker: Any) -> None:
    """What runs beside the requests begins in the process that serves, after its application is built."""
    from app.base import memory  # the application is not on the path while these settings are read

    global _stop
    _stop = worker.wsgi.extensions["omni.start"]()
    memory.started()


def worker_exit(server: Any, worker: Any) -> None:
    """Rounds under way are finished; what is not done stays due."""
    if _stop is not None:
        _stop()
