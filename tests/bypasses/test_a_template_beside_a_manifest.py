"""A manifest that leads to something harmless hid every template beside it: the folder was read as it said.

Found by writing a `manifest.json` into a folder of templates: one that names a stack, one whose artifacts are of a type
that nobody knows, one of a snapshot without shards. Exit code 0, and no word of what was not read.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scanner.inputs.beside_manifest import templates_beside
from scanner.options import Options
from scanner.scanning import Scan, scan

BAD = {"Resources": {"Bad": {"Type": "AWS::RDS::DBInstance", "Properties": {"StorageEncrypted": False}}}}
GOOD = {"Resources": {"Ok": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": "alias/a"}}}}


def stack(template: str, kind: str = "aws:cloudformation:stack") -> dict[str, Any]:
    return {"type": kind, "environment": "aws://111122223333/eu-west-1", "properties": {"templateFile": template}}


def assembly(**artifacts: object) -> dict[str, object]:
    return {"version": "40.0.0", "artifacts": artifacts}


SNAPSHOT = {"schema": "tenantproof-snapshot/1", "shards": []}


def made(folder: Path, manifest: object, files: dict[str, object], *, tracked: bool = False) -> Scan:
    infra = folder / "infra"
    for name, content in {"manifest.json": manifest, **files}.items():
        (infra / name).parent.mkdir(parents=True, exist_ok=True)
        (infra / name).write_text(json.dumps(content), "utf-8")
    if tracked:
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
        subprocess.run(["git", "-C", str(folder), "add", "-A", "-f", "."], check=True)
    return scan(options=Options(paths=[folder], select=["rds-encrypted", "sns-kms"]))


@pytest.mark.parametrize(
    ("manifest", "files"),
    [
        pytest.param(assembly(S=stack("S.template.json")), {"t.json": BAD}, id="another name than CDK gives"),
        pytest.param(assembly(S=stack("S.template.json")), {"more/t.yaml": BAD}, id="in a folder below"),
        pytest.param(assembly(S=stack("B.template.json", "a:b")), {"B.template.json": BAD}, id="an unknown artifact"),
        pytest.param({**assembly(), "artifacts": {"T": {"type": "cdk:tree"}}}, {"t.yaml": BAD}, id="a tree alone"),
        pytest.param(SNAPSHOT, {"t.yaml": BAD}, id="a snapshot without shards"),
        pytest.param(SNAPSHOT, {"111122223333/t.yaml": BAD}, id="among shards"),
    ],
)
def test_what_no_manifest_leads_to_is_read_and_told(tmp_path: Path, manifest: object, files: dict[str, object]) -> None:
    result = made(tmp_path, manifest, {"S.template.json": GOOD, **files})
    assert result.exit_code == 2
    assert [each["verdict"] for each in result.report["findings"] if each["resource"]["logical_id"] == "Bad"] == [
        "FAIL"
    ]
    assert any("not named by the manifest" in each["message"] for each in result.report["errors"])


def test_a_template_that_git_tracks_was_not_left_behind(tmp_path: Path) -> None:
    files = {"S.template.json": GOOD, "Old.template.json": BAD}
    result = made(tmp_path, assembly(S=stack("S.template.json")), files, tracked=True)
    assert result.exit_code == 2 and any(each["verdict"] == "FAIL" for each in result.report["findings"])


def test_what_cdk_left_behind_or_uploads_is_told_and_no_error(tmp_path: Path) -> None:
    listed = {"files": {"a": {"source": {"path": "product.json", "packaging": "file"}}}}
    files = {"S.template.json": GOOD, "Old.template.json": BAD, "product.json": BAD, "S.assets.json": listed}
    result = made(tmp_path, assembly(S=stack("S.template.json")), files)
    (told,) = result.report["errors"]
    assert told["level"] == "warning" and "Old.template.json and 1 more" in told["message"]
    assert result.exit_code == 0


def test_a_nested_template_is_not_told(tmp_path: Path) -> None:
    digest = "a" * 64
    inner = {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "N.nested.template.json"}}
    inner["Properties"] = {"TemplateURL": f"https://s3.eu-west-1.amazonaws.com/b/{digest}.json"}
    listed = {"files": {digest: {"source": {"path": "N.nested.template.json", "packaging": "file"}}}}
    artifacts = {
        "S": stack("S.template.json"),
        "S.assets": {"type": "cdk:asset-manifest", "properties": {"file": "S.assets.json"}},
    }
    files = {"S.template.json": {"Resources": {"N": inner}}, "N.nested.template.json": BAD, "S.assets.json": listed}
    result = made(tmp_path, {"version": "40.0.0", "artifacts": artifacts}, files)
    assert [each["message"] for each in result.report["errors"]] == []
    assert [each["verdict"] for each in result.report["findings"]] == ["FAIL"]


def test_a_template_behind_many_files_is_found(tmp_path: Path) -> None:
    """Only the first thousand names were looked at, and nobody was told of the rest."""
    many = {f"a/{number:04}.txt": "x" for number in range(1_100)} | {f"b/{number:04}.json": {} for number in range(30)}
    result = made(tmp_path, assembly(S=stack("S.template.json")), {"S.template.json": GOOD, **many, "z/t.yaml": BAD})
    assert [each["verdict"] for each in result.report["findings"] if each["resource"]["logical_id"] == "Bad"] == [
        "FAIL"
    ]


def test_where_not_all_is_looked_at_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.inputs.beside_manifest.MOST_LOOKED_AT", 5)
    many: dict[str, object] = {f"a/{number:04}.json": {} for number in range(6)}
    result = made(tmp_path, assembly(S=stack("S.template.json")), {"S.template.json": GOOD, **many})
    assert result.exit_code == 2
    assert any("not all were looked at" in each["message"] for each in result.report["errors"])


def test_a_template_behind_a_long_text_is_found(tmp_path: Path) -> None:
    """Only its first mebibyte was looked at."""
    long = {"Metadata": {"text": "x" * (2 << 20)}, **BAD}
    result = made(tmp_path, assembly(S=stack("S.template.json")), {"S.template.json": GOOD, "t.json": long})
    assert [each["verdict"] for each in result.report["findings"] if each["resource"]["logical_id"] == "Bad"] == [
        "FAIL"
    ]


@pytest.mark.parametrize("kind", ["file", "folder", "folder of a folder", "chain"])
def test_what_a_link_beside_a_manifest_leads_to_is_read_and_told(tmp_path: Path, kind: str) -> None:
    # By its own name it ends in nothing that is looked into.
    hidden = tmp_path / "notes"
    (hidden / "below").mkdir(parents=True)
    (hidden / "below" / "t.txt").write_text(json.dumps(BAD), "utf-8")
    infra = tmp_path / "infra"
    infra.mkdir()
    (tmp_path / ".git").mkdir()
    if kind == "file":
        (infra / "t.yaml").symlink_to("../notes/below/t.txt")
    elif kind == "chain":
        (tmp_path / "first").symlink_to("notes/below/t.txt")
        (infra / "t.yaml").symlink_to("../first")
    else:
        (hidden / "below" / "t.yaml").symlink_to("t.txt")
        (infra / "more").symlink_to("../notes" if kind == "folder of a folder" else "../notes/below")
    result = made(tmp_path, assembly(S=stack("S.template.json")), {"S.template.json": GOOD})
    assert [each["verdict"] for each in result.report["findings"] if each["resource"]["logical_id"] == "Bad"] == [
        "FAIL"
    ]


def test_links_beside_a_manifest_that_lead_back_or_out_end(tmp_path: Path) -> None:
    infra = tmp_path / "project" / "infra"
    infra.mkdir(parents=True)
    (tmp_path / "project" / ".git").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "t.yaml").write_text(json.dumps(BAD), "utf-8")
    (infra / "self").symlink_to(".")
    (infra / "up").symlink_to("..")
    (infra / "round").symlink_to("round")
    (infra / "out").symlink_to("../../elsewhere")
    (infra / "t.yaml").symlink_to("../../elsewhere/t.yaml")
    result = made(tmp_path / "project", assembly(S=stack("S.template.json")), {"S.template.json": GOOD})
    assert [each["resource"]["logical_id"] for each in result.report["findings"]] == ["Ok"]
    out = {each["path"] for each in result.report["errors"] if "leads out of what is scanned" in each["message"]}
    assert out == {"infra/out", "infra/t.yaml"}


def test_links_that_lead_to_each_others_folders_are_walked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each was a walk of its own over all that is below: 40 links into a chain of folders were 820 folders."""
    deep = tmp_path
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra").mkdir()
    for number in range(40):
        deep /= f"d{number}"
        deep.mkdir()
        (tmp_path / "infra" / f"l{number}").symlink_to(deep)
    walked: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda at: walked.append(os.path.realpath(at)) or scandir(at))
    assert not templates_beside(tmp_path / "infra", set(), stacks=True).templates
    assert len(walked) < 3 * len(set(walked))


def test_a_template_that_is_read_by_its_own_name_is_not_read_again_by_a_link(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra").mkdir()
    (tmp_path / "other.yaml").write_text(json.dumps(BAD), "utf-8")
    (tmp_path / "infra" / "t.yaml").symlink_to("../other.yaml")
    result = made(tmp_path, assembly(S=stack("S.template.json")), {"S.template.json": GOOD})
    bad = [each["resource"]["address"] for each in result.report["findings"] if each["resource"]["logical_id"] == "Bad"]
    assert bad == ["other.yaml#Bad"]
