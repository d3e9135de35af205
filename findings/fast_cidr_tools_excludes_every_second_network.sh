#!/usr/bin/env bash
# fast-cidr-tools 0.3.4 (npm): exclude() of several networks that one exclusion covers. 10.0.0.0/24 and 10.0.2.0/24 without
# 10.0.0.0/16 are nothing. One would expect an empty list, as cidr-tools 11.3.2 gives, of which it says that it is the faster
# one. Seen: 10.0.2.0/24 is left: where a network is taken away whole, the next one is passed over. Of IPv6 likewise. Where the
# exclusions are the networks themselves nothing is left, as expected.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund fast-cidr-tools@0.3.4 cidr-tools@11.3.2 >/dev/null
cat >ask.mjs <<'P'
import { exclude } from "fast-cidr-tools";
import { excludeCidr } from "cidr-tools";

const asked = [
  [["10.0.0.0/24", "10.0.2.0/24"], ["10.0.0.0/16"]],
  [["10.0.0.0/24", "10.0.2.0/24", "10.0.4.0/24"], ["10.0.0.0/16"]],
  [["2001:db8::/64", "2001:db8:0:2::/64"], ["2001:db8::/32"]],
  [["10.0.0.0/24", "10.0.2.0/24"], ["10.0.0.0/24", "10.0.2.0/24"]],
];
const seen = asked.map(([networks, without]) => {
  const both = [exclude([...networks], [...without]), excludeCidr([...networks], [...without])];
  console.log("fast-cidr-tools 0.3.4:", networks.join(" "), "without", without.join(" "), "is", JSON.stringify(both[0]), "| cidr-tools 11.3.2:", JSON.stringify(both[1]));
  return both;
});
const expected = [[["10.0.2.0/24"], []], [["10.0.2.0/24"], []], [["2001:db8:0:2::/64"], []], [[], []]];
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
P
node ask.mjs
