#!/usr/bin/env bash
# cfn-flip 1.3.0: Fn::GetAtt whose attribute name is a Ref, which CloudFormation's reference of the function allows. One would
# expect to_yaml() to keep it, in the long form where the short one cannot say it. Seen: the default (short form) raises
# TypeError and no template is written; with long_form the same template is written and reads back equal.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check cfn-flip==1.3.0
"$folder/v/bin/python" - <<'P'
import json, sys
import cfn_flip

template = {
    "Parameters": {"Name": {"Type": "String"}},
    "Resources": {"Made": {"Type": "Custom::Made"}},
    "Outputs": {"Out": {"Value": {"Fn::GetAtt": ["Made", {"Ref": "Name"}]}}},
}
said = []
for long_form in (False, True):
    try:
        text = cfn_flip.to_yaml(json.dumps(template), long_form=long_form)
        said.append("equal" if json.loads(cfn_flip.to_json(text)) == template else "other")
    except Exception as error:
        said.append(f"raised {type(error).__name__}")
    print(f"cfn-flip 1.3.0: to_yaml(long_form={long_form}) and back: {said[-1]}")
sys.exit(said != ["raised TypeError", "equal"])
P
