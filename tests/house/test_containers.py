"""The files for containers, without a container: they parse, name what is there, and say the same as the Procfile."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.checkout import ROOT, committed
from tools.describe_api import description

Instruction = tuple[str, str]


def instructions() -> list[Instruction]:
    """(INSTRUCTION, its arguments) of the Dockerfile, continued lines joined."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def procfile() -> dict[str, list[str]]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: shlex.split(command) for name, _, command in (line.partition(":") for line in lines)}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return found


def test_every_line_of_the_dockerfile_is_an_instruction() -> None:
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}
    assert {name for name, _ in instructions()} <= known


def test_the_pages_are_built_inside_and_only_they_are_taken_over() -> None:
    stages = [rest for name, rest in instructions() if name == "FROM"]
    assert len(stages) == 2
    assert all(":" in stage and "latest" not in stage for stage in stages)
    taken = [rest for name, rest in instructions() if name == "COPY" and "--from=pages" in rest]
    assert taken == ["--from=pages /src/frontend/dist frontend/dist"]


def test_what_the_pages_are_made_of_is_copied_to_where_they_are_built(tmp_path: Path) -> None:
    """`tools/build_pages.py` first describes the API, with what the stage holds and nothing else."""
    stages = instructions()
    second = [at for at, (name, _) in enumerate(stages) if name == "FROM"][1]
    sources = [source for name, rest in stages[:second] if name == "COPY" for source in rest.split()[:-1]]
    for file in committed():
        name = file.relative_to(ROOT)
        if any(name.is_relative_to(source) for source in sources):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, tmp_path / name)
    command = [sys.executable, "-m", "tools.describe_api", "described.json"]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert (tmp_path / "described.json").read_text(encoding="utf-8") == description()


def test_what_is_copied_is_committed_and_not_ignored() -> None:
    names = {file.relative_to(ROOT).as_posix() for file in committed()}
    allowed = [
        line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    ]
    for name, rest in instructions():
        if name != "COPY" or "--from" in rest:
            continue
        for source in rest.split()[:-1]:
            assert source in names or any(each.startswith(f"{source}/") for each in names), source
            assert any(source == each or source.startswith(f"{each}/") for each in allowed), source


def test_it_runs_as_nobody_special_and_says_whether_it_is_well() -> None:
    users = [rest for name, rest in instructions() if name == "USER"]
    assert users
    assert users[-1] not in ("root", "0")
    last = [name for name, _ in instructions()]
    assert "HEALTHCHECK" in last[last.index("USER") :]


@pytest.mark.parametrize("name", ["web", "worker", "beat", "release"])
def test_every_process_runs_what_the_procfile_says(name: str, compose: dict[str, Any]) -> None:
    assert compose["services"][name]["command"] == procfile()[name]


def test_the_image_serves_by_itself() -> None:
    (command,) = [rest for name, rest in instructions() if name == "CMD"]
    assert yaml.safe_load(command) == procfile()["web"]


def test_processes_begin_after_the_release_and_are_given_time_to_end(compose: dict[str, Any]) -> None:
    for name in ("web", "worker", "beat"):
        service = compose["services"][name]
        waits = {other: how["condition"] for other, how in service["depends_on"].items()}
        assert waits == {
            "database": "service_healthy",
            "broker": "service_healthy",
            "release": "service_completed_successfully",
        }
        assert int(service["stop_grace_period"].rstrip("s")) > 65


def test_every_service_that_is_waited_for_has_a_health_of_its_own(compose: dict[str, Any]) -> None:
    for name in ("database", "broker"):
        assert compose["services"][name]["healthcheck"]["test"]
    assert set(compose["services"]) == {"web", "worker", "beat", "release", "database", "broker"}
