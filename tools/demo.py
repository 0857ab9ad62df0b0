"""`make demo`: the application with the sandbox; prints the address to open and runs until Ctrl-C."""

import signal
import sys
import time
from types import FrameType

from tools.story import ROOT, Story, StoryError, running


def main() -> int:
    """Starts everything and keeps watch; 0 after Ctrl-C, 1 with the reason when something broke."""
    signal.signal(signal.SIGTERM, interrupt)
    print("Starting the sandbox and the application...", flush=True)
    try:
        with running(ROOT / "instance" / "demo") as story:
            welcome(story)
            while True:
                story.check()
                time.sleep(0.5)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0
    except StoryError as error:
        print(error, file=sys.stderr)
        return 1


def welcome(story: Story) -> None:
    """Says the one address to open; the page there tells the story step by step."""
    print(f"\n    Open {story.addresses['hub']}\n", flush=True)
    print(f"Logs: {story.directory}/*.log    Stop: Ctrl-C", flush=True)


def interrupt(number: int, frame: FrameType | None) -> None:
    """A polite kill ends the demo as Ctrl-C does."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
