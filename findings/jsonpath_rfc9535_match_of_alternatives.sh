#!/usr/bin/env bash
# jsonpath-rfc9535 1.3.0 (npm): match() with alternatives. RFC 9535 (2.4.6) lets match() hold where the entire string matches
# the expression, and search() (2.4.7) where a part does. One would expect `a|abc` to match the texts "a" and "abc". Seen: "ab"
# and "xabc" as well, for the expression is anchored without brackets: the beginning belongs to the first alternative only and
# the end to the last. With brackets written around the alternatives, and in json-p3 2.3.1, the whole text counts.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund jsonpath-rfc9535@1.3.0 json-p3@2.3.1 >/dev/null
cat >ask.mjs <<'P'
import * as first from "jsonpath-rfc9535";
import { jsonpath as second } from "json-p3";

const names = ["a", "ab", "abc", "xabc"];
const expected = { "a|abc": [["a", "ab", "abc", "xabc"], ["a", "abc"]], "ab|x": [["ab", "abc"], ["ab"]], "(a|abc)": [["a", "abc"], ["a", "abc"]], "ab.*": [["ab", "abc"], ["ab", "abc"]] };
const right = Object.entries(expected).map(([pattern, answers]) => {
  const query = "$[?match(@, '" + pattern + "')]";
  const both = [first.query(names, query), second.query(query, names).values()];
  console.log("jsonpath-rfc9535 1.3.0:", query, "of", names.join(" "), "is", both[0].join(" "), "| json-p3 2.3.1:", both[1].join(" "));
  return JSON.stringify(both) === JSON.stringify(answers);
});
process.exit(right.every(Boolean) ? 0 : 1);
P
node ask.mjs
