from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest
import yaml

from scanner.text.reading import read

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT.parent / "shared" / "cases" / "isolation"
CLINIC = ROOT / "examples" / "virtual-clinic"


def _compiler() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compile_schemas", ROOT / "scripts" / "compile_schemas.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COMPILER = _compiler()


def _validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((ROOT / "schema" / f"{name}.schema.json").read_text("utf-8"))
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", sorted(COMPILER.SCHEMAS))
def test_the_committed_schema_is_the_one_that_the_code_gives(name: str) -> None:
    committed = (ROOT / "schema" / f"{name}.schema.json").read_text("utf-8")
    assert committed == COMPILER.render(name), "run `python scripts/compile_schemas.py`"
    jsonschema.Draft202012Validator.check_schema(json.loads(committed))


def test_no_schema_is_committed_that_nothing_gives() -> None:
    committed = {path.name.removesuffix(".schema.json") for path in (ROOT / "schema").glob("*.schema.json")}
    assert committed == set(COMPILER.SCHEMAS)


@pytest.mark.skipif(not CASES.is_dir(), reason="the isolation cases are not beside this checkout")
def test_the_tenancy_schema_accepts_every_case_and_nothing_misspelt() -> None:
    validator = _validator("tenancy")
    tenancies = [
        case["tenancy"]
        for path in sorted(CASES.glob("*.yaml"))
        if (case := yaml.safe_load(path.read_text("utf-8")))["tenancy"] is not None
    ]
    assert len(tenancies) > 20
    for tenancy in tenancies:
        assert [error.message for error in validator.iter_errors(tenancy)] == []
        assert not validator.is_valid({**tenancy, "tenant_ids": {}})
        misspelt = [{**entry, "kind": f"{entry['kind']}s"} for entry in tenancy["owned"]]
        assert not misspelt or not validator.is_valid({**tenancy, "owned": misspelt})


@pytest.mark.parametrize("name", ["tenancy", "exceptions"])
def test_editors_accept_the_files_of_the_example(name: str) -> None:
    path = CLINIC / f"{name}.yaml"
    data = read(path.read_bytes(), path.name, cloudformation=False).data
    assert [error.message for error in _validator(name).iter_errors(data)] == []
