"""Recorded audits in one SQLite file: what was open when, since when, and what was fixed.

A finding is known by its id, which stands for rule, address and cause. It is fixed where a later audit looked at its
resource with its rule and no longer has it, gone where the resource is not there any more, and neither where that
account or file was left out or could not be read. What could not be read is no new finding, either.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import cast

from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.base.state_folder import state_folder
from scanner.findings.report_document import (
    SEVERITIES,
    FindingDocument,
    HistoryControlDocument,
    HistoryDocument,
    HistoryRunDocument,
    ReportDocument,
    Severity,
    TwelveMonthsDocument,
)
from scanner.history.facts import Facts, changes, facts_of, packed, unpacked
from scanner.history.schema import MIGRATIONS, VERSION

MOST_RUNS = 400
"""Audits that a report tells of; the file has all."""
_OPEN = ("FAIL", "UNKNOWN")
_UNSEEN = ("access-denied", "not-collected", "missing-file", "scanner-error")
_UNREAD = 2  # the exit code of what could not be read
_WAIT = 30.0
_YEAR = 365
_APPLICATION = 0x74706866  # says in the file's head whose it is


@record
class Run:
    """One recorded audit. `new`, `fixed` and `gone` count findings; `open` findings by severity.

    `partial` says that it ended before all was read: it is not compared with others as a whole.
    """

    number: int
    at: str
    as_of: str
    exit_code: int
    open: Mapping[Severity, int]
    undetermined: int
    accepted: int
    new: int
    fixed: int
    mean_age_days: float
    report_digest: str
    chain: str
    by: str | None
    commit: str | None
    gone: int = 0
    partial: bool = False

    @property
    def total(self) -> int:
        """Open findings of all severities."""
        return sum(self.open.values())


@record
class _Outcome:
    """How an audit ended, and what it changed."""

    exit_code: int
    partial: bool
    new: int
    fixed: int
    gone: int


@record
class Seen:
    """One finding over time; `fixed` is None while it is open, `gone` says that it ended with its resource.

    Dates are days.
    """

    id: str
    rule: str
    severity: Severity
    verdict: str
    address: str
    account: str | None
    message: str
    first: str
    last: str
    fixed: str | None
    reopened: int
    gone: bool = False


class History:
    """One file. Use it as a context, which closes it. Raises ProblemsError where the file is none, or a newer one."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self._path = path
        if not create and not path.exists():
            hint = "`tenantproof audit` writes one"
            raise ProblemsError([Problem(path.as_posix(), "there is no history here", hint=hint, kind="config")])
        try:
            state_folder(path.parent)
            if not path.exists():
                path.touch(mode=0o600)
            self._db = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA foreign_keys = ON")
            self._migrate()
        except (OSError, sqlite3.Error) as error:
            raise ProblemsError([self._problem(error)]) from None

    def __enter__(self) -> History:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def scopes(self) -> list[str]:
        """What audits were recorded of, sorted; each has a history of its own."""
        return [str(row[0]) for row in self._rows("SELECT DISTINCT scope FROM runs ORDER BY scope")]

    def record(self, report: ReportDocument, scope: str, exit_code: int | None = None) -> Run:
        """Keeps the audit, all of it or nothing; the same report a second time is the run it was. Raises ProblemsError.

        `exit_code` is the audit's, where reading the account ended worse than judging it.
        """
        digest = report_digest(report)
        known = self._run("scope = ? AND report_digest = ?", (scope, digest))
        if known is not None:
            return known
        with self._transaction():
            last = self._run("scope = ?", (scope,))
            at = report["generated_at"]
            if last is not None and at < last.at:
                message = f"the audit of {at} is older than the last one recorded, of {last.at}"
                raise ProblemsError([Problem(self._path.as_posix(), message, kind="config")])
            day = report["as_of"]
            opened = [each for each in report["findings"] if each["verdict"] in _OPEN]
            code = max(report["exit_code"], exit_code or 0)
            partial = code == _UNREAD
            hidden = partial or any(each["cause"] in _UNSEEN for each in report["coverage"])
            fixed, gone = self._close(report, opened, scope, day, hidden)
            new = self._keep([each for each in opened if not _unseen(each)], scope, day)
            chain = last.chain if last is not None else ""
            number = self._insert(report, scope, digest, chain, _Outcome(code, partial, new, fixed, gone))
            self._count(report, number)
        recorded = self._run("run = ?", (number,))
        assert recorded is not None  # noqa: S101  # it was just written
        return recorded

    def runs(self, scope: str, most: int = MOST_RUNS) -> list[Run]:
        """The last of them, in the order of time."""
        rows = self._rows("SELECT * FROM runs WHERE scope = ? ORDER BY at DESC, run DESC LIMIT ?", (scope, most))
        return [_run(row) for row in reversed(rows)]

    def findings(self, scope: str, *, still_open: bool = True) -> list[Seen]:
        """By age, the oldest first."""
        where = "AND fixed_at IS NULL" if still_open else ""
        rows = self._rows(
            f"SELECT * FROM findings WHERE scope = ? {where} ORDER BY first_seen, severity, rule, address",  # noqa: S608  # the text is our own, values are bound
            (scope,),
        )
        return [_seen(row) for row in rows]

    def annotate(self, report: ReportDocument, scope: str) -> None:
        """Writes into a recorded report what the history knows of it."""
        first = {
            str(row["id"]): str(row["first_seen"])
            for row in self._rows("SELECT id, first_seen FROM findings WHERE scope = ? AND fixed_at IS NULL", (scope,))
        }
        for finding in report["findings"]:
            if finding["verdict"] in _OPEN and finding["id"] in first:
                finding["first_seen"] = first[finding["id"]]
        report["history"] = self.document(report, scope)

    def document(self, report: ReportDocument, scope: str) -> HistoryDocument:
        """The part `history` of a report: its period is that of the recorded audits, or its own day where there is
        none."""
        runs = self.runs(scope)
        days = [datetime.date.fromisoformat(run.at[:10]) for run in runs]
        gaps = [(after - before).days for before, after in pairwise(days)]
        return {
            "runs": [_told(run) for run in runs],
            "period": {
                "from": runs[0].at[:10] if runs else report["as_of"],
                "to": runs[-1].at[:10] if runs else report["as_of"],
                "runs": len(runs),
                "longest_gap_days": max(gaps, default=0),
            },
            "controls": self._controls(report, scope, runs[0].at[:10] if runs else report["as_of"]),
            "changes": self._changes(report, scope),
            "twelve_months": twelve_months(runs, datetime.date.fromisoformat(report["as_of"])),
        }

    def forget(self, scope: str | None, before: datetime.date) -> int:
        """Deletes audits of before the day, and findings that were fixed before it; how many audits that were."""
        which, given = ("AND scope = ?", (scope,)) if scope is not None else ("", ())
        with self._transaction():
            gone = self._db.execute(f"DELETE FROM runs WHERE at < ? {which}", (before.isoformat(), *given)).rowcount  # noqa: S608  # the text is our own, values are bound
            self._db.execute(f"DELETE FROM findings WHERE fixed_at < ? {which}", (before.isoformat(), *given))  # noqa: S608  # the text is our own, values are bound
        return gone

    def table(self, name: str) -> tuple[dict[str, str], Iterator[tuple[object, ...]]]:
        """The columns of a table with their SQLite types, but for what only this program reads, and its rows."""
        from scanner.history.schema import TABLES

        assert name in TABLES  # noqa: S101  # names are our own
        described = self._rows(f"PRAGMA table_info({name})")
        columns = {str(row["name"]): str(row["type"]) for row in described if row["name"] != "facts"}
        rows = self._db.execute(f"SELECT {', '.join(columns)} FROM {name}")  # noqa: S608  # the text is our own, values are bound
        return columns, (tuple(row) for row in rows)

    def _migrate(self) -> None:
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        owner = int(self._db.execute("PRAGMA application_id").fetchone()[0])
        empty = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if not empty and owner != _APPLICATION:
            raise ProblemsError(
                [Problem(self._path.as_posix(), "is a database, and no history of tenantproof", kind="config")]
            )
        if version > VERSION:
            message = f"is of version {version}, and this release reads versions up to {VERSION}"
            hint = "use the release that wrote it, or a newer one"
            raise ProblemsError([Problem(self._path.as_posix(), message, hint=hint, kind="config")])
        for number, statements in enumerate(MIGRATIONS[version:], version + 1):
            with self._transaction():
                for statement in statements.split(";"):
                    if statement.strip():
                        self._db.execute(statement)
                self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
                self._db.execute(f"PRAGMA user_version = {number}")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise ProblemsError([self._problem(error)]) from None

    def _rows(self, query: str, given: Sequence[object] = ()) -> list[sqlite3.Row]:
        try:
            return self._db.execute(query, tuple(given)).fetchall()
        except sqlite3.Error as error:
            raise ProblemsError([self._problem(error)]) from None

    def _problem(self, error: Exception) -> Problem:
        said = str(error)
        hint = None
        if "not a database" in said or "malformed" in said:
            said = "is no history, or a damaged one"
        elif "locked" in said:
            said, hint = "is being written by another audit", "wait for it, or give each its own file with --history"
        elif isinstance(error, OSError):
            said = f"cannot be used: {(error.strerror or said).lower()}"
        else:
            said = f"cannot be used: {said}"
        return Problem(self._path.as_posix(), said, hint=hint, kind="config")

    def _run(self, where: str, given: Sequence[object]) -> Run | None:
        rows = self._rows(f"SELECT * FROM runs WHERE {where} ORDER BY at DESC, run DESC LIMIT 1", given)  # noqa: S608  # the text is our own, values are bound
        return _run(rows[0]) if rows else None

    def _close(
        self, report: ReportDocument, opened: Sequence[FindingDocument], scope: str, day: str, hidden: bool
    ) -> tuple[int, int]:
        """Ends what was looked at and is no longer found; how many were fixed, how many went with their resource."""
        here = {each["id"] for each in opened}
        doubted = {(each["rule"], each["resource"]["address"]) for each in opened if each["verdict"] == "UNKNOWN"}
        addresses = {each["resource"]["address"] for each in report["findings"]}
        rules, accounts = set(report["rules"]), set(report["scope"]["accounts"])
        query = "SELECT id, rule, address, account FROM findings WHERE scope = ? AND fixed_at IS NULL"
        fixed: list[tuple[str, str, str]] = []
        gone: list[tuple[str, str, str]] = []
        for row in self._rows(query, (scope,)):
            path, of_file, _ = str(row["address"]).partition("#")
            if of_file:
                looked_at = not _failed(report, path)
            else:
                # A resource that is not there may be gone, or have been hidden by a call that was denied.
                looked_at = row["account"] in {None, *accounts} and (row["address"] in addresses or not hidden)
            doubt = (row["rule"], row["address"]) in doubted
            if row["id"] not in here and row["rule"] in rules and looked_at and not doubt:
                # Without any finding on it, whatever the verdict, the resource itself is not there.
                (fixed if row["address"] in addresses else gone).append((day, scope, row["id"]))
        ended = "UPDATE findings SET fixed_at = ?, gone = {} WHERE scope = ? AND id = ?"
        self._db.executemany(ended.format(0), fixed)
        self._db.executemany(ended.format(1), gone)
        return len(fixed), len(gone)

    def _keep(self, opened: Iterable[FindingDocument], scope: str, day: str) -> int:
        """Writes what is open; how many of them were not open before."""
        known = {
            str(row["id"]): row["fixed_at"]
            for row in self._rows("SELECT id, fixed_at FROM findings WHERE scope = ?", (scope,))
        }
        new: list[tuple[object, ...]] = []
        again: list[tuple[object, ...]] = []
        once: set[str] = set()
        for each in opened:
            if each["id"] in once:
                continue
            once.add(each["id"])
            resource = each["resource"]
            if each["id"] in known:
                back = known[each["id"]] is not None
                again.append(
                    (each["severity"], each["verdict"], each.get("message", ""), day, int(back), scope, each["id"])
                )
                continue
            new.append(
                (
                    scope,
                    each["id"],
                    each["rule"],
                    each["severity"],
                    each["verdict"],
                    resource["type"],
                    resource["address"],
                    resource["account"],
                    resource["region"],
                    each.get("message", ""),
                    day,
                    day,
                )
            )
        self._db.executemany(
            "INSERT INTO findings (scope, id, rule, severity, verdict, type, address, account, region, message, "
            "first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            new,
        )
        self._db.executemany(
            "UPDATE findings SET severity = ?, verdict = ?, message = ?, last_seen = ?, reopened = reopened + ?, "
            "fixed_at = NULL, gone = 0 WHERE scope = ? AND id = ?",
            again,
        )
        return len(new) + sum(1 for each in again if each[4])

    def _insert(  # the columns
        self, report: ReportDocument, scope: str, digest: str, chain: str, outcome: _Outcome
    ) -> int:
        counts = dict.fromkeys(SEVERITIES, 0)
        for each in report["findings"]:
            if each["verdict"] == "FAIL":
                counts[each["severity"]] += 1
        verdicts = report["summary"]["verdicts"]
        (age,) = self._db.execute(
            "SELECT avg(julianday(?) - julianday(first_seen)) FROM findings "
            "WHERE scope = ? AND fixed_at IS NULL AND verdict = 'FAIL'",
            (report["as_of"], scope),
        ).fetchone()
        run = report["run"]
        # No later audit is compared with those before the last whole one.
        last = "SELECT run FROM runs WHERE scope = ? AND partial = 0 ORDER BY at DESC, run DESC LIMIT 1"
        self._db.execute(f"UPDATE runs SET facts = NULL WHERE scope = ? AND run NOT IN ({last})", (scope, scope))  # noqa: S608  # the text is our own, values are bound
        cursor = self._db.execute(
            "INSERT INTO runs (scope, at, as_of, started, ended, exit_code, by_whom, commit_id, tool, rules_digest, "
            "tenancy_digest, report_digest, chain, critical, high, medium, low, undetermined, accepted, new, fixed, "
            "mean_age_days, facts, gone, partial) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                scope,
                report["generated_at"],
                report["as_of"],
                run.get("started"),
                run.get("ended"),
                outcome.exit_code,
                run.get("by"),
                run.get("commit"),
                report["tool"]["version"],
                report["tool"].get("rules_digest", ""),
                report["tenancy"].get("digest"),
                digest,
                hashlib.sha256(f"{chain}{digest}".encode()).hexdigest(),
                *(counts[severity] for severity in SEVERITIES),
                verdicts.get("UNKNOWN", 0),
                verdicts.get("SUPPRESSED", 0),
                outcome.new,
                outcome.fixed,
                round(float(age or 0), 1),
                # What a partial audit lacks was not removed: the next one is compared with the last whole one.
                None if outcome.partial else packed(facts_of(report)),
                outcome.gone,
                int(outcome.partial),
            ),
        )
        return int(cursor.lastrowid or 0)

    def _count(self, report: ReportDocument, run: int) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO controls VALUES (?, ?, ?, ?, ?, ?)",
            [
                (run, each["framework"], each["id"], each["status"], each["population"], each["deviations"])
                for each in report["controls"]
            ],
        )
        counts: dict[tuple[str, str, str], set[str]] = {}
        for finding in report["findings"]:
            resource = finding["resource"]
            key = (resource["type"], resource["account"] or "", resource["region"] or "")
            counts.setdefault(key, set()).add(resource["address"])
        self._db.executemany(
            "INSERT INTO resources VALUES (?, ?, ?, ?, ?)", [(run, *key, len(those)) for key, those in counts.items()]
        )

    def _controls(self, report: ReportDocument, scope: str, begin: str) -> dict[str, HistoryControlDocument]:
        """Findings by control from the first audit on; what was open when it began was not opened in the period."""
        by_rule: dict[str, list[tuple[str, str | None]]] = {}
        for row in self._rows(
            "SELECT rule, first_seen, fixed_at FROM findings WHERE scope = ? AND verdict = 'FAIL'", (scope,)
        ):
            by_rule.setdefault(row["rule"], []).append((row["first_seen"], row["fixed_at"]))
        found: dict[str, HistoryControlDocument] = {}
        for control in report["controls"]:
            those = [each for rule in control["rules"] for each in by_rule.get(rule, ())]
            if control["rules"]:
                found[f"{control['framework']}:{control['id']}"] = {
                    "opened": sum(first > begin for first, _ in those),
                    "closed": sum(fixed is not None for _, fixed in those),
                    "days_open": sum(_days(first, fixed or report["as_of"]) for first, fixed in those),
                }
        return found

    def _changes(self, report: ReportDocument, scope: str) -> dict[str, object]:
        rows = self._rows(
            "SELECT at, facts FROM runs WHERE scope = ? AND report_digest != ? AND facts IS NOT NULL "
            "ORDER BY at DESC, run DESC LIMIT 1",
            (scope, report_digest(report)),
        )
        before: Facts | None = unpacked(rows[0]["facts"]) if rows else None
        run = self._run("scope = ? AND report_digest = ?", (scope, report_digest(report)))
        if before is None or (run is not None and run.partial):
            return {}
        return changes(before, facts_of(report), str(rows[0]["at"]))


