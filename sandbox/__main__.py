"""`python -m sandbox --port 8100 --app http://127.0.0.1:8000`: serve the world until Ctrl+C."""

import argparse
import signal
import threading
from types import FrameType

from sandbox.world import World


def main() -> None:
    """Start the world, print its addresses and wait for a signal."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8100, help="first port; the others follow it (0: any free)"
    )
    parser.add_argument("--app", default="http://127.0.0.1:8000", help="address of the application")
    arguments = parser.parse_args()
    stopped = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    with World(app_url=arguments.app.rstrip("/")).start(arguments.port) as world:
        for line in addresses(world):
            print(line, flush=True)
        stopped.wait()


def addresses(world: World) -> list[str]:
    """Lines `name address` of everything that listens; tests and scripts parse them."""
    named = [
        ("hub", world.hub_url),
        ("oauth", world.oauth_url),
        ("uis", world.uis_url),
        ("shop", world.shop_url),
    ]
    named += [(f"portal{portal.number}", portal.url) for portal in world.portals]
    return [f"{name} {url}" for name, url in named]


if __name__ == "__main__":
    main()
