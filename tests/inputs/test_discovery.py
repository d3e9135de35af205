from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from scanner.inputs.discovery import Discovery, discover
from scanner.text.reading import MAX_BYTES
from tests.case_names import case_name
from tests.conftest import Requires

TEMPLATE = "Resources:\n  B: {Type: AWS::S3::Bucket}\n"
MANIFEST = json.dumps({"version": "36.0.0", "artifacts": {}})


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def look(root: Path, *names: str, exclude: tuple[str, ...] = ()) -> Discovery:
    return discover([root / name for name in names] or [root], exclude=exclude, cwd=root)


def shown(discovery: Discovery) -> list[str]:
    return [found.shown for found in discovery.found]


def said(discovery: Discovery) -> list[tuple[str, str]]:
    return [(problem.path, problem.level) for problem in discovery.problems]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.yaml", TEMPLATE),
        ("t.YML", TEMPLATE),
        ("t.cfn", TEMPLATE),
        ("t.template", '{"Parameters": {"Resources": 1}, "Resources": {}}'),
        ("t.template.json", '{"AWSTemplateFormatVersion":"2010-09-09"}'),
        ("t.yaml", "# c\r\n---\r\n'Resources' :\r\n  B:\r\n"),
        ("t.yaml", '"AWSTemplateFormatVersion": "2010-09-09"'),
        ("t.yaml", "{Description: x, Resources: {B: {Type: T}}}"),
        ("t.yaml", "  Description: x\n  Resources:\n    B: {}\n"),
        ("t.yaml", b"\xef\xbb\xbf" + TEMPLATE.encode()),
        ("t.yaml", b"\xff\xfe" + TEMPLATE.encode("utf-16-le")),
        ("t.yaml", b"\xfe\xff" + TEMPLATE.encode("utf-16-be")),
        ("t.json", b"\xff\xfe" + '{"Resources": {}}'.encode("utf-16-le")),
        ("t.yaml", "# comment\n" * 50_000 + TEMPLATE),
        ("broken.yaml", TEMPLATE + " bad: [\n"),
        ("broken.json", '{"Resources": {'),
        ("broken.yaml", TEMPLATE.encode() + b"\0"),
        ("broken.yaml", TEMPLATE.encode("utf-16-le")),
    ],
)
def test_a_file_with_a_top_level_section_is_a_template(tree: Path, name: str, content: str | bytes) -> None:
    write(tree, {name: content})
    discovery = look(tree)
    assert [(found.shown, found.kind, found.named) for found in discovery.found] == [(name, "template", False)]
    assert discovery.found[0].path == tree / name
    assert (discovery.ignored, discovery.problems) == (0, ())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.yaml", "resources:\n  Resources:\n    B: {}\n"),
        ("t.yaml", "# Resources:\na: 1\n"),
        ("t.yaml", "text: the Resources: are many\n"),
        ("t.yaml", "Resources:B\n"),
        ("t.yaml", ""),
        ("t.json", '{"a": {"Resources": {}}, "b": "Resources"}'),
        ("t.json", '[{"Resources": {}}]'),
        ("t.json", '{"a": "\\"Resources\\": {}"}'),
        ("t.txt", TEMPLATE),
        ("t.md", TEMPLATE),
        ("Resources", TEMPLATE),
    ],
)
def test_anything_else_is_ignored_and_counted(tree: Path, name: str, content: str) -> None:
    write(tree, {name: content})
    discovery = look(tree)
    assert (discovery.found, discovery.ignored, discovery.problems) == ((), 1, ())


def test_paths_are_shown_relative_to_the_repository(tree: Path) -> None:
    write(tree, {".git/HEAD": "", "infra/deep/t.yaml": TEMPLATE})
    assert shown(look(tree, "infra")) == ["infra/deep/t.yaml"]
    assert shown(look(tree, "infra/deep/t.yaml")) == ["infra/deep/t.yaml"]