def twelve_months(runs: Sequence[Run], day: datetime.date) -> TwelveMonthsDocument:
    """What audits show of the 365 days that end with `day`; one that did not read everything shows no day."""
    begin = day - datetime.timedelta(days=_YEAR)
    audited = [(datetime.date.fromisoformat(run.at[:10]), run.partial) for run in runs]
    within = [(when, partial) for when, partial in audited if begin <= when <= day]
    whole = sorted(when for when, partial in within if not partial)
    return {
        "audits": len(within),
        "partial": sum(partial for _, partial in within),
        "longest_gap_days": max((after - before).days for before, after in pairwise([begin, *whole, day])),
        "covered": any(when <= begin and not partial for when, partial in audited),
    }


def report_digest(report: ReportDocument) -> str:
    """Of all that an audit says itself, without what the history adds to it."""
    plain: dict[str, object] = {key: value for key, value in report.items() if key not in ("history", "findings")}
    plain["findings"] = [
        {key: value for key, value in each.items() if key != "first_seen"} for each in report["findings"]
    ]
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _unseen(finding: FindingDocument) -> bool:
    """Whether it only says that something of an account could not be read."""
    unknown = finding.get("unknown")
    return finding["verdict"] == "UNKNOWN" and unknown is not None and unknown["cause"] in _UNSEEN


