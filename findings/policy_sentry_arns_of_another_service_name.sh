#!/usr/bin/env bash
# policy_sentry 0.15.2: get_matching_raw_arns(), which finds the ARN formats that an ARN has. Its own data hold formats whose
# service is none of the action prefixes: routing controls are `arn:...:route53-recovery-control::...`, their actions
# `route53-recovery-control-config:...`. One would expect the format that the data hold, or none. Seen: KeyError, for the
# service of the ARN is looked up as if it were a prefix. Other ARNs of that shape (`execute-api`, `iam`) are found.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check policy_sentry==0.15.2
"$folder/v/bin/python" - <<'P'
import sys
from policy_sentry.querying.arns import get_matching_raw_arns, get_raw_arns_for_service

said = []
for service, arn in [
    ("route53-recovery-control-config", "arn:aws:route53-recovery-control::123456789012:cluster/c1"),
    ("route53-recovery-control-config", "arn:aws:route53-recovery-control::123456789012:controlpanel/p1"),
    ("iam", "arn:aws:iam::123456789012:role/r1"),
]:
    kind = arn.split(":")[5].split("/")[0]
    held = [each for each in get_raw_arns_for_service(service) if f":{kind}/" in each]
    try:
        found = get_matching_raw_arns(arn)
    except Exception as error:
        found = f"raised {type(error).__name__}"
    said.append((bool(held), isinstance(found, list) and bool(found)))
    print(f"policy_sentry 0.15.2: {arn}: the data hold {held[:1]}; found {found}")
sys.exit(said != [(True, False), (True, False), (True, True)])
P
