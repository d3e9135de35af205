"""What several commands take: which rules, how to judge, what to read, where to write; and the types of values."""

from __future__ import annotations

import argparse
import datetime
import re
from pathlib import Path

from scanner.outputs import FORMATS

Commands = argparse._SubParsersAction  # noqa: SLF001  # argparse names the type of its own return value only so
_FASTEST = 1_000
SEVERITIES = ("critical", "high", "medium", "low", "never")
EXIT_CODES = """exit codes:
  0  nothing at or above --fail-on
  1  findings at or above it, or unknowns at or above --unknown-fails
  2  an input, rule, tenancy or exceptions file could not be read, or there was nothing to scan; wrong usage
  3  the scanner itself failed on something; those verdicts are UNKNOWN
  130  interrupted"""


class command:  # noqa: N801  # stands where a function does
    """The command's own module is imported only when it is to run."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, options: argparse.Namespace) -> int:
        from importlib import import_module

        return int(import_module(f"scanner.cli.{self._name}").run(options))


def revision(parser: argparse.ArgumentParser) -> None:
    """A revision of git in place of the files on disk."""
    parser.add_argument(
        "--git",
        metavar="REV",
        help="the files of this revision of the git repository, without a checkout; PATH is in it, and --rules and "
        "--parameters are not",
    )


def which_rules(group: argparse._ArgumentGroup, default: str = "") -> None:
    """The options that choose rules; `default` says which are chosen without them, where that is not the usual."""
    group.add_argument("--rules", action="append", default=[], type=Path, metavar="DIR", help="more rules of your own")
    words = f"only these rules, layers, frameworks{default}"
    group.add_argument("--select", action="append", default=[], metavar="GLOB", help=words)
    group.add_argument(
        "--skip", action="append", default=[], metavar="GLOB", help="not these rules, layers, frameworks"
    )
    group.add_argument("--framework", action="append", default=[], metavar="ID", help="only what evidences it")


def gate(group: argparse._ArgumentGroup) -> None:
    """What makes the exit code 1, and the day that counts as today."""
    group.add_argument(
        "--preset",
        choices=("gate", "audit", "hipaa"),
        metavar="NAME",
        help="gate, audit or hipaa: values to start from, see `tenantproof config show --preset NAME`",
    )
    group.add_argument("--fail-on", choices=SEVERITIES, metavar="SEVERITY", help="default: high")
    group.add_argument(
        "--unknown-fails",
        choices=SEVERITIES,
        metavar="SEVERITY",
        help="default: critical where there is a tenancy.yaml, else never",
    )
    group.add_argument("--as-of", type=day, metavar="DATE", help="the day for expiry and age; default: today")


def judging(parser: argparse.ArgumentParser) -> None:
    """How what was read is judged, by `configuration.judging`."""
    judging = parser.add_argument_group("judging")
    which_rules(judging)
    judging.add_argument(
        "--parameters",
        action="append",
        default=[],
        metavar="K=V|FILE",
        help="values of template parameters: Key=value, Stack:Key=value, or a file of them (YAML, JSON, the lists of "
        "the AWS CLI, CodePipeline's, a CDK context, samconfig.toml), also with `stages:` that have theirs",
    )
    judging.add_argument(
        "--stage",
        type=stage,
        metavar="NAME",
        help="what is deployed to: takes NAME's values out of such a file, else the nearest of parameters.NAME.json, "
        "NAME.parameters.json, parameters/NAME.json (or .yaml, .yml) or [NAME] in samconfig.toml, beside a template or "
        "above it in the repository",
    )
    judging.add_argument("--strict-parameters", action="store_true", help="defaults of parameters do not count")
    judging.add_argument("--strict-defaults", action="store_true", help="what AWS does by default counts as unknown")
    judging.add_argument("--account", metavar="ID", help="the account that templates are deployed to")
    judging.add_argument("--region", metavar="NAME", help="the region that templates are deployed to")
    judging.add_argument(
        "--partial-plan", action="store_true", help="plans of Terraform that are not whole are meant to be so"
    )
    judging.add_argument(
        "--source", type=Path, metavar="DIR", help="the .tf files of a plan, where they are not in its folder"
    )
    judging.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="paths to leave out")
    gate(judging)
    judging.add_argument("--no-cache", action="store_true", help="neither use results of earlier runs nor keep any")


def rendering(parser: argparse.ArgumentParser) -> None:
    """Which formats are written where, by `rendering.write`."""
    rendering = parser.add_argument_group("output")
    rendering.add_argument(
        "--format",
        action="append",
        default=[],
        metavar="NAME[=FILE]",
        help=f"{', '.join(FORMATS)}; json=compact[=FILE] says all that json says in half the size; repeatable",
    )
    rendering.add_argument(
        "--inventory",
        action="store_true",
        help="technology assets, network map and access review in the report; html and bundles have them anyway",
    )
    rendering.add_argument("--all", action="store_true", help="every group of findings in text output")
    rendering.add_argument("--quiet", action="store_true", help="no notes on standard error")
    rendering.add_argument("--verbose", action="store_true", help="more of each finding in text output")
    rendering.add_argument("--debug", action="store_true", help="tracebacks of what the scanner failed on")


def reading(parser: argparse.ArgumentParser) -> None:
    """Which accounts are read with which credentials, by `snapshot.take`."""
    reading = parser.add_argument_group("reading an account")
    reading.add_argument("--resume", action="store_true", help="read only what the folder does not have yet")
    reading.add_argument("--profile", metavar="NAME", help="the AWS profile to read with")
    reading.add_argument("--role", metavar="ARN", help="a role to assume first; its account is the one that is read")
    reading.add_argument("--external-id", metavar="TEXT", help="what the role asks for to be assumed")
    reading.add_argument(
        "--regions", action="append", default=[], metavar="NAME[,...]", help="default: all that are switched on"
    )
    reading.add_argument(
        "--services", action="append", default=[], metavar="NAME[,...]", help="default: all that are collected"
    )
    reading.add_argument(
        "--scheduler", metavar="ADDRESS", help="read on the workers of a Dask cluster, such as tcp://10.0.0.1:8786"
    )
    reading.add_argument(
        "--max-calls-per-second",
        type=rate,
        metavar="N",
        help="of each account, region and service; default: as many as AWS takes beside its other callers",
    )
    organization = parser.add_argument_group("reading an organization")
    organization.add_argument("--org", action="store_true", help="read every account, and the policies over them")
    organization.add_argument(
        "--role-name", default="TenantproofAudit", metavar="NAME", help="to assume in each; default: TenantproofAudit"
    )
    organization.add_argument("--accounts", action="append", default=[], metavar="ID[,...]", help="default: all")
    organization.add_argument(
        "--exclude-accounts",
        action="append",
        default=[],
        metavar="ID[,...]=REASON",
        help="leave them out; the report says so, and why",
    )


def rate(text: str) -> float:
    """Calls a second. Raises ArgumentTypeError."""
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= _FASTEST:
        raise argparse.ArgumentTypeError(f"`{text}` is no number of calls above 0 and up to {_FASTEST:,}")
    return rate


def confirming(parser: argparse.ArgumentParser) -> None:
    """Whether IAM's own simulator is asked."""
    words = "put counterexamples on live roles to IAM's own simulator (reads only), and say what it answers"
    parser.add_argument("--confirm-with-aws", action="store_true", help=words)