def _failed(report: ReportDocument, path: str) -> bool:
    return any(each["path"] == path and each["level"] == "error" for each in report["errors"])


def _days(first: str, last: str) -> int:
    return max(0, (datetime.date.fromisoformat(last[:10]) - datetime.date.fromisoformat(first[:10])).days)


def _run(row: sqlite3.Row) -> Run:
    return Run(
        row["run"],
        row["at"],
        row["as_of"],
        row["exit_code"],
        {severity: row[severity] for severity in SEVERITIES},
        row["undetermined"],
        row["accepted"],
        row["new"],
        row["fixed"],
        row["mean_age_days"],
        row["report_digest"],
        row["chain"],
        row["by_whom"],
        row["commit_id"],
        row["gone"],
        bool(row["partial"]),
    )


def _seen(row: sqlite3.Row) -> Seen:
    return Seen(
        row["id"],
        row["rule"],
        cast("Severity", row["severity"]),
        row["verdict"],
        row["address"],
        row["account"],
        row["message"],
        row["first_seen"],
        row["last_seen"],
        row["fixed_at"],
        row["reopened"],
        bool(row["gone"]),
    )


def _told(run: Run) -> HistoryRunDocument:
    return {
        "at": run.at,
        "exit_code": run.exit_code,
        "open": {severity: run.open[severity] for severity in SEVERITIES},
        "undetermined": run.undetermined,
        "accepted": run.accepted,
        "new": run.new,
        "fixed": run.fixed,
        "mean_age_days": run.mean_age_days,
    }


__all__ = ["MOST_RUNS", "History", "Run", "Seen", "report_digest"]
