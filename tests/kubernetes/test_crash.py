"""Whose a namespace is was not found out, and the report says so: nothing of a cluster is passed over in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.scanning import Options, scan


def test_a_failure_to_say_whose_namespaces_are_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("made to fail")

    monkeypatch.setattr("scanner.tenancy.namespaces.mark_tenants", broken)
    (tmp_path / "t.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: t-acme}\n")
    result = scan(options=Options([tmp_path]))
    assert result.exit_code == 3 and result.crashes
    assert any("made to fail" in each["message"] for each in result.report["errors"])
