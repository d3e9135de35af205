from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import venv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.findings.report_document import ReportDocument
from scanner.language.library import load_library
from scanner.outputs.oscal.terms import control_token, identity, line, objective_token, prop
from tests.outputs.hostile import hostile_report
from tests.outputs.reading import parsed
from tests.outputs.sample import sample_report

TRESTLE = "compliance-trestle==5.2.0"
# Runs in trestle's own environment: it brings packages that ours must not have.
_VALIDATE = """
import importlib, json, sys
MODELS = {"assessment-results": "assessment_results", "catalog": "catalog", "profile": "profile",
          "component-definition": "component"}
for path in sys.argv[1:]:
    text = open(path, encoding="utf-8").read()
    importlib.import_module("trestle.oscal." + MODELS[next(iter(json.loads(text)))]).Model.model_validate_json(text)
from trestle.oscal import OSCAL_VERSION
print(OSCAL_VERSION)
"""

Validate = Callable[..., str]


def _make(folder: Path, python: Path) -> None:
    if (folder / "installed").exists():
        return
    venv.create(folder, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", TRESTLE]
    done = subprocess.run(install, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        missing = f"compliance-trestle cannot be installed: {done.stderr.strip()[-300:]}"
        if os.environ.get("TENANTPROOF_REQUIRE_ALL"):
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    (folder / "installed").touch()


@pytest.fixture(scope="session")
def validate(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Validate:
    """Validates files by trestle's models and gives the version of OSCAL that they are of."""
    cache: pytest.Cache | None = getattr(request.config, "cache", None)  # not with `-p no:cacheprovider`
    folder = (cache.mkdir("trestle") if cache is not None else tmp_path_factory.getbasetemp().parent) / TRESTLE
    python = folder / "bin" / "python"
    # One process makes it, the others wait.
    with (folder.parent / "making").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make(folder, python)

    def run(*paths: Path) -> str:
        done = subprocess.run(
            [str(python), "-c", _VALIDATE, *map(str, paths)], capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `tenantproof rules oscal` writes."""
    folder = tmp_path_factory.mktemp("oscal")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        assert main(["rules", "oscal", "--out", str(folder)]) == 0
    return folder


def results(report: ReportDocument) -> dict[str, Any]:
    document: dict[str, Any] = parsed("oscal", report)["assessment-results"]
    return document


def result(report: ReportDocument) -> dict[str, Any]:
    (only,) = results(report)["results"]
    assert isinstance(only, dict)
    return only


def every(node: object, key: str) -> Iterator[Any]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from every(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from every(value, key)


@pytest.mark.full
@pytest.mark.parametrize("make", [sample_report, lambda: hostile_report(700)], ids=["sample", "hostile"])
def test_assessment_results_are_valid_by_trestle(make: Any, validate: Validate, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(json.dumps({"assessment-results": results(make())}).encode())
    assert validate(path).startswith("1.2.")


@pytest.mark.full
def test_catalogues_profiles_and_the_component_definition_are_valid_by_trestle(
    folder: Path, validate: Validate
) -> None:
    files = sorted(folder.glob("*.json"))
    frameworks = len(load_library().frameworks)
    assert frameworks > 2 and len(files) == 2 * frameworks + 1 and validate(*files).startswith("1.2.")


@pytest.mark.parametrize("make", [sample_report, lambda: hostile_report(300)], ids=["sample", "hostile"])
def test_ids_are_unique_and_what_is_referred_to_is_there(make: Any) -> None:
    document = results(make())
    uuids = Counter(every(document, "uuid"))
    assert max(uuids.values()) == 1
    known = set(uuids)
    assert set(every(document, "subject-uuid")) | set(every(document, "observation-uuid")) <= known
    assert document["import-ap"]["href"].removeprefix("#") in known
    assert set(every(document, "actor-uuid")) <= known


def test_ids_are_the_same_in_a_run_at_another_hour() -> None:
    later = sample_report()
    later["generated_at"] = "2031-01-01T00:00:00Z"
    assert list(every(results(sample_report()), "uuid")) == list(every(results(later), "uuid"))


def test_the_same_report_gives_the_same_bytes() -> None:
    assert json.dumps(results(sample_report())) == json.dumps(results(sample_report()))


def test_every_open_finding_is_an_observation_and_every_deviation_a_risk() -> None:
    report = sample_report()
    verdicts = Counter(each["verdict"] for each in report["findings"])
    found = result(report)
    ids = [each["value"] for one in found["observations"] for each in one["props"] if each["name"] == "finding"]
    assert len(ids) == verdicts["FAIL"] + verdicts["UNKNOWN"] + verdicts["SUPPRESSED"]
    statuses = Counter(each["status"] for each in found["risks"])
    assert statuses == {"open": verdicts["FAIL"], "deviation-approved": verdicts["SUPPRESSED"]}


def test_no_control_is_left_out_of_what_was_reviewed() -> None:
    report = sample_report()
    wanted = {control_token(each["framework"], each["id"]) for each in report["controls"]}
    assert set(every(result(report)["reviewed-controls"], "control-id")) == wanted


def test_only_what_rules_decide_is_called_satisfied_or_not() -> None:
    report = sample_report()
    states = {each["target"]["target-id"]: each["target"]["status"] for each in result(report)["findings"]}
    for control in report["controls"]:
        state = states.get(control_token(control["framework"], control["id"]) + "_obj")
        expected = {"DEVIATIONS": "not-satisfied", "NOT_DETERMINED": "not-satisfied", "NO_DEVIATIONS": "satisfied"}
        assert (state and state["state"]) == expected.get(control["status"])
        assert state is None or "not a conclusion on compliance" in state["remarks"]


def test_the_catalogue_has_all_70_entries_and_the_results_point_into_it(folder: Path) -> None:
    catalogue = json.loads((folder / "catalog-hipaa-security-rule.json").read_text("utf-8"))["catalog"]
    controls = [control for group in catalogue["groups"] for control in group["controls"]]
    assert len(controls) == len({each["id"] for each in controls}) == 70
    assert [group["title"] for group in catalogue["groups"]][2] == "Technical safeguards"
    ids = set(every(catalogue, "id"))
    found = result(sample_report())
    assert set(every(found, "control-id")) <= ids and set(every(found, "target-id")) <= ids


def test_the_component_definition_speaks_of_rules_and_entries_that_there_are(folder: Path) -> None:
    definition = json.loads((folder / "component-definition.json").read_text("utf-8"))["component-definition"]
    (component,) = definition["components"]
    rules = {each["value"] for each in component["props"] if each["name"] == "Rule_Id"}
    for implementation in component["control-implementations"]:
        profile = json.loads((folder / implementation["source"]).read_text("utf-8"))["profile"]
        catalogue = json.loads((folder / profile["imports"][0]["href"]).read_text("utf-8"))
        ids = set(every(catalogue, "id"))
        for requirement in implementation["implemented-requirements"]:
            assert requirement["control-id"] in ids
            assert {each["value"] for each in requirement["props"]} <= rules


@pytest.mark.full
def test_the_files_are_the_same_in_every_run(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert main(["rules", "oscal", "--out", str(tmp_path)]) == 0
    assert all((tmp_path / each.name).read_bytes() == each.read_bytes() for each in folder.iterdir())


def test_markdown_in_a_name_is_not_markup() -> None:
    assert "\\<img" in line("met: <img src=x onerror=alert(1)>") and "\\[" in line("met: [x](javascript:y)")


def test_a_value_is_one_line_and_never_empty() -> None:
    assert prop("name", "\n ")["value"] == "-" and prop("name", "a\nb")["value"] == "a b"


def test_an_id_depends_on_all_its_parts_and_on_nothing_else() -> None:
    assert identity("a", "b") == identity("a", "b") != identity("ab") and identity("\ud800")


def test_ids_of_a_framework_that_begins_with_a_digit_are_tokens() -> None:
    """OSCAL's token datatype; trestle refused `42-cfr-part-2_2.11`."""
    token = r"[_A-Za-z][-._A-Za-z0-9]*"
    for framework, control in (("42-cfr-part-2", "2.61 to 2.67"), ("800-53", "AC-2(3)"), ("soc-2", "CC6.1")):
        assert re.fullmatch(token, control_token(framework, control))
        assert re.fullmatch(token, objective_token(framework, control))
