"""The plugin inside a real `app.synth()`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Requires

pytestmark = pytest.mark.full

APP = """
import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from scanner.cdk import TenantproofPlugin

app = cdk.App()
plugin = TenantproofPlugin(report="report.json")
if hasattr(cdk, "Validations"):
    cdk.Validations.of(app).add_plugins(plugin)
else:
    app = cdk.App(policy_validation_beta1=[plugin])
stack = cdk.Stack(app, "One")
nested = cdk.NestedStack(stack, "Nested")
open_ = s3.BlockPublicAccess(
    block_public_acls=False, block_public_policy=False, ignore_public_acls=False, restrict_public_buckets=False
)
s3.Bucket(nested, "Public", block_public_access=open_, enforce_ssl=True)
stage = cdk.Stage(app, "Prod")
s3.Bucket(cdk.Stack(stage, "Two"), "Plain", enforce_ssl=True)
app.synth()
print("synthesized")
"""


@pytest.fixture
def project(tmp_path: Path, requires: Requires) -> Path:
    requires("node")
    pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install 'tenantproof[cdk]'")
    (tmp_path / "app.py").write_text(APP, "utf-8")
    return tmp_path


def synthesize(project: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "CDK_OUTDIR": str(project / "cdk.out"),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    }
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_synthesis_fails_on_what_a_scan_fails_on_nested_stacks_included(project: Path) -> None:
    done = synthesize(project)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "synthesized" not in said
    assert "s3-bucket-public-block" in said
    assert "One/Nested/Public" in said  # the CDK found the construct by what it was told
    assert "s3-tls-only" not in said
    report = json.loads((project / "report.json").read_text("utf-8"))
    assert report["exit_code"] == 1
    assert {each["resource"]["construct_path"] for each in report["findings"]} >= {
        "One/Nested/Public/Resource",
        "Prod/Two/Plain/Resource",
    }


def test_the_project_s_configuration_and_exceptions_hold(project: Path) -> None:
    (project / "tenantproof.yaml").write_text("fail_on: never\n", "utf-8")
    done = synthesize(project)
    assert (done.returncode, "synthesized" in done.stdout) == (0, True), done.stderr


def test_a_configuration_that_cannot_be_read_fails_the_synthesis(project: Path) -> None:
    (project / "tenantproof.yaml").write_text("fail_onn: never\n", "utf-8")
    done = synthesize(project)
    assert done.returncode != 0
    assert "did you mean `fail_on`" in done.stdout + done.stderr
