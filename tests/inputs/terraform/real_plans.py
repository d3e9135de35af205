"""Plans of Terraform itself and of the real AWS provider, written down for tests; nothing here runs in CI.

    TF_CLI_CONFIG_FILE=terraformrc python -m tests.inputs.terraform.real_plans

plans the hand-written twins and the example again. `terraformrc` names a `filesystem_mirror` that holds the provider
of the version below; made-up keys and the arguments that skip its questions make it plan without AWS. All twins are
planned in one run, each as a module, and each is taken out as the plan that its module would give as the root.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

VERSION = "5.100.0"
HERE = Path(__file__).parent
PLANS = HERE / "hand_twins" / "plans.jsonl"
REQUIRED = f"""terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "{VERSION}"
    }}
  }}
}}
"""
PROVIDER = """provider "aws" {
  region                      = "us-east-1"
  access_key                  = "mock"
  secret_key                  = "mock"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}
"""
# What is of the run, and not of the configuration.
_OF_THE_RUN = ("planned_values", "prior_state", "relevant_attributes", "checks", "timestamp", "output_changes")


@cache
def plans() -> Mapping[str, Any]:
    """By the name of the twin."""
    return {each["name"]: each["plan"] for each in map(json.loads, PLANS.read_text("utf-8").splitlines())}


def planned_by_terraform(folder: Path) -> Any:
    """The plan of a folder as JSON; raises CalledProcessError with what Terraform says."""
    for command in (["init", "-input=false"], ["plan", "-input=false", "-out", "plan.bin"]):
        subprocess.run(["terraform", *command, "-no-color"], cwd=folder, check=True, capture_output=True, text=True)
    shown = subprocess.run(
        ["terraform", "show", "-json", "plan.bin"], cwd=folder, check=True, capture_output=True, text=True
    )
    return json.loads(shown.stdout)


def planned_together(texts: Mapping[str, str]) -> dict[str, Any]:
    """The plans of several configurations, from one run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        calls = "".join(f'module "{each}" {{\n  source = "./{each}"\n}}\n' for each in texts)
        (folder / "main.tf").write_text(REQUIRED + PROVIDER + calls, "utf-8")
        for each, text in texts.items():
            (folder / each).mkdir()
            (folder / each / "main.tf").write_text(REQUIRED + text, "utf-8")
        whole = planned_by_terraform(folder)
    return {each: _of_module(whole, each) for each in texts}


def _of_module(whole: Mapping[str, Any], name: str) -> dict[str, Any]:
    prefix = f"module.{name}."

    def cut(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: child.removeprefix(prefix) if key == "address" and isinstance(child, str) else cut(child)
                for key, child in value.items()
                if not (key == "module_address" and child == prefix[:-1])
            }
        return [cut(each) for each in value] if isinstance(value, list) else value

    def values(holder: Mapping[str, Any]) -> dict[str, Any]:
        children = holder.get("root_module", {}).get("child_modules", ())
        found = next((cut(each) for each in children if each["address"] == prefix[:-1]), {})
        return {"root_module": {key: child for key, child in found.items() if key != "address"}}

    configuration = whole["configuration"]
    module = json.dumps(configuration["root_module"]["module_calls"][name]["module"])
    made = {key: value for key, value in whole.items() if key not in (*_OF_THE_RUN, "configuration")}
    made["planned_values"] = values(whole["planned_values"])
    changes = (each for each in whole.get("resource_changes", ()) if each["address"].startswith(prefix))
    made["resource_changes"] = [cut(each) for each in changes]
    prior = values(whole.get("prior_state", {}).get("values", {}))
    if prior["root_module"]:
        made["prior_state"] = {"format_version": "1.0", "values": prior}
    made["configuration"] = {
        "provider_config": configuration["provider_config"],
        "root_module": json.loads(module.replace(f'"{name}:aws"', '"aws"')),
    }
    return made


def main() -> int:
    from tests.inputs.terraform.test_hand_twins import NOT_PLANNED, TWINS

    made = planned_together({each["name"]: each["tf"] for each in TWINS if each["name"] not in NOT_PLANNED})
    lines = [json.dumps({"name": name, "plan": made[name]}, separators=(",", ":"), sort_keys=True) for name in made]
    PLANS.write_text("\n".join(sorted(lines)) + "\n", "utf-8")
    example = HERE.parents[2] / "examples" / "virtual-clinic-terraform"
    for variant in ("sound", "leaky"):
        with tempfile.TemporaryDirectory() as name:
            shutil.copy(example / variant / "main.tf", name)
            # The keys, which a user has elsewhere; Terraform merges an override into the block of the same name.
            (Path(name) / "override.tf").write_text(PROVIDER, "utf-8")
            plan = planned_by_terraform(Path(name))
        plan.pop("timestamp", None)
        (example / variant / "plan.json").write_text(json.dumps(plan, indent=1, sort_keys=True) + "\n", "utf-8")
    print(f"{len(made)} twins and the example, planned with hashicorp/aws {VERSION}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
