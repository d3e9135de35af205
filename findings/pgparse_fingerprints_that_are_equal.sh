#!/usr/bin/env bash
# pgparse 1.0.3 (libpg_query): fingerprint(). Its purpose is one fingerprint for statements that differ in constants only, and
# one would expect two where a keyword changes what is done, as it is for GRANT and REVOKE, PERMISSIVE and RESTRICTIVE, or
# BYPASSRLS and NOBYPASSRLS. Seen: a function with SECURITY DEFINER has the fingerprint of one with SECURITY INVOKER,
# BEGIN ISOLATION LEVEL SERIALIZABLE that of BEGIN, and coalesce(a, b) that of coalesce(b, a), though least(a, b) and
# greatest(a, b) differ. Migrations cannot be told to be the same by fingerprints: tenantproof compares catalogues.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check pgparse==1.0.3
"$folder/v/bin/python" - <<'P'
import sys
import pgparse

function = "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY {} AS 'SELECT 1'"
equal = []
for one, other in [
    (function.format("DEFINER"), function.format("INVOKER")),
    ("BEGIN ISOLATION LEVEL SERIALIZABLE", "BEGIN"),
    ("SELECT coalesce(a, b) FROM t", "SELECT coalesce(b, a) FROM t"),
    ("GRANT SELECT ON t TO r", "REVOKE SELECT ON t FROM r"),
    ("CREATE POLICY p ON t AS PERMISSIVE USING (a)", "CREATE POLICY p ON t AS RESTRICTIVE USING (a)"),
    ("ALTER ROLE r BYPASSRLS", "ALTER ROLE r NOBYPASSRLS"),
    ("SELECT least(a, b) FROM t", "SELECT greatest(a, b) FROM t"),
]:
    equal.append(pgparse.fingerprint(one) == pgparse.fingerprint(other))
    print(f"pgparse 1.0.3: {'same ' if equal[-1] else 'other'} fingerprint: {one} | {other}")
sys.exit(equal != [True, True, True, False, False, False, False])
P
