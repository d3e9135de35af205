#!/usr/bin/env bash
# pgsql-deparser 18.3.8 (npm): SQL of PostgreSQL's own syntax trees. One would expect that what is written reads as the tree
# that was given. Seen: brackets are lost where NOT or a sign stands before IS and round AND within BETWEEN, so `(NOT a) IS
# NULL` becomes `NOT (a) IS NULL` (for a NULL the one is true, the other false) and `a BETWEEN (b AND c) AND d` another
# condition; GROUP BY DISTINCT becomes GROUP BY, with more rows, and INCLUDE of a unique constraint is left out.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund pgsql-parser@18.2.8 pgsql-deparser@18.3.8 >/dev/null
cat >ask.mjs <<'P'
import { parse } from "pgsql-parser";
import { deparse } from "pgsql-deparser";

const places = new Set(["location", "stmt_location", "stmt_len", "list_start", "list_end", "version"]);
const tree = async (text) => JSON.stringify(await parse(text), (key, value) => (places.has(key) ? undefined : value));
const kept = [];
for (const text of [
  "SELECT (NOT a) IS NULL FROM t",
  "SELECT a BETWEEN (b AND c) AND d FROM t",
  "SELECT count(*) FROM t GROUP BY DISTINCT ROLLUP (a, b), ROLLUP (a, c)",
  "SELECT + (a IS NULL) FROM t",
  "ALTER TABLE t ADD UNIQUE (a) INCLUDE (b)",
  "SELECT (a = b) IS NULL FROM t",
  "SELECT NOT (a AND b) FROM t",
]) {
  const written = (await deparse(await parse(text))).replace(/\s+/g, " ");
  kept.push((await tree(text)) === (await tree(written)));
  console.log(`pgsql-deparser 18.3.8: ${text} | written ${written} | ${kept.at(-1) ? "same" : "other"} tree`);
}
process.exit(JSON.stringify(kept) === "[false,false,false,false,false,true,true]" ? 0 : 1);
P
node ask.mjs
