#!/usr/bin/env bash
# sqlglot 30.30.0: PostgreSQL's prefix operator `@` (absolute value), read and written as PostgreSQL. One would expect the
# operator or abs() back, for both are that dialect's. Seen: `@ amount` is read as a parameter named `amount` and written as
# `$amount`, which the server refuses; `@ -5`, which the server computes, cannot be read. The other prefix operators
# (`|/`, `||/`, `~`) are known. The column is no longer among the columns of the statement.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check sqlglot==30.30.0 pgparse==1.0.3
"$folder/v/bin/python" - <<'P'
import sys
import pgparse, sqlglot
from sqlglot import exp

def outcome(function, text):
    try:
        return function(text)
    except Exception as error:
        return f"raised {type(error).__name__}"

said = []
for text in ["SELECT @ amount FROM t", "SELECT @ -5", "SELECT ~ amount FROM t"]:
    written = outcome(lambda each: sqlglot.transpile(each, read="postgres", write="postgres")[0], text)
    columns = outcome(lambda each: [c.name for c in sqlglot.parse_one(each, read="postgres").find_all(exp.Column)], text)
    valid = [not str(outcome(pgparse.parse, each)).startswith("raised") for each in (text, written)]
    said.append((written, columns, valid))
    print(f"sqlglot 30.30.0: {text:24} written {written!r}, columns {columns}; PostgreSQL's parser takes them: {valid}")
sys.exit(said != [
    ("SELECT $amount FROM t", [], [True, False]),
    ("raised ParseError", "raised ParseError", [True, False]),
    ("SELECT ~amount FROM t", ["amount"], [True, True]),
])
P
