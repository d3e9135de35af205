#!/usr/bin/env bash
# pgsql-ast-parser 12.0.2 (npm): numbers with an exponent. PostgreSQL reads 1e10 and 2.5e3 as numbers. One would expect a
# number, or an error from a parser that does not know them. Seen: `SELECT 1e10` is read as the number 1 in a column named
# e10, without an error; only where no name may follow (a default of 1e6) is it refused. Unions are written otherwise than
# they were read as well: `SELECT 1 UNION (SELECT 1 UNION ALL SELECT 1)`, of one row, loses its brackets and has two.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check pgparse==1.0.3
cd "$folder"
npm install --silent --no-audit --no-fund pgsql-ast-parser@12.0.2 >/dev/null
cat >ask.js <<'P'
const { parse, toSql } = require("pgsql-ast-parser");
const texts = JSON.parse(process.argv[2]);
console.log(JSON.stringify(texts.map((text) => {
  try {
    return parse(text).map((each) => toSql.statement(each)).join("; ").replace(/\s+/g, " ").trim();
  } catch {
    return "not read";
  }
})));
P
"$folder/v/bin/python" - <<'P'
import json, subprocess, sys
import pgparse

def tree(text):
    def bare(node):
        if isinstance(node, dict):
            return {key: bare(value) for key, value in node.items() if key not in {"location", "stmt_location", "stmt_len", "version"}}
        return [bare(each) for each in node] if isinstance(node, list) else node
    return bare(pgparse.parse(text))

texts = [
    "SELECT 1e10",
    "SELECT 2.5e3 FROM t",
    "CREATE TABLE t (a float DEFAULT 1e6)",
    "SELECT 1 UNION (SELECT 1 UNION ALL SELECT 1)",
    "SELECT 2.5 AS e3 FROM t",
    "(SELECT 1 UNION SELECT 1) UNION ALL SELECT 1",
]
written = json.loads(subprocess.run(["node", "ask.js", json.dumps(texts)], capture_output=True, text=True, check=True).stdout)
kept = ["not read" if one == "not read" else tree(one) == tree(text) for text, one in zip(texts, written)]
for text, one, same in zip(texts, written, kept):
    print(f"pgsql-ast-parser 12.0.2: {text} | written {one} | PostgreSQL's parser has the same tree: {same}")
sys.exit(kept != [False, False, "not read", False, True, True])
P
