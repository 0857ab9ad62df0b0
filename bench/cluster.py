"""The long story of tests/scenarios/test_cluster.py: two web processes, four workers, and everything that can die does.

`make cluster` (2,000 conversations, 50 kills, 10 restarts of each server), or `python -m bench.cluster 400 20 4`.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.scenarios.test_cluster import LONG, Story, tell


def run(story: Story = LONG) -> dict[str, Any]:
    """Raises AssertionError when something was lost, doubled or out of order."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="omni-cluster-") as directory:
        tell(story, Path(directory))
    return {
        "conversations, every callback twice and shuffled": f"{story.chats:,}",
        "kill -9 of web, worker or beat": story.kills,
        "restarts of PostgreSQL; of Redis with its data lost": f"{story.restarts}; {story.restarts}",
        "lost, doubled, out of order": "0, 0, 0",
        "seconds": round(time.monotonic() - began),
        "load of the machine at the end": f"{os.getloadavg()[0]:.1f}",
    }


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:4]]
    chosen = (
        Story(chats=numbers[0], kills=numbers[1], restarts=numbers[2], patience=2_400.0) if numbers else LONG
    )
    for title, value in run(chosen).items():
        print(f"{title:60} {value}")
