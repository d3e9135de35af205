"""Random schemas by seed, and what is said of them beside what a server shows.

`python -m tests.databases.random_schemas NUMBER --seed N [--version 16] [--seconds N]` prints the counts and every
contradiction.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter

from scanner.databases.building import prepare
from scanner.databases.server import started
from tests.databases.agreement import Compared, compared
from tests.databases.neighbours import OWN
from tests.databases.one_transaction import Rolled, rolled

_SESSION = (
    "current_setting('app.tenant', true)",
    "current_setting('app.tenant')",
    "nullif(current_setting('app.tenant', true), '')",
    "(SELECT current_setting('app.tenant', true))",
    "coalesce(current_setting('app.tenant', true), '')",
    "current_setting('app.tenant', true)::text",
    "mine()",
)
_FREE = (
    "id > 0",
    "id = 1",
    "id <> 0",
    "id BETWEEN 0 AND 5",
    "public",
    "NOT public",
    "public IS TRUE",
    "author = 'x'",
    "author IS NOT NULL",
    "author IS NULL",
    "body LIKE 'x%'",
    "tenant_id IS NOT NULL",
    "tenant_id <> ''",
    "tenant_id IN ('a', 'b')",
    "true",
    "1 = 1",
    "current_user = 'app'",
    "current_user IN ('app', 'other')",
    "yes(id)",
)
_FALSE = ("false", "NULL", "1 = 2", "current_user = 'nobody'", "tenant_id IS NULL", "tenant_id = ''")


class Maker:
    """Makes one schema."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # repeatable on purpose
        self._sound = self._chance.random() < 0.5

    def _is(self, share: float) -> bool:
        return self._chance.random() < share

    def _own(self) -> str:
        session, column = self._chance.choice(_SESSION), "tenant_id"
        return self._chance.choice(
            [
                f"{column} = {session}",
                f"{session} = {column}",
                f"{column}::text = {session}",
                f"{column} IN ({session})",
                f"{column} = ANY (ARRAY[{session}])",
                f"NOT ({column} <> {session})",
                f"{column} IS NOT DISTINCT FROM {session}",
                f"belongs({column})",
            ]
        )

    def condition(self, depth: int = 0) -> str:
        """Of own rows only where the schema is to be sound, more or less."""
        roll = self._chance.random()
        if depth > 2 or roll < 0.35:
            return self._own() if self._sound or self._is(0.6) else self._chance.choice(_FREE + _FALSE)
        inner = self.condition(depth + 1)
        other = self._chance.choice(_FREE) if self._is(0.7) else self.condition(depth + 1)
        if roll < 0.6:
            return f"({inner}) AND ({other})"
        if roll < 0.72:
            return f"({inner}) OR ({self._chance.choice(_FALSE) if self._sound else other})"
        if roll < 0.8:
            return f"CASE WHEN {other} THEN {inner} ELSE false END"
        if roll < 0.86:
            return f"coalesce({inner}, {'false' if self._sound else self._chance.choice(['true', 'false'])})"
        if roll < 0.92:
            return f"({inner}) IS TRUE"
        return f"NOT (NOT ({inner}))" if self._sound else f"NOT ({inner})"

    def schema(self) -> str:
        """The SQL."""
        parts = [
            "CREATE ROLE migrator LOGIN; CREATE ROLE app LOGIN; CREATE ROLE g; CREATE ROLE h;",
            "CREATE TABLE charts(id int, tenant_id text, body text, public boolean, author text);",
            "CREATE FUNCTION mine() RETURNS text LANGUAGE sql STABLE AS"
            " $$ SELECT current_setting('app.tenant', true) $$;",
            "CREATE FUNCTION yes(n int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT n > 0 $$;",
            f"CREATE FUNCTION belongs(tenant text) RETURNS boolean LANGUAGE sql STABLE AS"
            f" $$ SELECT {OWN.replace('tenant_id', 'tenant')} $$;",
        ]
        if self._is(0.9):
            parts.append("ALTER TABLE charts OWNER TO migrator;")
        parts.append("ALTER TABLE charts ENABLE ROW LEVEL SECURITY;")
        if self._is(0.85):
            parts.append("ALTER TABLE charts FORCE ROW LEVEL SECURITY;")
        members = [("g", "app"), ("h", "app" if self._is(0.7) else "g")]
        parts += [f"GRANT {role} TO {member};" for role, member in members if self._is(0.3)]
        if self._is(0.1):
            parts.append(f"ALTER ROLE {self._chance.choice(['g', 'h'])} BYPASSRLS;")
        if self._is(0.05):
            parts.append("GRANT migrator TO g;")
        parts += [self._policy(number) for number in range(self._chance.choice([1, 1, 1, 2, 2, 3]))]
        commands = ["SELECT", "INSERT", "UPDATE", "DELETE"]
        given = commands if self._is(0.6) else self._chance.sample(commands, self._chance.randint(1, 3))
        parts.append(
            f"GRANT {', '.join(given)} ON charts TO {self._chance.choice(['app', 'app', 'app', 'g', 'PUBLIC'])};"
        )
        if self._is(0.1):
            parts.append(f"GRANT {self._chance.choice(['SELECT', 'DELETE', 'TRUNCATE'])} ON charts TO h;")
        parts += [self._view(number) for number in range(self._chance.choice([0, 0, 0, 1, 2]))]
        if self._is(0.15):
            parts.append(self._function())
        if self._is(0.08):
            parts.append(self._partitioned())
        if self._is(0.1):
            parts.append(self._gone())
        if self._is(0.1):
            parts.append(f"BEGIN; {self._policy(9)} ROLLBACK;")
        if self._is(0.1):
            new = self._chance.choice(["TO records", "body TO note", "tenant_id TO clinic_id"])
            parts.append(f"ALTER TABLE charts RENAME {new};")
        if self._is(0.1):
            parts.append(
                "CREATE FUNCTION q() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS"
                f" $q$ BEGIN RETURN (SELECT count(*) FROM charts WHERE {self.condition()}); END $q$;"
            )
        return "\n".join(parts)

    def _gone(self) -> str:
        """A policy that goes with the function that it asks."""
        kind = self._chance.choice(["RESTRICTIVE", "PERMISSIVE"])
        left = "CASCADE" if self._is(0.8) else "RESTRICT"
        # Without CASCADE it fails where something uses it, and then nothing does.
        use = f"CREATE POLICY used ON charts AS {kind} USING (gone(id) AND ({self.condition()}));"
        made = "CREATE FUNCTION gone(n int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT n > 0 $$;"
        return made + (use if left == "CASCADE" else "") + f" DROP FUNCTION gone(int) {left};"

    def _policy(self, number: int) -> str:
        command = self._chance.choice(["ALL", "ALL", "ALL", "SELECT", "INSERT", "UPDATE", "DELETE"])
        kind = "RESTRICTIVE" if number and self._is(0.35) else "PERMISSIVE"
        to = self._chance.choice(["", "", "", "TO app", "TO PUBLIC", "TO g", "TO h", "TO migrator"])
        using = "" if command == "INSERT" else f"USING ({self.condition()})"
        check = command in ("ALL", "UPDATE") and self._is(0.2)
        more = f" WITH CHECK ({self.condition()})" if check or command == "INSERT" else ""
        return f"CREATE POLICY p{number} ON charts AS {kind} FOR {command} {to} {using}{more};"

    def _view(self, number: int) -> str:
        invoker = "WITH (security_invoker) " if self._is(0.35) else ""
        source = f"v{number - 1}" if number and self._is(0.3) else "charts"
        where = f" WHERE {self.condition()}" if self._is(0.6) and source == "charts" else ""
        limit = " LIMIT 0" if self._is(0.1) else ""
        made = f"CREATE VIEW v{number} {invoker}AS SELECT * FROM {source}{where}{limit};"
        if not invoker and self._is(0.15):
            made = f"CREATE MATERIALIZED VIEW v{number} AS SELECT * FROM {source}{where}{limit};"
        elif self._is(0.4):
            made += f" ALTER VIEW v{number} OWNER TO {self._chance.choice(['migrator', 'g', 'h'])};"
        given = self._chance.choice(["SELECT", "SELECT", "SELECT", "UPDATE", "DELETE", "INSERT, SELECT"])
        return made + (f" GRANT {given} ON v{number} TO app;" if self._is(0.8) else "")

    def _function(self) -> str:
        definer = "SECURITY DEFINER" if self._is(0.7) else ""
        where = f" WHERE {self.condition()}" if self._is(0.6) else ""
        made = (
            f"CREATE FUNCTION f() RETURNS bigint LANGUAGE sql {definer} AS $f$ SELECT count(*) FROM charts{where} $f$;"
        )
        if self._is(0.3):
            made += f" ALTER FUNCTION f() OWNER TO {self._chance.choice(['migrator', 'g', 'h'])};"
        return made + (" REVOKE ALL ON FUNCTION f() FROM PUBLIC;" if self._is(0.2) else "")

    def _partitioned(self) -> str:
        granted = "p" if self._is(0.5) else "p, p_rest"
        return (
            "CREATE TABLE p(id int, tenant_id text) PARTITION BY LIST (tenant_id);"
            "CREATE TABLE p_rest PARTITION OF p DEFAULT; ALTER TABLE p ENABLE ROW LEVEL SECURITY;"
            f"ALTER TABLE p FORCE ROW LEVEL SECURITY; CREATE POLICY own ON p USING ({OWN});"
            f"GRANT SELECT, DELETE ON {granted} TO app;"
        )


