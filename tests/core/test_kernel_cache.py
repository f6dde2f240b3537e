"""Where kernels are kept: one folder per kernel and state of its sources, so that no stale one is used."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numba
import platformdirs
import pytest

import hybridsim
from hybridsim.core import kernel_cache as cache
from hybridsim.core.compiling import entry

PACKAGE = Path(hybridsim.__file__).parent
KERNEL = ("core/*.py", "credit/*.py", "rollout/**/*.py")
SMALL = """
from hybridsim.core import kernel_cache
import os
if os.environ.get("SAME_FOLDER"):
    kernel_cache.sources_digest = lambda patterns: "same"
from hybridsim.rollout.small import answer
print(answer(40))
"""
"""A process that compiles one function of a package, or loads it."""
ENTRY = """
from hybridsim.credit.extra import extra
from hybridsim.core import kernel_cache
from hybridsim.core.compiling import entry, rule
extra_compiled = rule(extra)
@entry(kernel_cache.prepare("small", ("core/*.py", "credit/*.py", "rollout/*.py")))
def answer(x):
    return extra_compiled(x)
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """An installation of its own."""
    copy = tmp_path / "site" / "hybridsim"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture(autouse=True)
def no_folder_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)


def digest_of(package: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(cache, "__file__", str(package / "core" / "kernel_cache.py"))
    return cache.sources_digest(KERNEL)


@pytest.mark.parametrize(
    "path",
    [
        "core/mathx.py",
        "credit/default_time.py",
        "rollout/rules.py",
        "rollout/kernel/life.py",
    ],
)
def test_the_digest_changes_with_every_source_of_the_kernel(package: Path, monkeypatch, path: str):
    before = digest_of(package, monkeypatch)
    assert before == digest_of(PACKAGE, monkeypatch), "it must not depend on where the package lies"
    with (package / path).open("a", encoding="utf-8") as file:
        file.write("# one more line\n")
    assert digest_of(package, monkeypatch) != before


def test_the_digest_changes_with_names_of_sources_and_with_versions(package: Path, monkeypatch):
    before = digest_of(package, monkeypatch)
    (package / "cli" / "app.py").write_text("", encoding="utf-8")
    (package / "credit" / "simulation").mkdir(exist_ok=True)
    (package / "credit" / "simulation" / "other.py").write_text("", encoding="utf-8")
    assert digest_of(package, monkeypatch) == before, "the kernel is not made of these"
    monkeypatch.setattr(cache, "version", lambda name: "0")
    assert digest_of(package, monkeypatch) != before
    monkeypatch.undo()
    (package / "rollout" / "rules.py").rename(package / "rollout" / "other.py")
    assert digest_of(package, monkeypatch) != before


def test_numbas_own_variable_is_respected_and_the_users_cache_folder_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path / "user"))
    assert cache.prepare("one", KERNEL).parent == tmp_path / "user"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "own"))
    assert cache.prepare("one", KERNEL).parent == tmp_path / "own"
    assert cache.prepare("two", KERNEL) != cache.prepare("one", KERNEL)


def test_where_nothing_can_be_written_a_temporary_folder_is_used_and_announced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "file").write_text("a file is in the way", encoding="utf-8")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    folder = cache.prepare("one", KERNEL)
    try:
        assert folder.is_dir()
        assert tmp_path not in folder.parents
        out, err = capsys.readouterr()
        assert out == ""
        assert f"one kernel cannot be kept in {tmp_path / 'file'}" in err
    finally:
        folder.rmdir()


def test_an_entry_point_is_kept_in_its_own_kernels_folder(tmp_path: Path):
    before = numba.config.CACHE_DIR

    @entry(tmp_path)
    def doubled(x):
        return 2 * x

    assert doubled(21) == 42
    assert list(tmp_path.rglob("*doubled*.nbc"))
    assert before == numba.config.CACHE_DIR


def test_folders_that_nobody_has_used_for_a_month_are_removed(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    old, young, foreign = tmp_path / "kernel-old", tmp_path / "kernel-young", tmp_path / "other"
    month_ago = time.time() - 31 * 24 * 3600
    for folder in (old, young, foreign):
        folder.mkdir()
        (folder / "file").touch()
    os.utime(old, (month_ago, month_ago))
    os.utime(foreign, (month_ago, month_ago))
    used = cache.prepare("one", KERNEL)
    assert {path.name for path in tmp_path.iterdir()} == {used.name, "kernel-young", "other"}


def answer_of(package: Path, home: Path, **environment: str) -> int:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SMALL],
        env={
            **os.environ,
            "PYTHONPATH": str(package.parent),
            # Edits within a second would otherwise meet Python's own cache.
            "PYTHONDONTWRITEBYTECODE": "1",
            "NUMBA_CACHE_DIR": str(home),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_a_rule_that_was_edited_is_compiled_again(package: Path, tmp_path: Path):
    home = tmp_path / "cache"
    rule = package / "credit" / "extra.py"
    (package / "rollout" / "small.py").write_text(ENTRY, encoding="utf-8")
    rule.write_text("def extra(x):\n    return x + 1\n", encoding="utf-8")
    assert answer_of(package, home) == 41
    assert answer_of(package, home, SAME_FOLDER="1") == 41
    rule.write_text("def extra(x):\n    return x + 2\n", encoding="utf-8")
    assert answer_of(package, home) == 42
    # What the digest prevents: Numba alone does not notice.
    assert answer_of(package, home, SAME_FOLDER="1") == 41


def test_an_installation_that_cannot_be_written_to_is_left_alone(package: Path, tmp_path: Path):
    (package / "rollout" / "small.py").write_text(ENTRY, encoding="utf-8")
    (package / "credit" / "extra.py").write_text("def extra(x):\n    return x + 1\n", encoding="utf-8")
    paths = [package, *package.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert answer_of(package, tmp_path / "cache") == 41
        assert sorted(package.rglob("*")) == sorted(paths[1:])
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert list((tmp_path / "cache").rglob("*.nbc"))


def test_each_installation_knows_whether_its_own_kernel_is_there(package: Path, tmp_path: Path):
    """Numba keeps a kernel for each path, so that another installation's is of no use."""
    here, there = (root / "rollout" / "kernel" / "engine.py" for root in (PACKAGE, package))
    assert not cache.is_compiled(tmp_path, here)
    cache.mark_compiled(tmp_path, here)
    assert cache.is_compiled(tmp_path, here)
    assert not cache.is_compiled(tmp_path, there)