def test_without_a_repository_paths_are_shown_relative_to_what_was_asked_for(tree: Path) -> None:
    write(tree, {"infra/deep/t.yaml": TEMPLATE})
    assert shown(look(tree, "infra")) == ["deep/t.yaml"]
    assert shown(look(tree, "infra/deep/t.yaml")) == ["infra/deep/t.yaml"]
    assert shown(discover([tree / "infra/deep/t.yaml"], cwd=tree / "elsewhere")) == ["t.yaml"]
    assert shown(discover([Path("infra/../infra/deep/t.yaml")], cwd=tree)) == ["infra/deep/t.yaml"]


def test_without_a_repository_the_folder_of_the_configuration_counts(tree: Path) -> None:
    write(tree, {"tenantproof.yaml": "fail_on: high\n", "infra/deep/t.yaml": TEMPLATE})
    for name in (".", "infra", "infra/deep", "infra/deep/t.yaml"):
        assert [each for each in shown(look(tree, name)) if each != "tenantproof.yaml"] == ["infra/deep/t.yaml"]


def test_files_of_two_roots_are_told_apart(tree: Path) -> None:
    write(tree, {"one/infra/t.yaml": TEMPLATE, "two/infra/t.yaml": TEMPLATE, "two/infra/u.yaml": TEMPLATE})
    assert shown(look(tree, "one/infra", "two/infra")) == ["one/infra/t.yaml", "two/infra/t.yaml", "u.yaml"]


def test_the_order_is_sorted_and_independent_of_the_order_asked_for(tree: Path) -> None:
    write(tree, {".git/HEAD": "", **{f"{name}/t.yaml": TEMPLATE for name in "bca"}})
    assert shown(look(tree, "c", "a", "b")) == shown(look(tree)) == ["a/t.yaml", "b/t.yaml", "c/t.yaml"]


def test_what_is_reached_twice_is_found_once_and_remembers_that_it_was_named(tree: Path) -> None:
    write(tree, {".git/HEAD": "", "a/t.yaml": TEMPLATE, "a/t.txt": TEMPLATE, "a/u.yaml": TEMPLATE})
    discovery = look(tree, ".", "a", "a/t.yaml", "a/t.txt")
    assert [(found.shown, found.named) for found in discovery.found] == [
        ("a/t.txt", True),
        ("a/t.yaml", True),
        ("a/u.yaml", False),
    ]
    assert discovery.ignored == 0


def test_a_named_file_of_any_extension_is_read(tree: Path) -> None:
    write(tree, {"stack.txt": TEMPLATE})
    assert [(found.shown, found.named) for found in look(tree, "stack.txt").found] == [("stack.txt", True)]


def test_a_named_file_that_is_no_template_is_an_error(tree: Path) -> None:
    write(tree, {"values.yaml": "a: 1\n"})
    discovery = look(tree, "values.yaml")
    assert said(discovery) == [("values.yaml", "error")]
    assert "no template" in discovery.problems[0].message


@pytest.mark.parametrize("name", ["missing.yaml", "missing/folder", "file.yaml/below", "nul\0.yaml", "n" * 300])
def test_a_named_path_that_cannot_be_looked_at_is_an_error(tree: Path, name: str) -> None:
    write(tree, {"file.yaml": TEMPLATE})
    discovery = look(tree, name)
    assert said(discovery) == [(name, "error")]
    assert not discovery.found


def test_terraform_is_said_to_be_out_of_scope(tree: Path) -> None:
    write(
        tree,
        {"tf/main.tf": "", "tf/modules/x.tf.json": '{"Resources": {}}', "both/main.tf": "", "both/t.yaml": TEMPLATE},
    )
    assert said(look(tree, "tf/main.tf")) == [("tf/main.tf", "error")]
    folder = look(tree, "tf")
    assert said(folder) == [("main.tf", "warning")]
    assert "Terraform" in folder.problems[0].message
    assert folder.ignored == 2
    assert look(tree, "both").problems == ()


NAMING = '{"version": "36.0.0", "artifacts": {"Stack": {"type": "aws:cloudformation:stack"}}}'


