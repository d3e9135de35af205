#!/usr/bin/env bash
# json-p3 2.3.1 (npm): `==` in filters. RFC 9535 (2.3.5.2.2) lets two values that are no primitives be equal if both are arrays
# or both are objects, with equal members. One would expect no object among what equals a list. Seen: where the list stands on
# the right, {} equals [], and {"0": 1} equals [1], inside other values too; `!=` accordingly leaves them out. With the object
# on the right a list is not equal to it. jsonpath-rfc9535 1.3.0 tells them apart.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund json-p3@2.3.1 jsonpath-rfc9535@1.3.0 >/dev/null
cat >ask.mjs <<'P'
import { jsonpath as first } from "json-p3";
import * as second from "jsonpath-rfc9535";

const right = [
  [[], [{}, []], [[{}, []], [[]]]],
  [{ tags: [] }, [{ tags: {} }, { tags: [] }], [[{ tags: {} }, { tags: [] }], [{ tags: [] }]]],
  [{}, [{}, []], [[{}], [{}]]],
  [[1], [{ 0: 1 }, [1]], [[{ 0: 1 }, [1]], [[1]]]],
].map(([wanted, values, expected]) => {
  const data = { wanted, values };
  const query = "$.values[?@ == $.wanted]";
  const both = [first.query(query, data).values(), second.query(data, query)];
  console.log("json-p3 2.3.1: of", JSON.stringify(values), "equal to", JSON.stringify(wanted), "are", JSON.stringify(both[0]), "| jsonpath-rfc9535 1.3.0:", JSON.stringify(both[1]));
  return JSON.stringify(both) === JSON.stringify(expected);
});
process.exit(right.every(Boolean) ? 0 : 1);
P
node ask.mjs
