#!/usr/bin/env bash
# sqlparse 0.6.1: split(). One would expect one part for each statement, whatever the columns are called: in PostgreSQL
# `begin` and `declare` are no reserved words and need no quotes. Seen: after a CREATE statement that holds one of them as a
# name (a column, an index's column, a policy's condition, an alias of a view) nothing is split any more, to the end of the
# text. Quoted, or as `loop` and `if`, they split. A runner of migrations that sends part by part sends the rest as one.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check sqlparse==0.6.1 pgparse==1.0.3
"$folder/v/bin/python" - <<'P'
import sys
import pgparse, sqlparse

parts = []
for first in [
    "CREATE TABLE slots (begin int)",
    "CREATE INDEX found ON goods (declare)",
    "CREATE POLICY own ON goods USING (declare = 1)",
    "CREATE VIEW v AS SELECT a AS begin FROM t",
    'CREATE TABLE slots ("begin" int)',
    "CREATE TABLE slots (loop int)",
]:
    text = f"{first};\nSELECT 1;\nSELECT 2;\n"
    real = len(pgparse.parse(text))
    parts.append((len(sqlparse.split(text)), real))
    print(f"sqlparse 0.6.1: {first:46} and two statements: {parts[-1][0]} parts, PostgreSQL's parser says {real}")
sys.exit([one for one, _ in parts] != [1, 1, 1, 1, 3, 3] or {real for _, real in parts} != {3})
P
