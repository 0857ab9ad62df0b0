"""For what the machine does not have: a test is skipped with the reason, or fails where that must not be."""

import os
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skips the test on a laptop, fails it under `CI=true`; the reason says how to get what is missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"Must be there under CI=true: {reason}", pytrace=False)
    pytest.skip(reason)
