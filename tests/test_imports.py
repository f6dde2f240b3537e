"""Imports run one way, as the house is built; read from the sources, not from what happens to be loaded."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import hybridsim

PACKAGE = Path(hybridsim.__file__).parent
MAY_IMPORT = {
    "core": set(),
    "scenario": {"core"},
    "finance": {"core"},
    "credit": {"core"},
    "impact": {"core"},
    "rollout": {"core", "scenario", "finance", "credit", "impact"},
    "study": {"core", "scenario", "finance", "credit", "impact", "rollout"},
    "book": {"core", "credit", "finance", "scenario", "study"},
    "report": {"core", "study", "book"},
    "cli": {"core", "scenario", "study", "book", "report"},
}
"""Rooms that each room may import besides itself; a report reads stored tables and recomputes nothing."""

SOURCES = sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Modules that a source file imports anywhere, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms(path: Path) -> set[str]:
    """Rooms of this package that a source file imports."""
    found = {name.split(".")[1] for name in imported(path) if name.startswith("hybridsim.")}
    return {name for name in found if (PACKAGE / name).is_dir()}


def test_every_room_of_the_house_is_known():
    assert {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()} == set(MAY_IMPORT)


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_rooms_below_it(room: str):
    wrong = {
        path.relative_to(PACKAGE).as_posix(): sorted(outside)
        for path in (PACKAGE / room).rglob("*.py")
        if (outside := rooms(path) - MAY_IMPORT[room] - {room})
    }
    assert wrong == {}


def test_only_what_compiles_imports_the_compiler():
    users = {
        path.relative_to(PACKAGE)
        for path in SOURCES
        if any(name.split(".")[0] == "numba" for name in imported(path))
    }
    allowed = {
        Path("core/compiling.py"),
        Path("core/doubles.py"),
        Path("rollout/kernel"),
        Path("credit/simulation"),
    }
    assert not {path for path in users if not allowed & {path, *path.parents}}


def test_nothing_is_pickled_or_evaluated():
    for path in SOURCES:
        assert not {"pickle", "shelve", "marshal", "dill"} & {name.split(".")[0] for name in imported(path)}
        calls = {
            node.func.id
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not {"eval", "exec", "compile"} & calls, path
