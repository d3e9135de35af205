"""`tenantproof prove`: every proof in words, and requests that a reader can try."""

from __future__ import annotations

import io
import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from scanner.cli.main import main
from tests.conftest import ROOT, Requires
from tests.prover.situations import DATA, ITEMS, OBJECT_ENTRY, PATIENTS, TABLE, TAG, Situation, allow, role

LEAKING = Situation(
    {
        "AppRole": role(allow([*ITEMS, "dynamodb:Scan"], TABLE)),
        "Other": role(allow("s3:GetObject", f"arn:aws:s3:::clinic-data/{TAG}/*")),
        "Patients": PATIENTS,
        "Data": DATA,
    },
    owned=[{"kind": "dynamodb-item", "table": "Patients", "key": "TENANT#${tenant}"}, OBJECT_ENTRY],
)
LEAKING.sessions = [{**LEAKING.sessions[0], "roles": ["AppRole", "Other"]}]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    LEAKING.proofs(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_principal_and_kind_has_its_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", str(folder)]) == 1
    told = capsys.readouterr().out
    assert "template.yaml#AppRole" in told and "template.yaml#Other" in told
    assert "LEAK       cannot-cross-tenant over dynamodb-item (own-session)" in told
    assert "ISOLATED   cannot-cross-tenant over s3-object" in told
    assert "aws dynamodb" in told
    assert "assumes     tenant ids match [a-z0-9-]{1,36}" in told


def test_one_principal_can_be_asked_about(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", str(folder), "--principal", "Oth*"]) == 0
    told = capsys.readouterr().out
    assert "template.yaml#Other" in told and "AppRole" not in told.replace("roles", "")


def test_explaining_says_how_it_was_decided(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["prove", str(folder), "--explain"])
    told = capsys.readouterr().out
    assert "no deny     no policy read denies anything" in told
    assert "the resources match the tenant's own data only" in told
    assert "no statement names any of " in told
    leak = told.partition("template.yaml#AppRole")[2].partition("ISOLATED")[0]
    assert "can be allowed" in leak and "no statement allows any action" not in leak


def test_the_simulation_that_is_printed_allows_the_request(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["prove", str(folder), "--principal", "AppRole"])
    line = next(line for line in capsys.readouterr().out.splitlines() if line.strip().startswith("simulate"))
    words = shlex.split(line.split(None, 1)[1])
    assert words[0] == "echo" and words[2:4] == ["|", "tenantproof"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(words[1].encode())))
    assert main(words[4:]) == 0
    assert json.loads(capsys.readouterr().out)["decision"] == "ALLOWED"


def test_the_report_of_a_proof_is_the_json_contract(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    main(["prove", str(folder), "--format", "json"])
    report = json.loads(capsysbinary.readouterr().out)
    assert report["schema"] == "tenantproof-report/1"
    assert {each["verdict"] for each in report["proofs"]} == {"LEAK", "ISOLATED"}
    assert all(finding["proof"] for finding in report["findings"])
    ids = {finding["id"] for finding in report["findings"]}
    assert all(each["finding"] in ids for each in report["proofs"])


def test_a_revision_is_proved_without_a_checkout(
    tmp_path: Path, requires: Requires, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    git = requires("git")
    for name in ("tenancy.yaml", "leaky", "sound"):
        source = ROOT / "examples" / "virtual-clinic" / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name)
        else:
            shutil.copy(source, tmp_path / name)
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "leaky"]):
        subprocess.run([git, "-c", "user.name=A", "-c", "user.email=a@b.example", *arguments], cwd=tmp_path, check=True)
    shutil.rmtree(tmp_path / "leaky")
    shutil.copytree(tmp_path / "sound", tmp_path / "leaky")
    monkeypatch.chdir(tmp_path)
    assert main(["prove", "leaky", "--principal", "PatientTenantRole"]) == 0
    capsys.readouterr()
    assert main(["prove", "leaky", "--principal", "PatientTenantRole", "--git", "HEAD"]) == 1
    assert "dynamodb:Scan" in capsys.readouterr().out


def test_a_principal_that_nothing_is_called_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", str(folder), "--principal", "AppRoel"]) == 2
    said = capsys.readouterr()
    assert "`AppRoel` names no principal of what was scanned" in said.out + said.err
    assert "AppRole" in said.out + said.err


def test_a_tenancy_that_cannot_be_read_is_not_one_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("app.yaml").write_text("Resources:\n  B: {Type: AWS::S3::Bucket}\n", "utf-8")
    Path("tenancy.yaml").write_text("version: 1\ntenant_idd: {}\n", "utf-8")
    assert main(["prove"]) == 2
    told = capsys.readouterr()
    assert told.out == "exit code 2: the tenancy could not be read, so nothing was judged\n"
    assert "tenancy.yaml:2:1: unknown key `tenant_idd`" in told.err
