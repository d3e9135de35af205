#!/usr/bin/env bash
# json-diff-ts 4.10.4 (npm): atomizeChangeset() and unatomizeChangeset(). The README has the second one turn what the first one
# wrote back into nested changes. One would expect applyChangeset() to do the same with both, namely to lead from the old
# document to the new one. Seen: where a list loses several elements, changes that were taken apart and put together again
# remove other ones: ["a", "b"] to [] leaves ["b"], [1, 2, 3] to [3] leaves [3, 3], without an error. Applied as diff() gives
# them, the same changes are right, and either way the loss of the last element alone.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund json-diff-ts@4.10.4 >/dev/null
cat >ask.mjs <<'P'
import { diff, applyChangeset, atomizeChangeset, unatomizeChangeset } from "json-diff-ts";

const pairs = [[["a", "b"], []], [[1, 2, 3], [3]], [[{ n: 1 }, { n: 2 }, { n: 3 }], []], [["a", "b"], ["a"]]];
const seen = pairs.map(([before, after]) => {
  const old = () => ({ list: structuredClone(before) });
  const changes = () => diff(old(), { list: structuredClone(after) });
  const whole = applyChangeset(old(), changes()).list;
  const again = applyChangeset(old(), unatomizeChangeset(atomizeChangeset(changes()))).list;
  console.log("json-diff-ts 4.10.4:", JSON.stringify(before), "to", JSON.stringify(after) + ":", JSON.stringify(whole), "| by atomic changes:", JSON.stringify(again));
  return [whole, again];
});
const expected = [[[], ["b"]], [[3], [3, 3]], [[], [{ n: 2 }]], [["a"], ["a"]]];
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
P
node ask.mjs
