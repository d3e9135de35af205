"""ALTER VIEW takes an option away, or gives one: only `security_invoker` was read of it, so that rows stayed apart."""

from __future__ import annotations

import pytest

from scanner.inputs.sql.declared import Declared
from tests.databases.agreement import said_of
from tests.databases.neighbours import BASE, OWN

OURS = f"SELECT * FROM charts WHERE {OWN}"
WRITES = "GRANT SELECT, INSERT, UPDATE, DELETE ON v TO app;"
# The owner of the view is bound by no policy.
OWNER = "CREATE ROLE reporting BYPASSRLS; GRANT ALL ON charts TO reporting; ALTER VIEW v OWNER TO reporting;"


@pytest.mark.parametrize(
    ("view", "change", "verdict"),
    [
        (f"CREATE VIEW v AS {OURS} WITH LOCAL CHECK OPTION;", "", "apart"),
        (f"CREATE VIEW v WITH (check_option = local) AS {OURS};", "", "apart"),
        (f"CREATE VIEW v WITH (check_option = 'cascaded') AS {OURS};", "", "apart"),
        (f"CREATE VIEW v AS {OURS};", "", "leak"),
        (f"CREATE VIEW v AS {OURS} WITH LOCAL CHECK OPTION;", "ALTER VIEW v RESET (check_option);", "leak"),
        (f"CREATE VIEW v AS {OURS} WITH CASCADED CHECK OPTION;", "ALTER TABLE v RESET (check_option);", "leak"),
        (f"CREATE VIEW v AS {OURS};", "ALTER VIEW v SET (check_option = cascaded);", "apart"),
        (f"CREATE VIEW v AS {OURS};", "ALTER VIEW v SET (security_barrier, check_option = 'local');", "apart"),
        (f"CREATE VIEW v AS {OURS} WITH CHECK OPTION;", "ALTER VIEW v SET (security_barrier = false);", "apart"),
    ],
)
def test_new_rows_are_checked_as_long_as_the_view_says_so(view: str, change: str, verdict: str) -> None:
    sql = f"{BASE} CREATE POLICY own ON charts USING ({OWN}); {view} {WRITES} {OWNER} {change}"
    assert said_of(sql, "app", Declared())[0] == verdict
