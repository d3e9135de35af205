#!/usr/bin/env bash
# tfparse 0.6.22: numbers of Terraform files. HCL's numbers have no fixed width; Terraform's own evaluation keeps 512 bits, so
# 18446744073709551615 and pow(2, 64) are two numbers and 12345678901234567890.5 has a fraction. One would expect them, or
# an error. Seen: every value beyond 64 bits is the largest or the smallest that has 64, without a warning: the two are
# equal, and so is a text that is made of one, "${local.most}". Values within 64 bits are right, beyond 2**53 as well.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check tfparse==0.6.22
mkdir "$folder/plan"
cat >"$folder/plan/main.tf" <<'T'
locals {
  most = 18446744073709551615
}
resource "example_numbers" "one" {
  most     = local.most
  power    = pow(2, 64)
  least    = -9223372036854775809
  text     = "${local.most}"
  within   = 9223372036854775807
  exact    = 9007199254740993
  fraction = 1.5
}
T
FOLDER="$folder/plan" "$folder/v/bin/python" - <<'P'
import os, sys
from tfparse import load_from_path

read = load_from_path(os.environ["FOLDER"])["example_numbers"][0]
said = {name: read[name] for name in ("most", "power", "least", "text", "within", "exact", "fraction")}
for name, value in said.items():
    print(f"tfparse 0.6.22: {name} = {value!r}")
top = 2**63 - 1
sys.exit(said != {"most": top, "power": top, "least": -(2**63), "text": top, "within": top, "exact": 2**53 + 1, "fraction": 1.5})
P
