#!/usr/bin/env bash
# cidr-tools 11.3.2 (npm): containsCidr() of several networks. By the README it tells whether the first networks fully contain
# all of the second ones. One would expect both halves of a network to contain it: every address of it is in one of them, and
# excludeCidr() of the same package leaves nothing. Seen: false, unless one network of the first alone contains each of the
# second. mergeCidr() before it makes the answer true; without that, a list that covers everything (0.0.0.0/1, 128.0.0.0/1)
# does not contain 0.0.0.0/0.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund cidr-tools@11.3.2 >/dev/null
cat >ask.mjs <<'P'
import { containsCidr, excludeCidr, mergeCidr } from "cidr-tools";

const asked = [
  [["10.0.0.0/25", "10.0.0.128/25"], "10.0.0.0/24"],
  [["0.0.0.0/1", "128.0.0.0/1"], "0.0.0.0/0"],
  [["2001:db8::/33", "2001:db8:8000::/33"], "2001:db8::/32"],
];
const seen = asked.map(([halves, whole]) => {
  const answers = [containsCidr(halves, whole), excludeCidr(whole, halves), containsCidr(mergeCidr(halves), whole)];
  console.log("cidr-tools 11.3.2:", halves.join(" "), "contain", whole + ":", answers[0], "| what is left of it without them:", JSON.stringify(answers[1]), "| contained by them, merged:", answers[2]);
  return answers;
});
process.exit(JSON.stringify(seen) === JSON.stringify(asked.map(() => [false, [], true])) ? 0 : 1);
P
node ask.mjs
