"""The pages are built reproducibly, and the types that they are checked with are those of the server."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.missing import missing
from tests.web.house import House
from tools import build_pages, describe_api


@pytest.fixture
def builder() -> Iterator[None]:
    """Node and the packages, as `make pages` leaves them."""
    if not (build_pages.PAGES / "node_modules").is_dir():
        missing("The packages of the pages are not installed: make pages")
    yield


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a build by their names."""
    found = (file for file in sorted(folder.rglob("*")) if file.is_file() and file.name != ".sources")
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}


@pytest.mark.slow
def test_two_builds_of_the_same_sources_are_the_same_bytes(builder: None, tmp_path: Path) -> None:
    builds = [tmp_path / "one", tmp_path / "two"]
    for build in builds:
        build_pages.pnpm("exec", "vite", "build", "--logLevel", "error", "--outDir", str(build))
    first, second = map(contents, builds)
    assert len(first) > 20
    assert [name for name in first if first[name] != second.get(name)] == []
    assert first.keys() == second.keys()
    if build_pages.is_current(build_pages.fingerprint()):
        assert contents(build_pages.DIST) == first
    packed = {name: gzip.decompress(body) for name, body in first.items() if name.endswith(".gz")}
    assert packed and all(first[name.removesuffix(".gz")] == body for name, body in packed.items())


def test_the_types_are_made_of_what_the_server_says(home: House, tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    assert describe_api.main([str(file)]) == 0
    assert json.loads(file.read_text("utf-8")) == home.client.get("/api/openapi.json").json
    written = file.stat().st_mtime_ns
    assert describe_api.main([str(file)]) == 0
    assert file.stat().st_mtime_ns == written


def test_a_shape_that_the_pages_do_not_expect_fails_their_check(
    builder: None, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The alias of a shape that the server has no more is an error of the type check."""
    described = json.loads(describe_api.description())
    described["components"]["schemas"]["me.Other"] = described["components"]["schemas"].pop("me.Me")
    (tmp_path / "openapi.json").write_text(json.dumps(described).replace("me.Me", "me.Other"), "utf-8")
    schema = str(tmp_path / "schema.ts")
    build_pages.pnpm("exec", "openapi-typescript", str(tmp_path / "openapi.json"), "--output", schema)
    names = (build_pages.PAGES / "src" / "api" / "types.ts").read_text("utf-8")
    (tmp_path / "types.ts").write_text(names, "utf-8")
    with pytest.raises(build_pages.BuildError):
        build_pages.pnpm("exec", "tsc", "--noEmit", "--strict", str(tmp_path / "types.ts"))
    assert "'me.Me'" in capfd.readouterr().out
