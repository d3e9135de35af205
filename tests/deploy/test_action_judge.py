"""Under a pull request the Action lets the base judge: what the change turns off stays on."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.test_pipelines import action_environment, project, run

__all__ = ["project"]
pytestmark = pytest.mark.full

FAULTY = (
    "Resources: {Bad: {Type: AWS::RDS::DBInstance, Properties: {PubliclyAccessible: true, StorageEncrypted: false}}}\n"
)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def base(project: Path) -> str:
    """The commit that the change is made on; the change brings a fault and turns all rules off."""
    (project / ".gitignore").write_text("bin\noutput\nevent.json\ntenantproof.*\n!tenantproof.yaml\n", "utf-8")
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "base")
    commit = git(project, "rev-parse", "HEAD")
    (project / "new.yaml").write_text(FAULTY, "utf-8")
    (project / "tenantproof.yaml").write_text('skip: ["*"]\n', "utf-8")
    git(project, "add", ".")
    git(project, "commit", "-qm", "change")
    (project / "event.json").write_text(json.dumps({"pull_request": {"base": {"sha": commit}}}), "utf-8")
    return commit


def judged(folder: Path, event: str, **given: str) -> tuple[int, dict[str, Any], str]:
    script, environment = action_environment(folder, **given)
    told = {"GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": str(folder / "event.json")}
    done = run(script, folder, **environment, **told)
    report = folder / "tenantproof.json"
    return done.returncode, json.loads(report.read_text("utf-8")) if report.exists() else {}, done.stdout


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target"])
def test_the_base_judges_a_pull_request(project: Path, base: str, event: str) -> None:
    code, report, _ = judged(project, event)
    assert code == 1
    new = {each["rule"] for each in report["findings"] if each.get("state") == "new"}
    assert {"gate-not-loosened", "rds-not-public"} <= new
    known = {each["resource"]["address"] for each in report["findings"] if each.get("state") == "known"}
    assert known and all(each.startswith("app.yaml#") for each in known)


def test_a_baseline_of_the_change_is_left_out(project: Path, base: str) -> None:
    (project / "base.json").write_text('{"schema": "tenantproof-baseline/1", "findings": []}', "utf-8")
    code, _, out = judged(project, "pull_request", baseline="base.json")
    assert code == 1
    assert "::notice::baseline" in out


def test_elsewhere_and_where_it_is_asked_for_the_files_of_the_change_judge(project: Path, base: str) -> None:
    for event, given in (("push", {}), ("pull_request", {"judged-by": "change"})):
        code, report, _ = judged(project, event, **given)
        assert code == 2  # no rule is left
        assert not report["findings"]


def test_a_base_that_cannot_be_read_and_a_judge_that_is_none_stop(project: Path, base: str) -> None:
    event = {"pull_request": {"base": {"sha": "0" * 40}}}
    (project / "event.json").write_text(json.dumps(event), "utf-8")
    code, _, out = judged(project, "pull_request")
    assert code == 2 and "fetch-depth: 0" in out
    code, _, out = judged(project, "pull_request", **{"judged-by": "me"})
    assert code == 2 and "neither base nor change" in out
