"""SECRET_KEY and ENCRYPTION_KEYS of the sandbox: made once, kept under the instance path."""

import os
from dataclasses import replace
from pathlib import Path

from app.base.config import Config
from app.base.tokens import new_secret


def with_keys(config: Config) -> Config:
    """The configuration with both kinds of keys filled in. Outside the sandbox they are required anyway."""
    return replace(
        config,
        secret_keys=config.secret_keys or (_kept(config.instance_path / "secret_key"),),
        encryption_keys=config.encryption_keys or (_kept(config.instance_path / "encryption_key"),),
    )


def _kept(path: Path) -> str:
    """The key in this file; made when it is not there. Several processes may start at once: one key wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    return path.read_text().strip()


def _make(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.{new_secret()[:8]}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(new_secret() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return  # another process was first: its key counts
    finally:
        draft.unlink()