@pytest.mark.parametrize(
    "files",
    [
        {"out/manifest.json": NAMING},
        {"out/manifest.json": NAMING, "out/cdk.out": '{"version": "1"}'},
        {"out/manifest.json": '{"version": "1", "artifacts": {', "out/x.json": ""},
        {"out/manifest.json": "{", "out/cdk.out": ""},
    ],
)
def test_an_assembly_is_found_as_a_whole(tree: Path, files: dict[str, str]) -> None:
    write(tree, {**files, "out/Stack.template.json": '{"Resources": {}}'})
    discovery = look(tree)
    assert [(found.shown, found.kind) for found in discovery.found] == [("out", "assembly")]
    assert discovery.found[0].path == tree / "out"


def test_an_assembly_can_be_named_and_so_can_its_manifest(tree: Path) -> None:
    write(tree, {"cdk.out/manifest.json": MANIFEST})
    for name in ("cdk.out", "cdk.out/manifest.json"):
        (found,) = look(tree, name).found
        assert (found.path, found.shown, found.kind, found.named) == (tree / "cdk.out", "cdk.out", "assembly", True)


def test_a_snapshot_is_found_as_a_whole(tree: Path) -> None:
    write(tree, {"s/manifest.json": '{"schema": "tenantproof-snapshot/1", "shards": []}', "s/t.yaml": TEMPLATE})
    assert [(found.shown, found.kind) for found in look(tree).found] == [("s", "snapshot")]


def test_a_manifest_of_something_else_does_not_hide_the_templates_beside_it(tree: Path) -> None:
    write(tree, {"manifest.json": '{"name": "web app", "version": "1"}', "t.yaml": TEMPLATE})
    assert shown(look(tree)) == ["t.yaml"]


def test_a_cdk_app_that_is_not_synthesized_is_told_so(tree: Path) -> None:
    write(tree, {"a/cdk.json": "{}", "b/cdk.json": '{"output": "dist"}', "c/cdk.json": "{}", "d/cdk.json": "{broken"})
    write(tree, {"b/dist/manifest.json": MANIFEST, "c/cdk.out/manifest.json": MANIFEST})
    discovery = look(tree)
    assert said(discovery) == [("a/cdk.json", "warning"), ("d/cdk.json", "warning")]
    assert discovery.problems[0].hint == "run `cdk synth` first"


@pytest.mark.parametrize(
    "name", [".git", "node_modules", ".venv", "venv", ".aws-sam", "asset.1a2b", "__pycache__", ".tox", ".mypy_cache"]
)
def test_folders_of_tools_are_not_entered_unless_named(tree: Path, name: str) -> None:
    write(tree, {f"{name}/build/t.yaml": TEMPLATE, "t.yaml": TEMPLATE})
    assert shown(look(tree)) == ["t.yaml"]
    assert len(look(tree, f"{name}/build").found) == 1


def test_a_virtual_environment_of_any_name_is_not_entered(tree: Path) -> None:
    write(tree, {"env-3.11/pyvenv.cfg": "", "env-3.11/lib/t.yaml": TEMPLATE})
    assert look(tree).found == ()


@pytest.mark.parametrize(
    ("glob", "left"),
    [
        ("tests", ["a/b/u.yaml", "t.yaml"]),
        ("tests/", ["a/b/u.yaml", "t.yaml"]),
        ("a/b", ["a/tests/u.yaml", "t.yaml"]),
        ("./a/b/*", ["a/tests/u.yaml", "t.yaml"]),
        ("**/u.yaml", ["t.yaml"]),
        ("**/t.yaml", ["a/b/u.yaml", "a/tests/u.yaml"]),
        ("*.yaml", []),
        ("[", ["a/b/u.yaml", "a/tests/u.yaml", "t.yaml"]),
    ],
    ids=case_name,
)
def test_what_is_excluded_is_not_found(tree: Path, glob: str, left: list[str]) -> None:
    write(tree, {"t.yaml": TEMPLATE, "a/b/u.yaml": TEMPLATE, "a/tests/u.yaml": TEMPLATE})
    assert shown(look(tree, exclude=(glob,))) == left


def test_a_named_file_is_read_even_if_it_is_excluded(tree: Path) -> None:
    write(tree, {"t.yaml": TEMPLATE})
    assert shown(look(tree, "t.yaml", exclude=("*",))) == ["t.yaml"]


