"""The tables of a history file, and how older files become newer ones."""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE runs (
        run INTEGER PRIMARY KEY,
        scope TEXT NOT NULL,
        at TEXT NOT NULL,
        as_of TEXT NOT NULL,
        started TEXT,
        ended TEXT,
        exit_code INTEGER NOT NULL,
        by_whom TEXT,
        commit_id TEXT,
        tool TEXT NOT NULL,
        rules_digest TEXT NOT NULL,
        tenancy_digest TEXT,
        report_digest TEXT NOT NULL,
        chain TEXT NOT NULL,
        critical INTEGER NOT NULL,
        high INTEGER NOT NULL,
        medium INTEGER NOT NULL,
        low INTEGER NOT NULL,
        undetermined INTEGER NOT NULL,
        accepted INTEGER NOT NULL,
        new INTEGER NOT NULL,
        fixed INTEGER NOT NULL,
        mean_age_days REAL NOT NULL,
        facts BLOB,
        UNIQUE (scope, report_digest)
    );
    CREATE INDEX runs_of_scope ON runs (scope, at);
    CREATE TABLE findings (
        scope TEXT NOT NULL,
        id TEXT NOT NULL,
        rule TEXT NOT NULL,
        severity TEXT NOT NULL,
        verdict TEXT NOT NULL,
        type TEXT NOT NULL,
        address TEXT NOT NULL,
        account TEXT,
        region TEXT,
        message TEXT NOT NULL,
        first_seen TEXT NOT NULL,
        last_seen TEXT NOT NULL,
        fixed_at TEXT,
        reopened INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (scope, id)
    ) WITHOUT ROWID;
    CREATE INDEX findings_by_rule ON findings (scope, rule);
    CREATE INDEX findings_by_state ON findings (scope, fixed_at, severity);
    CREATE INDEX findings_by_address ON findings (scope, address);
    CREATE TABLE controls (
        run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
        framework TEXT NOT NULL,
        control TEXT NOT NULL,
        status TEXT NOT NULL,
        population INTEGER NOT NULL,
        deviations INTEGER NOT NULL,
        PRIMARY KEY (run, framework, control)
    ) WITHOUT ROWID;
    CREATE TABLE resources (
        run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
        type TEXT NOT NULL,
        account TEXT NOT NULL,
        region TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (run, type, account, region)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE runs ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE runs ADD COLUMN partial INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE findings ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
    """,
)
"""Each takes a file from the version of its place to the next one; what stands here is never changed."""

VERSION = len(MIGRATIONS)
TABLES = ("runs", "findings", "controls", "resources")

__all__ = ["MIGRATIONS", "TABLES", "VERSION"]
