"""The example clinic: the sound variant stays sound, and every fault of the pilot is found and documented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict, cast

import pytest

from scanner.cli.main import main
from scanner.findings.report_document import SEVERITIES

CLINIC = Path(__file__).parents[1] / "examples" / "virtual-clinic"
AS_OF = "2026-11-23"

FAULTS = (
    ("dynamodb-pitr", "data.yaml#Patients"),
    ("s3-tls-only", "data.yaml#Documents"),
    ("kms-key-rotation", "data.yaml#DataKey"),
    ("cloudtrail-log-validation", "data.yaml#Trail"),
    ("vpc-endpoint-policy-scoped", "network.yaml#S3Endpoint"),
    ("cognito-tenant-claim-is-fixed", "app.yaml#UserPool"),
    ("api-calls-are-authorized", "app.yaml#GetDocuments"),
    ("lambda-tenant-isolation-mode", "app.yaml#GetDocuments"),
    ("access-logs-name-the-tenant", "app.yaml#ApiStage"),
    ("log-group-retention", "app.yaml#PatientApiLogs"),
    ("secret-rotation-configured", "app.yaml#VideoSigningSecret"),
)
# Found by the proof, so only where the library has its rules.
LEAKS = (
    ("dynamodb-items-stay-with-tenant", "app.yaml#PatientTenantRole"),
    ("compute-role-tenant-scoped", "app.yaml#PatientApiRole"),
)
ACCEPTED = ("log-group-retention", "app.yaml#EdgeLogs")


class Resource(TypedDict):
    address: str


class Finding(TypedDict):
    rule: str
    severity: str
    verdict: str
    message: str
    resource: Resource


class Report(TypedDict):
    exit_code: int
    rules: dict[str, object]
    findings: list[Finding]
    errors: list[dict[str, object]]


def scan(folder: Path, file: Path, as_of: str = AS_OF) -> Report:
    code = main(["scan", str(folder), "--format", f"json={file}", "--as-of", as_of])
    report = cast(Report, json.loads(file.read_text(encoding="utf-8")))
    assert report["exit_code"] == code
    return report


def found(report: Report, variant: str, verdict: str = "FAIL") -> dict[tuple[str, str], Finding]:
    """By rule and by file and logical id, for addresses begin where the repository does."""
    return {
        (finding["rule"], finding["resource"]["address"].rpartition("/")[2]): finding
        for finding in report["findings"]
        if finding["verdict"] == verdict and f"{variant}/" in finding["resource"]["address"]
    }


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return scan(CLINIC, tmp_path_factory.mktemp("clinic") / "report.json")


def test_the_sound_clinic_passes_the_gate(tmp_path: Path) -> None:
    report = scan(CLINIC / "sound", tmp_path / "report.json")
    assert report["exit_code"] == 0
    assert report["errors"] == []
    grave = SEVERITIES[: SEVERITIES.index("high") + 1]
    assert [f for f in report["findings"] if f["verdict"] in ("FAIL", "SUPPRESSED") and f["severity"] in grave] == []


def test_the_pilot_does_not_pass_the_gate(both: Report) -> None:
    assert both["exit_code"] == 1
    assert both["errors"] == []


@pytest.mark.parametrize(("rule", "place"), FAULTS)
def test_a_planted_fault_is_found_in_the_pilot_and_not_in_the_sound_clinic(both: Report, rule: str, place: str) -> None:
    assert (rule, place) in found(both, "leaky")
    assert (rule, place) not in found(both, "sound")
    assert (rule, place) not in found(both, "sound", "UNKNOWN")


@pytest.mark.parametrize(("rule", "place"), LEAKS)
def test_a_planted_leak_is_proved_in_the_pilot_and_refuted_in_the_sound_clinic(
    both: Report, rule: str, place: str
) -> None:
    if not any(name in both["rules"] for name, _ in LEAKS):
        pytest.skip("the library has no rule that asks for a proof")
    assert (rule, place) in found(both, "leaky")
    assert (rule, place) in found(both, "sound", "PASS")


def test_the_pilot_has_no_other_fault_than_the_planted_ones(both: Report) -> None:
    """What fails in both variants is a limit of the example; what fails in the pilot alone is documented."""
    assert set(found(both, "leaky")) - set(found(both, "sound")) <= {*FAULTS, *LEAKS}


def test_recovery_is_missing_only_outside_production(both: Report) -> None:
    message = found(both, "leaky")["dynamodb-pitr", "data.yaml#Patients"]["message"]
    assert "disabled when IsProduction is false: `" in message


@pytest.mark.full
def test_the_accepted_finding_is_suppressed_until_its_exception_ends(both: Report, tmp_path: Path) -> None:
    assert ACCEPTED in found(both, "leaky", "SUPPRESSED")
    later = scan(CLINIC, tmp_path / "report.json", as_of="2027-11-22")
    assert ACCEPTED in found(later, "leaky")
    assert any(finding["rule"] == "exception-current" for finding in later["findings"] if finding["verdict"] == "FAIL")


@pytest.mark.parametrize(("rule", "place"), [*FAULTS, *LEAKS, ACCEPTED])
def test_the_readme_names_each_fault_and_the_rule_that_finds_it(rule: str, place: str) -> None:
    file, _, logical_id = place.partition("#")
    rows = [line for line in (CLINIC / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert [row for row in rows if f"`{rule}`" in row and f"`{logical_id}`" in row and f"`{file}`" in row]


@pytest.mark.parametrize(
    "template", sorted(CLINIC.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_the_templates_are_valid_cloudformation(template: Path) -> None:
    api = pytest.importorskip("cfnlint.api", reason="cfn-lint is not installed: pip install 'tenantproof[rules]'")
    config = pytest.importorskip("cfnlint.config").ManualArgs(regions=["us-east-1"])
    assert [str(match) for match in api.lint_file(template, config)] == []
