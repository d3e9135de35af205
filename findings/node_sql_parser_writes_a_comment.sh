#!/usr/bin/env bash
# node-sql-parser 5.4.0 (npm), dialect postgresql: two minus signs. `- -amount` and `-(-5)` are the negative of a negative.
# One would expect sqlify() to write what astify() read. Seen: the first is written `--amount`, which begins a comment up to
# the end of the line: what follows is gone, and in a list of one column the rest is still a valid statement, without the
# table. Also `a::character(1)` is written as CHARACTER VARYING(1), another type, and `'a\b'`, two letters and a backslash
# where standard_conforming_strings is on (as since 9.1), with a backspace. Brackets keep `-(-5)` apart.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check pgparse==1.0.3
cd "$folder"
npm install --silent --no-audit --no-fund node-sql-parser@5.4.0 >/dev/null
cat >ask.js <<'P'
const parser = new (require("node-sql-parser").Parser)();
const dialect = { database: "postgresql" };
console.log(JSON.stringify(JSON.parse(process.argv[2]).map((text) => parser.sqlify(parser.astify(text, dialect), dialect))));
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
    "SELECT - -amount FROM bills",
    "SELECT a::character(1) FROM t",
    r"SELECT 'a\b' FROM t",
    "SELECT -(-amount) FROM bills",
    "SELECT a::character varying(1) FROM t",
    "SELECT 'a/b' FROM t",
]
written = json.loads(subprocess.run(["node", "ask.js", json.dumps(texts)], capture_output=True, text=True, check=True).stdout)
kept = [tree(one) == tree(text) for text, one in zip(texts, written)]
for text, one, same in zip(texts, written, kept):
    print(f"node-sql-parser 5.4.0: {text} | written {one!r} | PostgreSQL's parser has the same tree: {same}")
sys.exit(kept != [False, False, False, True, True, True])
P
