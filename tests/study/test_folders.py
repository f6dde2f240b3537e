"""What a run may write, replace and remove."""

import os
import re
from pathlib import Path

import pytest

from hybridsim.core.errors import InputError
from hybridsim.study.plan import folder_name
from hybridsim.study.run import execute
from tests.study import fake


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_finished_run_is_replaced_only_when_asked(tmp_path: Path):
    out = tmp_path / "run"
    first = execute(fake.plan(5), fake.simulate, out=out)
    with pytest.raises(InputError, match="--force"):
        execute(fake.plan(6), fake.simulate, out=out)
    second = execute(fake.plan(6), fake.simulate, out=out, force=True)
    assert first.digest != second.digest
    assert files(tmp_path) == {"run"}


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_that_is_not_a_run_is_never_replaced(tmp_path: Path, force: bool):
    out = tmp_path / "photos"
    out.mkdir()
    (out / "holiday.jpg").write_bytes(b"sun")
    with pytest.raises(InputError, match="not a finished run"):
        execute(fake.plan(5), fake.simulate, out=out, force=force)
    assert (out / "holiday.jpg").read_bytes() == b"sun"
    assert files(tmp_path) == {"photos"}


def test_a_run_folder_with_something_else_in_it_is_not_replaced(tmp_path: Path):
    out = tmp_path / "run"
    execute(fake.plan(5), fake.simulate, out=out)
    (out / "notes.docx").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"holds notes\.docx"):
        execute(fake.plan(5), fake.simulate, out=out, force=True)
    assert (out / "notes.docx").read_bytes() == b"mine"


def test_an_empty_folder_may_be_used_and_a_file_may_not(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    execute(fake.plan(5), fake.simulate, out=tmp_path / "empty")
    (tmp_path / "file").write_text("text", encoding="utf-8")
    with pytest.raises(InputError, match="is not a folder"):
        execute(fake.plan(5), fake.simulate, out=tmp_path / "file", force=True)


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path):
    execute(fake.plan(5), fake.simulate, out=tmp_path / "real")
    try:
        (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")
    with pytest.raises(InputError, match="is not a folder"):
        execute(fake.plan(5), fake.simulate, out=tmp_path / "link", force=True)


def test_a_failure_while_storing_leaves_the_old_run_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    out = tmp_path / "run"
    before = execute(fake.plan(5), fake.simulate, out=out)

    def fail(*_: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr("hybridsim.study.assemble.compute", fail)
    with pytest.raises(RuntimeError, match="in the middle"):
        execute(fake.plan(6), fake.simulate, out=out, force=True)
    assert files(tmp_path) == {"run", "run.partial"}
    assert before.digest in (out / "manifest.json").read_text(encoding="utf-8")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs rights that can be refused"
)
def test_a_folder_without_write_permission_is_a_wrong_input(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"):
        execute(fake.plan(5), fake.simulate, out=tmp_path / "run")


def test_a_parent_that_is_a_file_is_a_wrong_input(tmp_path: Path):
    (tmp_path / "file").write_text("text", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        execute(fake.plan(5), fake.simulate, out=tmp_path / "file" / "run")


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..", ".", "/root", "C:\\Windows", "con", "NUL.txt", "lpt1", "a" * 300, "x.", " ",
     "Träger & Söhne", "名前", "-rf", "a\x00b", "a\nb", "*?<>|\":"],
)  # fmt: skip
def test_the_default_folder_stays_one_plain_component(name: str):
    folder = folder_name(name, 2**63 - 1, 1_000_000)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", folder)
    assert folder.endswith(f"-{2**63 - 1}-1000000")
    assert len(folder) <= 120
    assert folder.split(".")[0].lower() not in {"con", "nul", "lpt1"}
    assert Path(folder).name == folder


def test_a_readable_name_stays_readable():
    assert folder_name("care-germany", 20270101, 200) == "care-germany-20270101-200"
    assert folder_name("Träger & Söhne", 1, 2) == "Trager-Sohne-1-2"