def bundling(parser: argparse.ArgumentParser, *, inputs: bool = False) -> None:
    """`inputs` says whether they are in the bundle where nothing is said of it."""
    bundle = parser.add_argument_group("evidence bundle")
    bundle.add_argument("--bundle", type=Path, metavar="FILE", help="write what an auditor can verify and run again")
    words = "the inputs themselves without their secrets, and not just their digests" + (
        "; the default" if inputs else ""
    )
    bundle.add_argument("--include-inputs", action="store_true", default=inputs, help=words)
    if inputs:
        bundle.add_argument(
            "--digests-only",
            dest="include_inputs",
            action="store_false",
            help="digests of the inputs alone: whoever verifies the bundle needs the inputs to judge them again",
        )
    bundle.add_argument("--previous", type=Path, metavar="BUNDLE", help="the bundle before, which this one follows")
    bundle.add_argument(
        "--sign-key", metavar="FILE|env:NAME|awskms:ARN", help="sign with this Ed25519 key (PEM), or this key of KMS"
    )
    bundle.add_argument("--keep-years", type=float, metavar="NUMBER", help="retain until so long after; default: 6")


def history_file(parser: argparse.ArgumentParser) -> None:
    """Where audits are recorded."""
    default = Path(".tenantproof", "history.db")
    words = f"default: {default.as_posix()}"
    parser.add_argument("--history", type=Path, default=default, metavar="FILE", help=words)


def stage(text: str) -> str:
    """A name that becomes a part of file names. Raises ArgumentTypeError."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", text):
        raise argparse.ArgumentTypeError(f"`{text}` is not a name of letters, digits, `_`, `.` and `-`")
    return text


def number(text: str) -> int:
    """How many of something. Raises ArgumentTypeError."""
    if not text.isdecimal() or not 0 < int(text) <= 1_000_000:  # noqa: PLR2004  # more is no sample
        raise argparse.ArgumentTypeError(f"`{text}` is no number of things")
    return int(text)


def day(text: str) -> datetime.date:
    """A date. Raises ArgumentTypeError."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a date as YYYY-MM-DD") from None
