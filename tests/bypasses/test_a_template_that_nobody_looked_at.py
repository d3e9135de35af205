"""Templates behind names and places that a walk leaves out, or that are not on disk, were read by nobody and not told.

`packaged.yaml` was taken for `package.json`, links led into `node_modules`, folders of tools within an assembly were
never asked about, submodules and what a sparse checkout or Git LFS keeps elsewhere were not there. A template that
begins with 64 KB of what AWS Config or Kubernetes write was taken for that, and one that a stack of CDK nests as an
asset in YAML was not found.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from scanner.inputs.discovery import Discovery, discover
from scanner.scanning import scan
from tests.conftest import Requires

BODY = {"Bad": {"Type": "AWS::RDS::DBInstance", "Properties": {"StorageEncrypted": False}}}
TEMPLATE = json.dumps({"Resources": BODY})
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 1234\n"
MANIFEST = json.dumps(
    {"version": "48.0.0", "artifacts": {"S": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "S"}}}}
)
Git = Callable[..., None]


@pytest.fixture
def git(tmp_path: Path, requires: Requires, monkeypatch: pytest.MonkeyPatch) -> Git:
    program = requires("git")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")

    def run(*arguments: str) -> None:
        told = ("-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "protocol.file.allow=always")
        subprocess.run([program, *told, *arguments], check=True, capture_output=True)

    run("init", "--quiet")
    return run


def write(files: Mapping[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, "utf-8")


def look(start: str = ".") -> Discovery:
    return discover([Path(start)], cwd=Path.cwd())


def warned(start: str = ".") -> list[tuple[str, str]]:
    return [(each.path, each.message) for each in look(start).problems if each.level == "warning"]


@pytest.mark.parametrize(
    "name",
    [
        ".aws-sam/packaged.yaml",
        "node_modules/packages/t.json",
        "out/node_modules/t.json",
        "out/asset.1/t.json",
    ],
)
def test_what_git_tracks_is_told_whatever_it_is_called(name: str, git: Git) -> None:
    others = {f"node_modules/p{number}/package.json": "{}" for number in range(3)}
    write({name: TEMPLATE, "t.json": TEMPLATE, "out/manifest.json": MANIFEST, **others})
    git("add", "--all", "--force")
    assert any(message.endswith(f"may be templates: {name}") for _, message in warned())
    git("rm", "--quiet", "--cached", name)
    assert warned() == []


def test_a_template_behind_many_other_files_is_told(git: Git) -> None:
    write({f"node_modules/p{number:04}/package.json": "{}" for number in range(1100)})
    write({"node_modules/z/t.json": TEMPLATE, **{f"asset.{number:04}/x.txt": "" for number in range(1100)}})
    git("add", "--all", "--force")
    assert [message.rpartition(": ")[2] for _, message in warned()] == ["node_modules/z/t.json"]


@pytest.mark.parametrize("link", ["infra/stacks", "infra/asset.x", "infra/node_modules"])
@pytest.mark.parametrize("target", ["node_modules/pkg", "shared"])
def test_a_link_that_is_not_followed_is_told(link: str, target: str, git: Git) -> None:
    write({f"{target}/t.json": TEMPLATE, "infra/a.json": TEMPLATE, ".gitignore": "node_modules\n"})
    Path(link).symlink_to(f"../{target}")
    git("add", "--all")
    if (link, target) == ("infra/stacks", "shared"):
        assert len(look("infra").found) == 2
    else:
        assert (link, "the symbolic link leads into a folder that is not entered") in warned("infra")


def test_a_pointer_of_lfs_is_told_and_where_it_is_named_an_error(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(POINTER, "utf-8")
    (tmp_path / "notes.txt").write_text(POINTER, "utf-8")
    for path, level in ((tmp_path, "warning"), (tmp_path / "t.yaml", "error")):
        (told,) = discover([path], cwd=tmp_path).problems
        assert (told.level, told.path) == (level, "t.yaml") and "Git LFS" in told.message


def test_a_submodule_that_is_not_there_is_told(tmp_path: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    git("init", "--quiet")
    write({"t.json": TEMPLATE})
    git("add", "--all")
    git("commit", "--quiet", "--message=t")
    monkeypatch.chdir(tmp_path / "project")
    write({"app/t.json": TEMPLATE})
    git("submodule", "--quiet", "add", str(tmp_path / "other"), "infra/stacks")
    assert warned() == [] and len(look().found) == 2
    git("submodule", "--quiet", "deinit", "--force", "infra/stacks")
    said = ("infra/stacks", "the submodule is not checked out, and nothing of it is read")
    assert warned() == warned("infra") == warned("infra/stacks") == [said]
    assert warned("app") == []


def test_what_a_sparse_checkout_leaves_out_is_told(git: Git) -> None:
    write({"a.json": TEMPLATE, "infra/t.json": TEMPLATE, "infra/notes.txt": ""})
    git("add", "--all")
    git("commit", "--quiet", "--message=t")
    git("sparse-checkout", "set", "--no-cone", "/a.json")
    assert warned() == [("infra/t.json", "the sparse checkout leaves out what may be a template")]
    git("sparse-checkout", "disable")
    assert warned() == []


@pytest.mark.parametrize(
    "before",
    [
        json.dumps(
            {"Metadata": {"configurationItems": "x", "fileVersion": "1", "pad": "x" * 70_000}, "Resources": BODY}
        ),
        "apiVersion: v1\nkind: List\n" + "# pad\n" * 15_000 + f"Resources: {json.dumps(BODY)}\n",
        "\ufeff\ufeff" + f"Resources: {json.dumps(BODY)}\n",
    ],
    ids=["AWS Config", "Kubernetes", "two marks"],
)
def test_a_template_is_one_whatever_it_begins_with(tmp_path: Path, before: str) -> None:
    path = tmp_path / ("t.json" if before.startswith("{") else "t.yaml")
    path.write_text(before, "utf-8")
    assert [each.kind for each in discover([tmp_path], cwd=tmp_path).found] == ["template"]
    assert any(each["resource"]["logical_id"] == "Bad" for each in scan(tmp_path).report["findings"])


@pytest.mark.parametrize("ending", [".json", ".yaml", ".yml", ".template", ""])
def test_a_nested_stack_of_cdk_is_read_whatever_its_asset_ends_in(tmp_path: Path, ending: str) -> None:
    digest = "ab" * 32
    address = {"Fn::Sub": f"https://s3.${{AWS::Region}}.${{AWS::URLSuffix}}/cdk-assets/{digest}{ending}"}
    stack = {"N": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": address}}}
    assets = {
        digest: {"source": {"path": f"asset.{digest}{ending}", "packaging": "file"}},
        "cd" * 32: {"source": {"path": "../elsewhere.zip", "packaging": "file"}},
    }
    artifacts = {
        "S.assets": {"type": "cdk:asset-manifest", "properties": {"file": "S.assets.json"}},
        "S": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "S.template.json"}},
    }
    files = {
        "manifest.json": json.dumps({"version": "48.0.0", "artifacts": artifacts}),
        "S.template.json": json.dumps({"Resources": stack}),
        "S.assets.json": json.dumps({"version": "48.0.0", "files": assets}),
        f"asset.{digest}{ending}": TEMPLATE if ending == ".json" else f"Resources: {json.dumps(BODY)}\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    report = scan(tmp_path).report
    assert report["errors"] == []
    assert any(each["resource"]["logical_id"] == "Bad" for each in report["findings"])