def test_symbolic_links_never_loop(tree: Path) -> None:
    write(tree, {"a/t.yaml": TEMPLATE})
    (tree / "a/up").symlink_to(tree)
    (tree / "a/self.yaml").symlink_to("self.yaml")
    (tree / "a/again").symlink_to(tree / "a")
    (tree / "0.yaml").symlink_to(tree / "a/t.yaml")
    discovery = look(tree)
    assert shown(discovery) == ["a/t.yaml"]
    assert said(discovery) == [("a/self.yaml", "warning")]


def test_a_link_within_the_repository_is_followed_once(tree: Path) -> None:
    write(tree, {".git/HEAD": "", "shared/t.yaml": TEMPLATE, "app/u.yaml": TEMPLATE})
    (tree / "app/x").symlink_to("../shared")
    (tree / "app/y").symlink_to("../shared")
    (tree / "app/up").symlink_to("..")
    assert shown(look(tree, "app")) == ["app/u.yaml", "app/x/t.yaml"]
    assert shown(look(tree)) == ["app/u.yaml", "shared/t.yaml"]


def test_a_link_out_of_the_repository_is_told_and_not_followed(tree: Path) -> None:
    write(tree, {".git/HEAD": "", "t.yaml": TEMPLATE})
    write(tree.parent, {"outside/secret.yaml": TEMPLATE})
    (tree / "out").symlink_to("../outside")
    (tree / "out.yaml").symlink_to("../outside/secret.yaml")
    (tree / "out.txt").symlink_to("../outside/secret.yaml")
    discovery = look(tree)
    assert shown(discovery) == ["t.yaml"]
    assert said(discovery) == [("out", "warning"), ("out.yaml", "warning")]


def test_a_link_is_no_way_into_folders_of_tools(tree: Path) -> None:
    write(tree, {".git/x/t.yaml": TEMPLATE})
    (tree / "x").symlink_to(".git/x")
    assert look(tree).found == ()


def test_a_named_link_is_followed_wherever_it_leads(tree: Path) -> None:
    write(tree.parent, {"outside/t.yaml": TEMPLATE})
    (tree / "link").symlink_to("../outside")
    (tree / "link.yaml").symlink_to("../outside/t.yaml")
    assert shown(look(tree, "link")) == ["t.yaml"]
    assert shown(look(tree, "link.yaml")) == ["link.yaml"]


def test_pipes_and_sockets_are_never_opened(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tree / "pipe.yaml")
    (tree / "link.yaml").symlink_to("pipe.yaml")
    monkeypatch.chdir(tree)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.yaml")
        discovery = look(tree)
        assert (discovery.found, discovery.ignored, discovery.problems) == ((), 2, ())
        assert said(look(tree, "pipe.yaml")) == [("pipe.yaml", "error")]
        assert said(look(tree, "socket.yaml")) == [("socket.yaml", "error")]


def test_a_pipe_for_a_manifest_is_never_opened(tree: Path) -> None:
    write(tree, {"a/t.yaml": TEMPLATE})
    os.mkfifo(tree / "a/manifest.json")
    assert shown(look(tree)) == ["a/t.yaml"]


def test_what_may_not_be_read_is_an_error(tree: Path) -> None:
    (tree / "probe").touch(mode=0)
    if os.access(tree / "probe", os.R_OK):
        pytest.skip("this user may read everything; run the tests as an ordinary one")
    write(tree, {"closed/t.yaml": TEMPLATE, "t.yaml": TEMPLATE, "u.yaml": TEMPLATE, "notes.txt": ""})
    for name, mode in (("closed", 0), ("t.yaml", 0), ("notes.txt", 0)):
        (tree / name).chmod(mode)
    try:
        discovery = look(tree)
        named = look(tree, "t.yaml")
        below = look(tree, "closed/t.yaml")
    finally:
        (tree / "closed").chmod(0o700)
    assert shown(discovery) == ["u.yaml"]
    assert said(discovery) == [("closed", "error"), ("t.yaml", "error")]
    assert all("permission denied" in problem.message for problem in discovery.problems)
    assert said(named) == [("t.yaml", "error")]
    assert "permission denied" in named.problems[0].message
    assert "permission denied" in below.problems[0].message


