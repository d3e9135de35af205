"""`tenantproof scan --git REV`: what a revision has is judged, whatever lies in the working tree."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.findings.report_document import ReportDocument
from scanner.inputs import revision as revisions
from scanner.inputs.discovery import LFS_POINTER
from tests.conftest import Requires
from tests.engine.conftest import write_rule

Git = Callable[..., str]
Scanned = Callable[..., ReportDocument]

NESTING = "Resources:\n  Inner: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {}}}}}\n"
TENANCY = """
version: 1
sessions:
  - {{name: vended, roles: ["*App"], session_policy: {policy}, binders: ["*vending"]}}
owned:
  - {{kind: dynamodb-item, table: Orders, key: "T#${{tenant}}#*"}}
"""
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 4\n"


def table(name: str, logical_id: str = "T") -> str:
    return f"Resources:\n  {logical_id}: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: {name}}}}}\n"


@pytest.fixture
def git(tmp_path: Path, requires: Requires, monkeypatch: pytest.MonkeyPatch) -> Git:
    """Runs git in a new repository, where the test is, too; the answer is what git says, without its last line end."""
    program = requires("git")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    root = tmp_path / "clinic"
    root.mkdir()
    monkeypatch.chdir(root)

    def run(*arguments: str, stdin: bytes = b"", cwd: Path = root) -> str:
        settings = ("-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "protocol.file.allow=always")
        command = [program, *settings, *arguments]
        ended = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True, cwd=cwd)
        return ended.stdout.decode().removesuffix("\n")

    run("init", "--quiet", "--initial-branch=main")
    return run


@pytest.fixture
def commit(git: Git) -> Callable[..., str]:
    """Commits these files and no others, and gives the id of the commit."""

    def run(files: Mapping[str, str | bytes]) -> str:
        for name in git("ls-files", "-z").split("\0")[:-1]:
            Path(name).unlink(missing_ok=True)
        for name, content in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
        git("add", "--all")
        git("commit", "--quiet", "--allow-empty", "--message=change")
        return git("rev-parse", "HEAD")

    return run


@pytest.fixture
def scanned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Scanned:
    """Scans with one rule, which every table but `Orders` breaks."""
    rules = write_rule(
        tmp_path / "rules", "- {that: Properties.TableName, is: Orders, message: '{{ Id }} has another name'}"
    )

    def run(*arguments: str) -> ReportDocument:
        own = ("--rules", str(rules), "--select", "own-rule", "--as-of", "2026-01-01", "--format", "json")
        code = main(["scan", *arguments, *own])
        report: ReportDocument = json.loads(capsys.readouterr().out)
        assert report["exit_code"] == code
        assert str(tmp_path) not in json.dumps(report)
        return report

    return run


def verdicts(report: ReportDocument) -> dict[str, str]:
    return {each["resource"]["address"]: each["verdict"] for each in report["findings"]}


def paths(report: ReportDocument) -> list[str]:
    return [str(each["path"]) for each in report["inputs"] if "path" in each]


def errors(report: ReportDocument, level: str = "error") -> list[str]:
    return [f"{each['path']}: {each['message']}" for each in report["errors"] if each["level"] == level]


def hints(report: ReportDocument) -> list[str | None]:
    return [each["hint"] for each in report["errors"]]


HISTORY: tuple[Mapping[str, str | bytes], ...] = (
    {"infra/app.yaml": table("Other"), "README.md": "read me"},
    {"infra/app.yaml": table("Orders"), "infra/more.json": '{"Resources": {"M": {"Type": "AWS::DynamoDB::Table"}}}'},
    {"infra/renamed.yaml": table("Orders"), "main.tf": "", "broken.yaml": "Resources: ["},
    {
        "infra/parent.yaml": NESTING.format("../parts/inner.txt"),
        "parts/inner.txt": table("Other", "Nested"),
        "parts/other.txt": table("Other", "NotNested"),
        "tenancy.yaml": TENANCY.format(policy="policies/tenant.policy"),
        "policies/tenant.policy": POLICY,
    },
    {"infra/app.template": table("Other"), "Größe/übrig.yaml": table("Orders"), "a\nb.yaml": table("Orders")},
)


@pytest.mark.full
def test_each_revision_is_judged_as_its_checkout_is(
    git: Git, commit: Callable[..., str], scanned: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = [commit(files) for files in HISTORY]
    # Nothing of this is committed.
    Path("infra/app.template").unlink()
    Path("infra/new.yaml").write_text(table("Other", "New"), "utf-8")
    Path("tenancy.yaml").write_text("not: a tenancy", "utf-8")
    status = git("status", "--porcelain=v2", "-z")
    told = []
    for number, revision in enumerate(commits):
        of_revision = scanned("--git", revision)
        checkout = tmp_path / str(number) / "clinic"
        git("clone", "--quiet", "--shared", str(Path.cwd()), str(checkout))
        git("checkout", "--quiet", "--detach", revision, cwd=checkout)
        with monkeypatch.context() as inside:
            inside.chdir(checkout)
            of_checkout = scanned()
        assert of_revision["run"]["commit"] == revision == of_checkout["run"]["commit"]
        for report in (of_revision, of_checkout):
            report["generated_at"] = ""
        assert of_revision == of_checkout
        told.append(verdicts(of_revision))
    assert told[0] == {"infra/app.yaml#T": "FAIL"}
    assert told[1]["infra/app.yaml#T"] == "PASS" and len(told[1]) == 2
    assert told[2] == {"infra/renamed.yaml#T": "PASS"}
    assert [name.rpartition("#")[2] for name in told[3]] == ["Inner/Nested"]
    assert sorted(told[4]) == ["Größe/übrig.yaml#T", "a\nb.yaml#T", "infra/app.template#T"]
    assert git("status", "--porcelain=v2", "-z") == status


def test_a_session_policy_and_the_tenancy_are_those_of_the_revision(
    commit: Callable[..., str], scanned: Scanned
) -> None:
    first = commit(
        {"t.yaml": table("Orders"), "tenancy.yaml": TENANCY.format(policy="p/q.policy"), "p/q.policy": POLICY}
    )
    second = commit({"t.yaml": table("Orders"), "tenancy.yaml": TENANCY.format(policy="p/gone.policy")})
    third = commit({"t.yaml": table("Orders")})
    declared = scanned("--git", first)
    assert declared["tenancy"]["source"] == "tenancy.yaml"
    assert declared["summary"]["resources"] == 2  # the table and the policy
    assert declared["exit_code"] == 0
    assert errors(scanned("--git", second)) == ["p/gone.policy: cannot be read: no such file or directory"]
    assert scanned("--git", third)["tenancy"]["source"] != "tenancy.yaml"


def test_paths_are_those_of_the_revision_and_may_be_gone_from_disk(
    commit: Callable[..., str], scanned: Scanned, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit({"old/deep/a.yaml": table("Orders"), "old/b.txt": table("Other"), "app/c.yaml": table("Other")})
    commit({"app/new.yaml": table("Other"), "app/d.yaml": table("Orders")})
    assert list(verdicts(scanned("--git", "HEAD~1", "old"))) == ["old/deep/a.yaml#T"]
    assert list(verdicts(scanned("--git", "HEAD~1", "old/b.txt"))) == ["old/b.txt#T"]
    assert list(verdicts(scanned("--git", "HEAD~1", str(Path("old/deep").absolute())))) == ["old/deep/a.yaml#T"]
    monkeypatch.chdir("app")
    assert list(verdicts(scanned("--git", "HEAD~1"))) == ["app/c.yaml#T"]
    assert list(verdicts(scanned("--git", "HEAD~1", "../old"))) == ["old/deep/a.yaml#T"]
    report = scanned("--git", "HEAD~1", "new.yaml", "c.yaml")
    assert errors(report) == ["app/new.yaml: is not in revision `HEAD~1`"]
    assert report["exit_code"] == 2 and list(verdicts(report)) == ["app/c.yaml#T"]


@pytest.mark.parametrize("revision", ["main", "v1", "HEAD", "HEAD^0", "@", "refs/tags/v1"])
def test_a_revision_is_named_as_git_names_it(
    git: Git, commit: Callable[..., str], scanned: Scanned, revision: str
) -> None:
    only = commit({"t.yaml": table("Orders")})
    git("tag", "--annotate", "--message=first", "v1")
    assert scanned("--git", revision)["run"]["commit"] == only
    assert scanned("--git", only[:9])["run"]["commit"] == only


@pytest.mark.parametrize(
    ("revision", "hint"),
    [
        ("mian", "did you mean `main`?"),
        ("next", "did you mean `origin/next`?"),
        ("0" * 40, "`git fetch` may bring it"),
        ("HEAD:t.yaml", "`git fetch`"),
        ("^HEAD", "`git fetch`"),
        ("HEAD..main", "`git fetch`"),
        ("--all", "`git fetch`"),
        ("-h", "`git fetch`"),
        ("$(touch pwned);`touch pwned`", "`git fetch`"),
        ("", "name a branch, tag or commit"),
    ],
)
def test_what_names_no_commit_is_said_with_the_way_out(
    git: Git, commit: Callable[..., str], scanned: Scanned, revision: str, hint: str
) -> None:
    commit({"t.yaml": table("Orders")})
    git("update-ref", "refs/remotes/origin/next", "HEAD")
    report = scanned(f"--git={revision}")
    assert report["exit_code"] == 2 and report["findings"] == []
    assert len(report["errors"]) == 1
    assert hint in str(report["errors"][0]["hint"])
    assert f"`{revision}` names no commit" in report["errors"][0]["message"] or not revision
    assert not Path("pwned").exists()


def test_a_shallow_clone_says_how_to_fetch_the_rest(
    git: Git, commit: Callable[..., str], scanned: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = commit({"t.yaml": table("Other")})
    commit({"t.yaml": table("Orders")})
    git("clone", "--quiet", "--depth=1", Path.cwd().as_uri(), str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    assert verdicts(scanned("--git", "HEAD")) == {"t.yaml#T": "PASS"}
    for revision in (first, "HEAD~1"):
        report = scanned("--git", revision)
        assert report["exit_code"] == 2
        assert "git fetch --unshallow" in str(hints(report))


def test_outside_a_repository_there_is_no_revision(
    scanned: Scanned, tmp_path: Path, git: Git, commit: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit({"t.yaml": table("Orders")})
    (tmp_path / "else").mkdir()
    Path("copy/.git").mkdir(parents=True)
    (tmp_path / "else/t.yaml").write_text(table("Orders"), "utf-8")
    monkeypatch.chdir(tmp_path / "else")
    report = scanned("--git", "main")
    assert report["exit_code"] == 2
    assert errors(report) == [".: is in no git repository, so there is no revision `main` of it"]
    monkeypatch.chdir(tmp_path / "clinic/copy")
    # What is no repository must not pass for the one around it.
    assert errors(scanned("--git", "main")) == ["--git: git finds no repository here"]


def test_paths_of_two_repositories_are_refused(
    git: Git, commit: Callable[..., str], scanned: Scanned, tmp_path: Path
) -> None:
    commit({"t.yaml": table("Orders")})
    git("clone", "--quiet", str(Path.cwd()), str(tmp_path / "clone"))
    report = scanned("--git", "main", "t.yaml", "../clone/t.yaml")
    assert errors(report) == ["--git: the paths are of more than one git repository"]


def test_worktrees_and_bare_repositories_have_revisions(
    git: Git, commit: Callable[..., str], scanned: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit({"infra/t.yaml": table("Other")})
    commit({"infra/t.yaml": table("Orders")})
    git("worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"))
    git("clone", "--quiet", "--bare", str(Path.cwd()), str(tmp_path / "bare.git"))
    for name in ("tree", "bare.git"):
        monkeypatch.chdir(tmp_path / name)
        assert verdicts(scanned("--git", "HEAD~1", "infra")) == {"infra/t.yaml#T": "FAIL"}


def test_nothing_that_is_configured_runs(
    git: Git, commit: Callable[..., str], scanned: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(
        {
            "t.yaml": table("Other"),
            ".gitattributes": "*.yaml filter=evil diff=evil -text\n",
        }
    )
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho ran >> {tmp_path}/ran\ncat\n", "utf-8")
    program.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "pager.ls-tree",
        "core.sshCommand",
        "core.editor",
        "diff.evil.textconv",
        "filter.evil.smudge",
        "filter.evil.process",
        "alias.ls-tree",
        "credential.helper",
        "core.alternateRefsCommand",
    ):
        git("config", key, f"!{program}" if key.startswith("alias") else str(program))
    (tmp_path / "empty").mkdir()
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE", "GIT_EXEC_PATH"):
        monkeypatch.setenv(name, str(tmp_path / "empty"))
    monkeypatch.setenv("GIT_PAGER", str(program))
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "ran"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'nonsense")
    assert verdicts(scanned("--git", "main")) == {"t.yaml#T": "FAIL"}
    assert not (tmp_path / "ran").exists()


def test_what_a_partial_clone_lacks_is_not_fetched_but_told(
    git: Git, commit: Callable[..., str], scanned: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit({"t.yaml": table("Orders")})
    git("config", "uploadpack.allowFilter", "true")
    there = str(tmp_path / "partial")
    git("clone", "--quiet", "--no-checkout", "--filter=blob:none", Path.cwd().as_uri(), there)
    git("config", "remote.origin.url", f"ext::sh -c 'touch% {tmp_path}/ran'", cwd=Path(there))
    git("config", "protocol.ext.allow", "always", cwd=Path(there))
    monkeypatch.chdir(there)
    report = scanned("--git", "HEAD")
    assert report["exit_code"] == 2
    assert "--filter" in str(hints(report))
    assert not (tmp_path / "ran").exists()


def test_replaced_objects_do_not_stand_for_what_was_committed(
    git: Git, commit: Callable[..., str], scanned: Scanned
) -> None:
    first = commit({"t.yaml": table("Other")})
    second = commit({"t.yaml": table("Orders")})
    git("replace", first, second)
    assert verdicts(scanned("--git", first)) == {"t.yaml#T": "FAIL"}


Tree = list[tuple[str, bytes, str]]


def tree(git: Git, entries: Tree) -> str:
    """A tree with entries that `git add` would refuse: mode, name, object."""
    raw = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(blob) for mode, name, blob in entries)
    return git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)


def commit_of(git: Git, entries: Tree) -> str:
    return git("commit-tree", "-m", "hostile", tree(git, entries))


def blob(git: Git, content: str) -> str:
    return git("hash-object", "-w", "--stdin", stdin=content.encode())


def below(folder: Path) -> set[str]:
    return {str(each.relative_to(folder)) for each in folder.rglob("*")}


@pytest.mark.full
def test_hostile_names_are_refused_and_never_written(
    git: Git, commit: Callable[..., str], scanned: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    commit({"t.yaml": table("Orders")})
    bad, good = blob(git, table("Other")), blob(git, table("Orders"))
    out = blob(git, str(tmp_path))
    up = blob(git, "..")
    escaped = tree(git, [("40000", b"..", tree(git, [("100644", b"escaped.yaml", bad)]))])
    deep = tree(git, [("100644", b"deep.yaml", bad)])
    for _ in range(200):
        deep = tree(git, [("40000", b"d", deep)])
    hostile: Tree = [
        ("40000", b"..", tree(git, [("100644", b"escaped.yaml", bad)])),
        ("40000", b"a", escaped),
        ("100644", f"{tmp_path}/absolute.yaml".encode(), bad),
        ("40000", b".GIT", tree(git, [("100644", b"HEAD", bad), ("100644", b"x.yaml", bad)])),
        ("40000", b".git", tree(git, [("100644", b"HEAD", bad)])),
        ("100644", b"n\xff.yaml", bad),
        ("100644", b"n" * 300 + b".yaml", bad),
        ("40000", b"deep", deep),
        # A link and a folder of one name, whose files must not be written where the link leads.
        ("120000", b"link", out),
        ("40000", b"link", tree(git, [("100644", b"through.yaml", bad)])),
        ("120000", b"up", up),
        ("40000", b"up", tree(git, [("100644", b"through.yaml", bad)])),
        ("120000", b"nul", blob(git, "a\0b")),
        # A file and a folder of one name.
        ("100644", b"file.yaml", good),
        ("40000", b"file.yaml", tree(git, [("100644", b"below.yaml", bad)])),
        ("100644", b"ok.yaml", good),
    ]
    before = below(tmp_path)
    during: set[str] = set()
    read_inputs = revisions.Revision

    def seen(*arguments: object) -> revisions.Revision:
        during.update(below(tmp_path))
        return read_inputs(*arguments)  # type: ignore[arg-type]  # as the module calls it

    monkeypatch.setattr(revisions, "Revision", seen)
    hostile_commit = commit_of(git, hostile)
    before = below(tmp_path)
    report = scanned("--git", hostile_commit)
    assert below(tmp_path) == before
    assert all(name.startswith("private/") for name in during - before)
    written = {name for name in during - before if name.endswith(".yaml")}
    assert {Path(name).name for name in written} == {"ok.yaml", "file.yaml", "through.yaml"}
    assert "ok.yaml#T" in verdicts(report)
    assert report["run"]["commit"] == hostile_commit
    assert report["exit_code"] == 2  # a template that could not be read may be hidden there
    assert [error for error in errors(report) if "not safe to read" in error]


def test_symbolic_links_lead_only_to_the_revision_itself(
    git: Git, commit: Callable[..., str], scanned: Scanned, tmp_path: Path
) -> None:
    (tmp_path / "outside.yaml").write_text(table("Other", "Outside"), "utf-8")
    (tmp_path / "tenancy.yaml").write_text("schema: tenancy/1\n", "utf-8")
    commit({"real/t.yaml": table("Orders"), "real/x.conf": TENANCY.format(policy="real/p"), "real/p": POLICY})
    Path("linked").symlink_to("real")
    Path("out.yaml").symlink_to(tmp_path / "outside.yaml")
    Path("up.yaml").symlink_to("../outside.yaml")
    Path("twice").symlink_to("real/..")
    Path("loop.yaml").symlink_to("loop.yaml")
    Path("tenancy.yaml").symlink_to("real/x.conf")
    git("add", "--all")
    git("commit", "--quiet", "--message=links")
    report = scanned("--git", "HEAD")
    assert [name for name in verdicts(report) if not name.endswith("#session-policy")] == ["real/t.yaml#T"]
    assert report["tenancy"]["source"] == "tenancy.yaml"
    assert [each for each in errors(report, "warning") if "lead out" in each] == [
        "--git: symbolic links of the revision lead out of the repository and are not followed: "
        "`loop.yaml`, `out.yaml`, `up.yaml`"
    ]
    Path("tenancy.yaml").unlink()
    Path("tenancy.yaml").symlink_to("../tenancy.yaml")
    git("commit", "--quiet", "--all", "--message=out")
    # A tenancy that is not to be had is an error, and no reason to judge as if there were none.
    report = scanned("--git", "HEAD")
    assert report["exit_code"] == 2 and report["findings"] == []
    assert errors(report) == ["tenancy.yaml: cannot be read: no such file or directory"]


def test_submodules_and_pointers_of_lfs_are_told(
    git: Git, commit: Callable[..., str], scanned: Scanned, tmp_path: Path
) -> None:
    commit({"t.yaml": table("Orders")})
    git("clone", "--quiet", str(Path.cwd()), str(tmp_path / "other"))
    git("submodule", "--quiet", "add", str(tmp_path / "other"), "vendor/other")
    for number in range(5):
        Path(f"big{number}.json").write_text(POINTER, "utf-8")
    git("add", "--all")
    git("commit", "--quiet", "--message=more")
    report = scanned("--git", "HEAD")
    assert errors(report, "warning") == [
        "--git: submodules are not part of the revision: `vendor/other`",
        *(f"big{number}.json: {LFS_POINTER}" for number in range(5)),
    ]
    assert report["exit_code"] == 0 and list(verdicts(report)) == ["t.yaml#T"]


def test_a_file_that_is_too_large_is_refused_by_its_size(commit: Callable[..., str], scanned: Scanned) -> None:
    large = table("Orders") + "# " + "x" * (17 * 1024 * 1024)
    commit({"large.yaml": large, "t.yaml": table("Orders"), "data.json": " " * len(large)})
    Path("large.yaml").unlink()
    report = scanned("--git", "HEAD")
    assert errors(report) == [
        "large.yaml: the file has 17.8 MB; at most 16 MiB are read, and CloudFormation takes 1 MB"
    ]
    assert list(verdicts(report)) == ["t.yaml#T"]


def test_what_was_asked_for_is_read_before_there_is_too_much(
    commit: Callable[..., str], scanned: Scanned, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = table("Orders")
    commit({"a/t.yaml": orders, "a/u.yaml": orders + " ", "b/t.yaml": orders, "b/c/t.yaml": orders})
    left_out = "--git: files of the revision are left out: more than 0 MiB are not read: "
    monkeypatch.setattr(revisions, "MOST_BYTES", 2 * len(orders))
    report = scanned("--git", "HEAD", "b")
    assert verdicts(report) == {"b/c/t.yaml#T": "PASS", "b/t.yaml#T": "PASS"}
    assert errors(report, "warning") == [left_out + "`a/t.yaml`, `a/u.yaml`"]
    assert report["exit_code"] == 0
    report = scanned("--git", "HEAD", "a", "b")
    assert errors(report) == [left_out + "`a/u.yaml`, `b/t.yaml`"]
    assert report["exit_code"] == 2
    monkeypatch.setattr(revisions, "MOST_FILES", 1)
    report = scanned("--git", "HEAD", "b")
    assert errors(report) == ["--git: the revision has more than 1 files"] and report["findings"] == []


def test_a_tenancy_that_this_clone_lacks_is_an_error(git: Git, commit: Callable[..., str], scanned: Scanned) -> None:
    commit({"infra/a/t.yaml": table("Orders"), "infra/tenancy.yaml": TENANCY.format(policy="p")})
    missing = git("rev-parse", "HEAD:infra/tenancy.yaml")
    (Path(".git/objects") / missing[:2] / missing[2:]).unlink()
    report = scanned("--git", "HEAD", "infra/a")
    assert report["exit_code"] == 2
    assert errors(report) == ["--git: files of the revision are not in this clone: `infra/tenancy.yaml`"]


def test_a_path_that_no_file_can_have_is_an_error(commit: Callable[..., str], scanned: Scanned) -> None:
    commit({"t.yaml": table("Orders")})
    for of in ((), ("--git", "HEAD")):
        report = scanned(*of, "x" * 300)
        assert report["exit_code"] == 2 and len(errors(report)) == 1


def test_a_tree_that_is_not_there_is_an_error(git: Git, commit: Callable[..., str], scanned: Scanned) -> None:
    commit({"a/t.yaml": table("Orders")})
    missing = git("rev-parse", "HEAD:a")
    (Path(".git/objects") / missing[:2] / missing[2:]).unlink()
    report = scanned("--git", "HEAD")
    assert report["exit_code"] == 2 and report["findings"] == []
    assert errors(report)[0].startswith("--git: git cannot read the revision: ")


def test_nothing_is_left_behind(
    commit: Callable[..., str], scanned: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    commit({"t.yaml": table("Orders"), "broken.yaml": "Resources: ["})
    scanned("--git", "HEAD")
    scanned("--git", "HEAD", "no.yaml")
    assert list(private.iterdir()) == []


def test_git_is_asked_for_where_it_is_missing(
    commit: Callable[..., str], scanned: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit({"t.yaml": table("Orders")})
    program = Path("git")
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", "utf-8")
    program.chmod(0o755)
    for value in (str(tmp_path), "."):
        monkeypatch.setenv("PATH", value)
        assert errors(scanned("--git", "HEAD")) == ["--git: this needs git, which is not installed"]
    assert not (tmp_path / "ran").exists()


def test_what_no_scan_reads_is_counted_and_not_laid_out(
    commit: Callable[..., str], scanned: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(
        {
            "t.yaml": table("Orders"),
            "src/a.ts": "a",
            "src/b.ts": "b",
            "node_modules/x/index.js": "x",
            "other/c.ts": "c",
            "other/data.json": "{}",
            "main.tf": "",
        }
    )
    laid_out: set[str] = set()
    opened = revisions.Revision

    def seen(*arguments: object) -> revisions.Revision:
        made = opened(*arguments)  # type: ignore[arg-type]  # as the module calls it
        laid_out.update(name for name in below(made.paths[0]) if not name.startswith(".git"))
        return made

    monkeypatch.setattr(revisions, "Revision", seen)
    of_revision = scanned("--git", "HEAD")["inputs"]
    assert laid_out == {"t.yaml", "main.tf", "other", "other/data.json"}
    assert of_revision == scanned()["inputs"]
    assert of_revision[-1] == {"kind": "ignored", "count": 5}


def test_an_assembly_is_read_with_the_source_lines_of_the_revision(
    commit: Callable[..., str], scanned: Scanned
) -> None:
    trace = ["new Orders (/somewhere/else/clinic/lib/orders.ts:7:3)"]
    manifest = {
        "version": "36.0.0",
        "artifacts": {
            "App": {
                "type": "aws:cloudformation:stack",
                "environment": "aws://111122223333/us-east-1",
                "properties": {"templateFile": "App.template.json"},
                "metadata": {
                    "/App/T": [
                        {"type": "aws:cdk:logicalId", "data": "T"},
                        {"type": "aws:cdk:creationStack", "data": trace},
                    ]
                },
            }
        },
    }
    template = {"Resources": {"T": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "Other"}}}}
    commit(
        {
            "cdk.out/manifest.json": json.dumps(manifest),
            "cdk.out/cdk.out": '{"version": "36.0.0"}',
            "cdk.out/App.template.json": json.dumps(template),
            "lib/orders.ts": "source",
        }
    )
    of_checkout = scanned()
    Path("lib/orders.ts").unlink()
    Path("cdk.out/manifest.json").unlink()
    of_revision = scanned("--git", "HEAD")
    for report in (of_checkout, of_revision):
        report["generated_at"] = ""
    assert of_revision == of_checkout
    assert '"lib/orders.ts"' in json.dumps(of_revision["findings"])
