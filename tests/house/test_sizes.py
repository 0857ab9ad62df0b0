"""The house stays easy to read: no function over 50 lines, no file over 350."""

import ast
from pathlib import Path

from tests.support.checkout import ROOT, committed

FUNCTION, FILE = 50, 350


def sources() -> list[Path]:
    """All Python files but the migrations, which are written once and never edited."""
    return [file for file in committed() if file.suffix == ".py" and "migrations" not in file.parts]


def long_functions(source: str) -> list[str]:
    """Functions of the source that are too long, with their sizes."""
    return [
        f"{node.lineno} {node.name}: {size} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION
    ]


def test_no_function_is_longer_than_a_screen() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{words}"
        for file in sources()
        for words in long_functions(file.read_text(encoding="utf-8"))
    ]
    assert not found, f"Functions over {FUNCTION} lines:\n" + "\n".join(found)


def test_no_file_is_too_long() -> None:
    sizes = {file.relative_to(ROOT): file.read_text(encoding="utf-8").count("\n") for file in sources()}
    found = [f"{name}: {lines}" for name, lines in sizes.items() if lines > FILE]
    assert not found, f"Files over {FILE} lines:\n" + "\n".join(found)


def test_the_measure_itself_measures() -> None:
    body = "    x = 1\n"
    assert long_functions("def f():\n" + body * (FUNCTION - 1)) == []
    assert long_functions("def f():\n" + body * FUNCTION) == ["1 f: 51 lines"]
