from __future__ import annotations

from pathlib import Path

import pytest

from scanner.base.state_folder import state_folder


@pytest.mark.parametrize("below", [".tenantproof", ".tenantproof/snapshots/a"], ids=["itself", "below it"])
def test_our_folder_is_left_out_of_git(tmp_path: Path, below: str) -> None:
    assert state_folder(tmp_path / below).is_dir()
    assert (tmp_path / ".tenantproof" / ".gitignore").read_text("utf-8") == "*\n"
    assert not (tmp_path / ".gitignore").exists()


def test_what_somebody_wrote_there_stays(tmp_path: Path) -> None:
    (tmp_path / ".tenantproof").mkdir()
    (tmp_path / ".tenantproof" / ".gitignore").write_text("snapshots\n", "utf-8")
    state_folder(tmp_path / ".tenantproof")
    assert (tmp_path / ".tenantproof" / ".gitignore").read_text("utf-8") == "snapshots\n"


def test_a_folder_that_the_user_chose_gets_nothing(tmp_path: Path) -> None:
    state_folder(tmp_path / "account")
    assert [*(tmp_path / "account").iterdir()] == []
