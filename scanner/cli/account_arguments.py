"""What the commands about live accounts and audits take."""

from __future__ import annotations

import argparse
from pathlib import Path

from scanner.cli.complaints import Parser
from scanner.cli.shared_arguments import (
    EXIT_CODES,
    Commands,
    bundling,
    command,
    confirming,
    gate,
    history_file,
    judging,
    number,
    reading,
    rendering,
    which_rules,
)


def snapshot(commands: Commands[Parser]) -> None:
    """Of `tenantproof snapshot`."""
    words = "read a live account into a folder that scan judges"
    description = (
        "Reads the configuration of an AWS account, or the catalogue of a PostgreSQL database, into a snapshot folder. "
        "Writes nothing to AWS or to the database, and reads no rows of tables."
    )
    snapshot = commands.add_parser("snapshot", help=words, description=description, allow_abbrev=False)
    snapshot.add_argument(
        "--out", type=Path, default=Path("snapshot"), metavar="DIR", help="the folder to write; default: snapshot"
    )
    snapshot.add_argument(
        "--database",
        metavar="URL",
        help="read this database instead: postgresql://USER@HOST:5432/DATABASE?sslrootcert=FILE; its password is taken "
        "from PGPASSWORD or the password file",
    )
    reading(snapshot)
    asked = snapshot.add_argument_group("what it is read for: of what no rule asks for, no call is made")
    which_rules(asked, "; default: all, also those that are off")
    spread = snapshot.add_argument_group("spreading the work")
    spread.add_argument("--plan", type=Path, metavar="FILE", help="write the shards of --org as JSON, and read none")
    spread.add_argument(
        "--shard", metavar="ACCOUNT[/REGION[/SERVICE]]", help="read this much of a plan; `--org --resume` joins them"
    )
    snapshot.add_argument(
        "--print-role",
        action="store_true",
        help="print the role that the snapshot needs as CloudFormation, and read nothing",
    )
    snapshot.add_argument("--quiet", action="store_true", help="no progress on standard error")
    snapshot.add_argument("--debug", action="store_true", help="the traceback of a failure")
    snapshot.set_defaults(run=command("snapshot"))


def audit(commands: Commands[Parser]) -> None:
    """Of `tenantproof audit`."""
    audit = commands.add_parser(
        "audit",
        help="read an account, judge it and record the audit; what a schedule runs",
        description="Reads a live account into a snapshot, judges it, and records what was found in a history, which "
        "tells what is new, fixed, and open since when. With PATH it judges that in place of a live account.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    audit.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="a snapshot, or templates; default: an account"
    )
    audit.add_argument("--out", type=Path, metavar="DIR", help="the snapshot; default: .tenantproof/snapshots/TIME")
    history_file(audit)
    audit.add_argument("--scope", default="default", metavar="NAME", help="tells audits apart that share a history")
    audit.add_argument("--copy-to", metavar="s3://BUCKET/PREFIX", help="copy the history and what was written there")
    reading(audit)
    judging(audit)
    confirming(audit)
    bundling(audit, inputs=True)
    rendering(audit)
    audit.set_defaults(run=command("audit"))


def accounts(commands: Commands[Parser]) -> None:
    """Of `tenantproof accounts`."""
    accounts = commands.add_parser(
        "accounts",
        help="judge snapshots of many accounts, each by itself, on many cores or machines",
        description="Judges each snapshot in a process of its own, on this machine or on the workers of a Dask "
        "cluster, and writes a report of each, all findings as one stream of JSON lines, and an index. What one "
        "account lets another do is judged from each side alone; `scan` with all of them reads them as one.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    accounts.add_argument("paths", nargs="+", type=Path, metavar="SNAPSHOT", help="snapshots, or folders of them")
    accounts.add_argument(
        "--out", type=Path, default=Path("accounts"), metavar="DIR", help="the folder to write; default: accounts"
    )
    accounts.add_argument("--resume", action="store_true", help="judge only what the folder has no same report of")
    spread = accounts.add_argument_group("spreading the work")
    spread.add_argument("--jobs", type=number, metavar="NUMBER", help="at once on this machine; default: its cores")
    spread.add_argument(
        "--scheduler", metavar="ADDRESS", help="judge on the workers of a Dask cluster, such as tcp://10.0.0.1:8786"
    )
    judging = accounts.add_argument_group("judging")
    which_rules(judging)
    judging.add_argument("--strict-defaults", action="store_true", help="what AWS does by default counts as unknown")
    gate(judging)
    accounts.add_argument("--quiet", action="store_true", help="no progress and no notes on standard error")
    accounts.add_argument("--debug", action="store_true", help="the traceback of a failure")
    accounts.set_defaults(run=command("accounts"))


def history(commands: Commands[Parser]) -> None:
    """Of `tenantproof history`."""
    words = "the trend over recorded audits, and what is open since when"
    history = commands.add_parser("history", help=words, description=words, allow_abbrev=False)
    history.add_argument(
        "action",
        nargs="?",
        choices=("show", "export", "prune"),
        default="show",
        metavar="ACTION",
        help="show (the default), export, or prune",
    )
    history_file(history)
    history.add_argument("--scope", metavar="NAME", help="which audits, where the file holds several scopes")
    history.add_argument("--all", action="store_true", help="all findings, those that were fixed among them")
    history.add_argument("--format", choices=("text", "json"), default="text", metavar="NAME", help="text or json")
    history.add_argument("--parquet", type=Path, metavar="DIR", help="export: Parquet files")
    history.add_argument("--csv", type=Path, metavar="DIR", help="export: CSV files")
    history.add_argument("--keep-years", type=float, default=6, metavar="NUMBER", help="prune: default: 6")
    history.add_argument("--debug", action="store_true")
    history.set_defaults(run=command("history"))


def verify(commands: Commands[Parser]) -> None:
    """Of `tenantproof verify`."""
    verify = commands.add_parser(
        "verify",
        help="check an evidence bundle: digests, signature, chain, and the verdicts again",
        description="Checks that nothing in an evidence bundle was changed, and judges its inputs again by its rules.",
        epilog="exit codes: 0 the same, 1 something differs, 2 the bundle cannot be read, 4 digests and signature "
        "hold, and the verdicts were not judged again",
        allow_abbrev=False,
    )
    verify.add_argument("bundle", type=Path, metavar="BUNDLE")
    verify.add_argument("--key", type=Path, metavar="FILE", help="the public key (PEM) that must have signed it")
    verify.add_argument("--previous", type=Path, metavar="BUNDLE", help="the bundle that it must follow")
    verify.add_argument("--inputs", type=Path, metavar="DIR", help="where inputs are that are not in the bundle")
    verify.add_argument("--format", choices=("text", "json"), default="text", metavar="NAME", help="text or json")
    verify.add_argument("--debug", action="store_true")
    verify.set_defaults(run=command("verify"))
