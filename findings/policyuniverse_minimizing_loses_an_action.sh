#!/usr/bin/env bash
# policyuniverse 1.5.1.20231109: minimize_statement_actions(). One would expect patterns that expand to the actions that were
# given. Seen: where the statement holds an action and another whose name begins with it and a plural's `s`, the longer one
# is taken for covered though the shorter one is written without a star, and is lost: GetParameters and GetParametersByPath
# become `ssm:getparameters` alone. The role that gets the minimized policy is refused what the first one allowed.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check policyuniverse==1.5.1.20231109
"$folder/v/bin/python" - <<'P'
import sys
from policyuniverse.expander_minimizer import get_actions_from_statement, minimize_statement_actions

lost = []
for actions in [
    ["ssm:GetParameters", "ssm:GetParametersByPath"],
    ["cognito-idp:ListUsers", "cognito-idp:ListUsersInGroup"],
    ["ecr:DescribeImages", "ecr:DescribeImageScanFindings", "ecr:DescribeRepositories"],
    ["ssm:GetParameters", "ssm:GetParameterHistory"],
]:
    minimized = minimize_statement_actions({"Effect": "Allow", "Action": actions, "Resource": "*"})
    expanded = get_actions_from_statement({"Effect": "Allow", "Action": minimized, "Resource": "*"})
    lost.append(sorted({each.lower() for each in actions} - set(expanded)))
    print(f"policyuniverse 1.5.1.20231109: {actions} minimized {minimized}, lost {lost[-1]}")
sys.exit(lost != [["ssm:getparametersbypath"], ["cognito-idp:listusersingroup"], ["ecr:describeimagescanfindings"], []])
P
