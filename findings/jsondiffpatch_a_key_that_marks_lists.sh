#!/usr/bin/env bash
# jsondiffpatch 0.7.7 (npm): diff() and patch() of mappings with a key `_t`. The changes of a list are written as a mapping in
# which `_t` is "a"; a document may have a key of that name as well. One would expect patch(a, diff(a, b)) to be b. Seen: a
# change of that key is taken for such a mark, of a kind that nothing knows, and the mapping that holds the key is gone: {"x":
# {"_t": 1, "y": 1}} to {"x": {"_t": 2, "y": 1}} gives {}, without an error. Where only other keys change, all is right.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund jsondiffpatch@0.7.7 >/dev/null
cat >ask.mjs <<'P'
import { diff, patch } from "jsondiffpatch";

const pairs = [[{ x: { _t: 1, y: 1 } }, { x: { _t: 2, y: 1 } }], [{ x: { y: 1 } }, { x: { _t: "a", y: 1 } }], [{ x: { _t: 1, y: 1 } }, { x: { _t: 1, y: 2 } }]];
const seen = pairs.map(([before, after]) => {
  const delta = diff(structuredClone(before), structuredClone(after));
  const result = JSON.stringify(patch(structuredClone(before), structuredClone(delta)));
  console.log("jsondiffpatch 0.7.7:", JSON.stringify(before), "to", JSON.stringify(after), "by", JSON.stringify(delta), "gives", result);
  return result;
});
process.exit(JSON.stringify(seen) === JSON.stringify(["{}", "{}", JSON.stringify(pairs[2][1])]) ? 0 : 1);
P
node ask.mjs
