"""The page in the frame: what the server writes round the built front end, and the built files themselves."""

import gzip
import json
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ENTRY = "src/main.ts"
DIST = Path(__file__).resolve().parents[1] / "frontend" / "dist"
COMPRESSED = {".js", ".css", ".svg", ".json", ".html", ".txt", ".map"}


@dataclass(frozen=True, slots=True)
class Entry:
    """Files of the first page, as names under /assets/."""

    script: str
    styles: tuple[str, ...]
    preloads: tuple[str, ...]


class Shell:
    """The built pages in `dist`; a new build is noticed by the manifest's time."""

    def __init__(self, dist: Path = DIST) -> None:
        self.dist = dist
        self._manifest = dist / ".vite" / "manifest.json"

    def entry(self) -> Entry | None:
        """None when the pages are not built."""
        try:
            changed = self._manifest.stat().st_mtime_ns
        except FileNotFoundError:
            return None
        return _entry(self._manifest, changed)

    def asset(self, name: str) -> Path | None:
        """A built file by its name under /assets/; None for everything else, also outside the folder."""
        file = (self.dist / name).resolve()
        hidden = any(part.startswith(".") for part in Path(name).parts)
        inside = file.is_relative_to(self.dist.resolve())
        return file if inside and not hidden and file.is_file() else None


@lru_cache(maxsize=4)
def _entry(manifest: Path, changed: int) -> Entry | None:
    """`changed` is there for the cache alone."""
    chunks = json.loads(manifest.read_text("utf-8"))
    if ENTRY not in chunks:
        return None
    reached = _reached(chunks, ENTRY)
    styles = dict.fromkeys(style for name in reached for style in chunks[name].get("css", ()))
    return Entry(
        script=chunks[ENTRY]["file"],
        styles=tuple(styles),
        preloads=tuple(chunks[name]["file"] for name in reached if name != ENTRY),
    )


def _reached(chunks: dict[str, dict[str, list[str]]], name: str) -> list[str]:
    """The chunk and everything that it imports at once, each named once."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        current = waiting.pop(0)
        if current not in found:
            found.append(current)
            waiting.extend(chunks[current].get("imports", ()))
    return found


def content_type(file: Path) -> str:
    """The type of a built file; the system's own tables differ between machines."""
    known = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
    return known.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"


@lru_cache(maxsize=256)
def compressed(file: Path, changed: int) -> bytes | None:
    """The file in gzip, None where that saves nothing. `changed` is there for the cache alone."""
    if file.suffix not in COMPRESSED:
        return None
    ready = file.with_name(file.name + ".gz")
    return ready.read_bytes() if ready.is_file() else gzip.compress(file.read_bytes(), 9, mtime=0)
