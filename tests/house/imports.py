"""The floors of the house: who may import whom, read from the sources without running them.

web, bitrix_app, uis → pipeline → storage, rules → domain; base (configuration, clock) lies under all but
the pure ones. `app/*.py` is the wiring: it may see everything and nobody may see it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

LOWER = {"app.pipeline", "app.storage", "app.rules", "app.base", "app.domain"}
# What each part may import besides itself.
ALLOWED: dict[str, set[str]] = {
    "app.domain": set(),
    "app.base": set(),
    "app.rules": {"app.domain"},
    "app.storage": {"app.base", "app.domain"},
    "app.pipeline": LOWER,
    "app.uis": LOWER | {"app.web"},
    "bitrix_app": LOWER | {"app.web"},
    "app.web": LOWER | {"app.uis", "bitrix_app"},
    "app": LOWER | {"app.web", "app.uis", "bitrix_app"},
    "migrations": {"app.storage", "app.base"},
    "sandbox": set(),
}
OURS = {"app", "bitrix_app", "sandbox", "migrations", "tests", "tools", "bench", "wsgi"}
# The pure parts know no framework, database, network or clock of others.
PURE = {"app.rules", "app.domain"}
IMPURE = {"flask", "sqlalchemy", "requests", "flask_sqlalchemy", "celery", "authlib", "urllib3", "werkzeug"}


def violations(root: Path) -> list[str]:
    """Every import that goes up or sideways, as a sentence with its place; empty when the floors hold."""
    found = []
    for part in ("app", "bitrix_app", "sandbox", "migrations"):
        for file in sorted((root / part).rglob("*.py")):
            name = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            for line, target in imports(file, name):
                sentence = judge(name, target)
                if sentence:
                    found.append(f"{file.relative_to(root)}:{line}: {sentence}")
    return found


def imports(file: Path, name: str) -> Iterator[tuple[int, str]]:
    """All modules that the file imports anywhere in it, also inside functions, with their lines."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, target) for target in origins(node, package))


def origins(node: ast.ImportFrom, package: str) -> list[str]:
    """`from app import rules` means app.rules; a relative import is counted from the package of the file."""
    base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    module = ".".join([*base, *([node.module] if node.module else [])])
    if module in {"app", ""} or part_of(module) is None:
        return [f"{module}.{alias.name}".strip(".") for alias in node.names]
    return [module]


def part_of(module: str) -> str | None:
    """The part of the house that a module belongs to, e.g. app.storage; None for what is not ours."""
    pieces = module.split(".")
    if pieces[0] not in OURS:
        return None
    two = ".".join(pieces[:2])
    return two if two in ALLOWED else pieces[0]


def judge(name: str, target: str) -> str | None:
    """What is wrong with `name` importing `target`, in plain words; None when nothing is."""
    here, there = part_of(name), part_of(target)
    if here is None:
        return None
    if there is None:
        if here in PURE and target.split(".")[0] in IMPURE:
            return f"{here} is pure and must not know {target.split('.')[0]}"
        return None
    if there == here or there in ALLOWED[here]:
        return None
    may = ", ".join(sorted(ALLOWED[here])) or "nothing else of ours"
    return f"{here} must not import {there} ({target}); it may import {may}"