def tried(server: Rolled, seed: int) -> tuple[str, Compared]:
    """A schema and what was seen of it."""
    sql = Maker(seed).schema().replace("app.tenant", server.setting)
    return sql, compared(server, sql)


def main(arguments: list[str]) -> int:
    """1 where something that was said was contradicted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("number", type=int)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--version", type=int)
    options = parser.parse_args(arguments)
    counts: Counter[str] = Counter()
    begun, seed, wrong = time.monotonic(), options.seed * 1_000_000, 0
    with started(options.version) as server:
        prepare(server)
        for within in rolled(server, options.number):
            sql, found = tried(within, seed)
            counts[f"{found.said}, {'reached' if found.reached else 'not reached'}"] += 1
            if not found.agrees or found.skipped:
                wrong += not found.agrees
                print(
                    f"seed {seed}: {found.said} {found.why[:1]}, {found.reached[:1]} {found.skipped[:1]}\n{sql}\n",
                    flush=True,
                )
            seed += 1
            if time.monotonic() - begun > options.seconds:
                break
        leaks = counts["leak, reached"] + counts["open, reached"] + counts["apart, reached"]
        sound = counts["apart, not reached"] + counts["open, not reached"] + counts["leak, not reached"]
        print(f"PostgreSQL {server.version}: {sum(counts.values()):,} schemas from seed {options.seed * 1_000_000:,}:")
        print(f"  {dict(counts)}; {wrong} contradicted")
        print(
            f"  {leaks} leak, {counts['leak, reached']} said so; {sound} sound, {counts['apart, not reached']} said so"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
