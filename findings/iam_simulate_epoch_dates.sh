#!/usr/bin/env bash
# @cloud-copilot/iam-simulate 0.1.173: date conditions. IAM takes a date in ISO 8601 or in seconds since 1970, in policies and
# in requests, and compares the moments: 1767225600 is 2026-01-01T00:00:00Z. One would expect both to be equal. Seen: the
# number is taken as it stands and the other one in milliseconds, so they are unequal, and a statement that begins to allow
# in 2030, written in seconds, allows in 2026. Two dates of one kind are compared rightly, with other offsets too.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @cloud-copilot/iam-simulate@0.1.173 >/dev/null
cat >ask.mjs <<'P'
import { runSimulation } from "@cloud-copilot/iam-simulate";

const resource = "arn:aws:s3:::reports/one";
const said = [];
for (const [operator, key, written, asked] of [
  ["DateEquals", "aws:CurrentTime", "1767225600", "2026-01-01T00:00:00Z"],
  ["DateEquals", "aws:EpochTime", "2026-01-01T00:00:00Z", "1767225600"],
  ["DateGreaterThan", "aws:CurrentTime", "1893456000", "2026-06-01T00:00:00Z"],
  ["DateGreaterThan", "aws:CurrentTime", "2030-01-01T00:00:00Z", "2026-06-01T00:00:00Z"],
  ["DateEquals", "aws:CurrentTime", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z"],
  ["DateEquals", "aws:EpochTime", "1767225600", "1767225600"],
]) {
  const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: resource, Condition: { [operator]: { [key]: written } } };
  const answer = await runSimulation(
    {
      request: {
        principal: "arn:aws:iam::123456789012:role/reader",
        action: "s3:GetObject",
        resource: { resource, accountId: "123456789012" },
        contextVariables: { [key]: asked },
      },
      identityPolicies: [{ name: "reader", policy: { Version: "2012-10-17", Statement: [statement] } }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  said.push(answer.overallResult);
  console.log(`iam-simulate 0.1.173: ${operator} ${key} ${written}, request ${asked}: ${said.at(-1)}`);
}
const seen = ["ImplicitlyDenied", "ImplicitlyDenied", "Allowed", "ImplicitlyDenied", "Allowed", "Allowed"];
process.exit(JSON.stringify(said) === JSON.stringify(seen) ? 0 : 1);
P
node ask.mjs
