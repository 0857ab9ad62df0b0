"""A small application for the portal's frames: its pages load a library and leave the rest to the test."""

import json
import subprocess
import tarfile
import time
from pathlib import Path

from flask import Flask, Response, request, send_file
from playwright.sync_api import Frame, Page

from sandbox.core.server import Server
from tests.support.missing import missing
from tools.build_pages import ROOT, BuildError, node_binary

PACKAGE = "@bitrix24/b24jssdk"
OPEN_S = 15
UMD = "dist/umd/index.min.js"

HTML = """<!doctype html><html lang="ru"><meta charset="utf-8"><title>Frame</title>
<body style="height: 300px">A page of an application.<script src="{library}"></script></body></html>"""


class FrameApp:
    """The application behind the portal's card. `posts` keeps path, query and form of every opened frame.

    `library` is the address that the pages load: "/sdk.js" is ours, a portal's own library may stand there too.
    """

    def __init__(self, sdk: Path | None = None) -> None:
        self.posts: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.library = "/sdk.js"
        self._sdk = sdk
        self._server = Server(self._flask())
        self._server.start()
        self.url = self._server.url

    def stop(self) -> None:
        """Ends the server."""
        self._server.stop()

    def _flask(self) -> Flask:
        app = Flask("frame_app")

        @app.post("/<path:path>")
        def page(path: str) -> str:
            self.posts.append((f"/{path}", dict(request.args), dict(request.form)))
            return HTML.format(library=self.library)

        @app.get("/sdk.js")
        def sdk() -> Response:
            assert self._sdk is not None
            return send_file(self._sdk, mimetype="text/javascript")

        return app


def opened(page: Page, url: str, number: int = 1) -> Frame:
    """Frame `number` of those whose address begins with `url`, as soon as its document is complete."""
    deadline = time.monotonic() + OPEN_S
    while True:
        found = [frame for frame in page.frames if frame.url.startswith(url)]
        if len(found) >= number:
            found[number - 1].wait_for_load_state("load")
            return found[number - 1]
        if time.monotonic() > deadline:
            raise TimeoutError(f"frame {number} of {url} did not open within {OPEN_S} s")
        page.wait_for_timeout(20)  # lets Playwright hear of new frames


def official_sdk(directory: Path) -> Path:
    """The UMD build of the vendor's library, in the version of our pages: their copy, else fetched with npm."""
    manifest = json.loads((ROOT / "frontend" / "package.json").read_text())
    version = str(manifest["dependencies"][PACKAGE])
    installed = ROOT / "frontend" / "node_modules" / PACKAGE
    if (installed / UMD).is_file() and json.loads((installed / "package.json").read_text())[
        "version"
    ] == version:
        return installed / UMD
    return _fetched(f"{PACKAGE}@{version}", directory)


def _fetched(package: str, directory: Path) -> Path:
    try:
        node = node_binary()
    except BuildError as error:
        missing(str(error))
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [
        str(part) for part in (node, npm, "pack", package, "--silent", "--pack-destination", directory)
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=directory)
    if done.returncode:
        missing(f"npm could not fetch {package}: {done.stderr.strip()[-300:]}")
    archive = next(directory.glob("*.tgz"))
    with tarfile.open(archive) as packed:
        packed.extractall(directory, filter="data")
    return directory / "package" / UMD