def test_a_template_that_is_too_large_is_an_error_and_another_large_file_is_not(tree: Path) -> None:
    filling = b"#" * MAX_BYTES
    write(tree, {"t.yaml": TEMPLATE.encode() + filling, "data.json": b"[" + filling})
    discovery = look(tree)
    assert said(discovery) == [("t.yaml", "error")]
    assert "16.8 MB" in discovery.problems[0].message
    assert discovery.found == ()
    assert said(look(tree, "t.yaml")) == [("t.yaml", "error")]


@pytest.mark.skipif(os.name != "posix", reason="names that are no text exist on POSIX systems only")
def test_names_that_are_no_text_are_kept(tree: Path) -> None:
    name = os.fsdecode(b"caf\xe9.yaml")
    try:
        write(tree, {name: TEMPLATE, "new\nline\x1b[31m.yaml": TEMPLATE})
    except OSError:
        pytest.skip("this file system takes only names that are text")
    assert shown(look(tree)) == [name, "new\nline\x1b[31m.yaml"]
    assert shown(look(tree, name)) == [name]


def test_hostile_json_is_told_apart_in_no_time(tree: Path) -> None:
    write(
        tree,
        {
            "deep.json": '{"a":' * 500_000 + '"Resources":',
            "quotes.json": '{"Resources "' + '\\"' * 1_000_000,
            "manifest.json": "[" * 1_000_000,
            "cdk.json": "[" * 1_000_000,
            "spaces.json": '{"Resources"' + " " * 2_000_000,
            "indents.yaml": " " * 2_000_000 + "Resources",
        },
    )
    started = time.perf_counter()
    assert look(tree).found == ()
    assert time.perf_counter() - started < 3


def test_a_thousand_templates_are_found_in_an_instant(tree: Path) -> None:
    body = TEMPLATE + "  # filling\n" * 500
    write(tree, {f"d{number % 20}/t{number}.yaml": body for number in range(1000)})
    look(tree)
    started = time.process_time()
    discovery = look(tree)
    assert len(discovery.found) == 1000
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("pyvenv.cfg", "", "is no environment of Python"),
        ("manifest.json", '{"version":"36.0.0","artifacts":{}}', "names nothing, and there are templates beside it"),
        ("manifest.json", '{"schema":"tenantproof-snapshot/1"}', "has no `shards`, and there are templates beside it"),
    ],
)
def test_a_file_that_pretends_hides_no_templates(tree: Path, name: str, text: str, said: str) -> None:
    folder = tree / "infra"
    folder.mkdir()
    (folder / "t.yaml").write_text("Resources: {A: {Type: AWS::SNS::Topic}}\n", "utf-8")
    (folder / name).write_text(text, "utf-8")
    found = look(tree)
    assert [each.shown.rpartition("/")[2] for each in found.found] == ["t.yaml"]
    assert [each.level for each in found.problems if said in each.message] == ["error"]


def test_what_git_tracks_and_is_left_out_is_told(tmp_path: Path, requires: Requires) -> None:
    git = requires("git")
    project = tmp_path / "project"
    (project / "node_modules" / "pkg").mkdir(parents=True)
    (project / "node_modules" / "pkg" / "t.yaml").write_text("Resources: {A: {Type: AWS::SNS::Topic}}\n", "utf-8")
    for arguments in (["init", "--quiet"], ["add", "--all", "--force"]):
        subprocess.run([git, "-C", str(project), *arguments], check=True, capture_output=True)
    (problem,) = look(project).problems
    assert (problem.level, problem.path) == ("warning", "node_modules")
    assert problem.message.endswith("may be templates: node_modules/pkg/t.yaml")


def test_that_git_cannot_be_asked_is_told_where_something_was_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "app.yaml").write_text("Resources: {A: {Type: AWS::SQS::Queue}}\n", "utf-8")
    (tmp_path / "app.yaml").write_text("Resources: {A: {Type: AWS::SQS::Queue}}\n", "utf-8")
    monkeypatch.setenv("PATH", "")
    (told,) = discover([tmp_path], cwd=tmp_path).problems
    assert told.level == "warning" and "whether git tracks templates" in told.message
