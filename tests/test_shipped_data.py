"""What tells one installation from another, so that neither uses what the other has kept."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from scanner.shipped_data import build


def _package(folder: Path) -> Path:
    package = folder / "scanner"
    (package / "engine").mkdir(parents=True)
    (package / "engine" / "judging.py").write_text("verdict = 'PASS'\n", "utf-8")
    return package


def test_an_edit_of_a_checkout_makes_another_build(tmp_path: Path) -> None:
    package = _package(tmp_path)
    (tmp_path / "pyproject.toml").write_text("", "utf-8")
    before = build(package)
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "judging.pyc").write_bytes(b"made by Python itself")
    assert build(package) == before
    os.utime(package / "engine" / "judging.py", (0, 0))
    assert build(package) != before


def test_the_same_wheel_is_the_same_build_wherever_and_whenever_it_is_installed(tmp_path: Path) -> None:
    package = _package(tmp_path / "a")
    record = tmp_path / "a" / "tenantproof-0.1.0.dist-info" / "RECORD"
    record.parent.mkdir()
    record.write_text("scanner/engine/judging.py,sha256=aaa,17\n../../bin/tenantproof,sha256=bbb,200\n", "utf-8")
    before = build(package)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    os.utime(tmp_path / "b" / "scanner" / "engine" / "judging.py", (0, 0))
    other = tmp_path / "b" / "tenantproof-0.1.0.dist-info" / "RECORD"
    other.write_text(record.read_text("utf-8").replace("bbb", "ccc"), "utf-8")
    assert build(tmp_path / "b" / "scanner") == before
    other.write_text(record.read_text("utf-8").replace("aaa", "ddd"), "utf-8")
    assert build(tmp_path / "b" / "scanner") != before
