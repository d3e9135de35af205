"""What the command line takes."""

from __future__ import annotations

import argparse
import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from scanner._version import __version__
from scanner.cli.complaints import Parser, parsed
from scanner.outputs import FORMATS

_FASTEST = 1_000
SEVERITIES = ("critical", "high", "medium", "low", "never")
EXIT_CODES = """exit codes:
  0  nothing at or above --fail-on
  1  findings at or above it, or unknowns at or above --unknown-fails
  2  an input, rule, tenancy or exceptions file could not be read, or there was nothing to scan; wrong usage
  3  the scanner itself failed on something; those verdicts are UNKNOWN
  130  interrupted"""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of one command, `run` among them. Raises SystemExit(2) for wrong usage."""
    # To describe all commands takes as long as to read a template, and only help and complaints need it.
    named = arguments[0] if arguments else ""
    chosen = [named] if named in _commands() else list(_commands())
    return parsed(_parser(chosen), arguments)


def parser_of_all() -> argparse.ArgumentParser:
    """The parser with every command in it."""
    return _parser(list(_commands()))


def _parser(names: Sequence[str]) -> Parser:
    parser = Parser(
        prog="tenantproof",
        description="Proves tenant isolation and checks HIPAA safeguards of AWS templates.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("-V", "--version", action="version", version=f"tenantproof {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in names:
        _commands()[name](commands)
    return parser


def _commands() -> Mapping[str, Callable[[Commands[Parser]], None]]:
    return {
        "scan": _scan,
        "prove": _prove,
        "rules": _rules,
        "report": _report,
        "inventory": _inventory,
        "simulate": _simulate,
        "snapshot": _snapshot,
        "audit": _audit,
        "accounts": _accounts,
        "history": _history,
        "verify": _verify,
        "init": _init,
        "diff": _diff,
        "exceptions": _exceptions,
        "config": _config,
        "completion": _completion,
        "version": _version,
    }


Commands = argparse._SubParsersAction  # noqa: SLF001  # argparse names the type of its own return value only so


def _scan(commands: Commands[Parser]) -> None:
    scan = commands.add_parser(
        "scan",
        help="judge templates",
        description="Judges templates of CloudFormation, plans of Terraform and more: files, or folders of them.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    scan.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files and folders; default: this folder")
    _revision(scan)
    scan.add_argument("--stdin", action="store_true", help="a template on standard input, as of the file --path")
    scan.add_argument("--path", type=Path, metavar="FILE", help="with --stdin: where the template lies or will lie")
    _judging(scan)
    _confirming(scan)
    gate = scan.add_argument_group("only what is new")
    gate.add_argument(
        "--baseline", type=Path, metavar="FILE", help="findings that are in it (or in this JSON report) do not count"
    )
    gate.add_argument(
        "--since", metavar="REV", help="what this revision of the git repository has already does not count"
    )
    gate.add_argument(
        "--allow-loosening",
        action="store_true",
        help="with --since: what the change loosens counts where another than its author has approved it",
    )
    gate.add_argument(
        "--against", type=Path, metavar="FILE", help="what this earlier plan of Terraform has already does not count"
    )
    gate.add_argument(
        "--write-baseline",
        type=Path,
        metavar="FILE",
        help="write the findings there are now; the exit code is as without it",
    )
    _bundling(scan)
    _rendering(scan)
    scan.set_defaults(run=_command("scan"))


def _prove(commands: Commands[Parser]) -> None:
    prove = commands.add_parser(
        "prove",
        help="the isolation proof on its own",
        description="Proves, for each principal and kind of tenants' data, that no tenant reaches another's, or shows "
        "the request that does.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    prove.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files and folders; default: this folder")
    _revision(prove)
    prove.add_argument(
        "--principal", action="append", default=[], metavar="GLOB", help="only these, by id, name or ARN"
    )
    prove.add_argument("--explain", action="store_true", help="what was pruned, and why no Deny fired")
    _judging(prove)
    _confirming(prove)
    prove.add_argument(
        "--try-database",
        action="store_true",
        help="run what is said of PostgreSQL schemas in a throwaway server; a contradiction ends with exit code 3",
    )
    _rendering(prove)
    prove.set_defaults(run=_command("prove"))


def _revision(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--git",
        metavar="REV",
        help="the files of this revision of the git repository, without a checkout; PATH is in it, and --rules and "
        "--parameters are not",
    )


def _judging(parser: argparse.ArgumentParser) -> None:
    judging = parser.add_argument_group("judging")
    judging.add_argument(
        "--rules", action="append", default=[], type=Path, metavar="DIR", help="more rules of your own"
    )
    judging.add_argument(
        "--select", action="append", default=[], metavar="GLOB", help="only these rules, layers, frameworks"
    )
    judging.add_argument(
        "--skip", action="append", default=[], metavar="GLOB", help="not these rules, layers, frameworks"
    )
    judging.add_argument("--framework", action="append", default=[], metavar="ID", help="only what evidences it")
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
        type=_stage,
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
    judging.add_argument(
        "--preset",
        choices=("gate", "audit", "hipaa"),
        metavar="NAME",
        help="gate, audit or hipaa: values to start from, see `tenantproof config show --preset NAME`",
    )
    judging.add_argument("--fail-on", choices=SEVERITIES, metavar="SEVERITY", help="default: high")
    judging.add_argument(
        "--unknown-fails",
        choices=SEVERITIES,
        metavar="SEVERITY",
        help="default: critical where there is a tenancy.yaml, else never",
    )
    judging.add_argument("--as-of", type=_day, metavar="DATE", help="the day for expiry and age; default: today")
    judging.add_argument("--no-cache", action="store_true", help="neither use results of earlier runs nor keep any")


def _rendering(parser: argparse.ArgumentParser) -> None:
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


def _inventory(commands: Commands[Parser]) -> None:
    words = "technology assets, the ways that data takes between them, and who may read ePHI stores"
    inventory = commands.add_parser(
        "inventory",
        help=words,
        description="Lists the technology assets of templates, plans or a snapshot with a network map, an access "
        "review of the stores of electronic protected health information, and whether it could be told who read them.",
        epilog="exit codes: 0 written, 2 something could not be read, 3 the scanner itself failed on something",
        allow_abbrev=False,
    )
    inventory.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="files, folders, snapshots; default: this folder"
    )
    inventory.add_argument(
        "--format",
        action="append",
        default=[],
        metavar="NAME[=FILE]",
        help="json (the default), csv (assets), flows, access, reads (as CSV), svg (the map); repeatable",
    )
    inventory.add_argument("--parameters", action="append", default=[], metavar="K=V|FILE", help="as for `scan`")
    inventory.add_argument("--stage", type=_stage, metavar="NAME", help="as for `scan`")
    inventory.add_argument("--account", metavar="ID", help="the account that templates are deployed to")
    inventory.add_argument("--region", metavar="NAME", help="the region that templates are deployed to")
    inventory.add_argument("--quiet", action="store_true", help="no notes on standard error")
    inventory.add_argument("--debug", action="store_true", help="the traceback of a failure")
    inventory.set_defaults(run=_command("inventory"))


def _rules(commands: Commands[Parser]) -> None:
    rules = commands.add_parser("rules", help="list, show, check, test, write and describe rules", allow_abbrev=False)
    actions = rules.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, words in (
        ("list", "one line a rule"),
        ("show", "all of one rule"),
        ("count", "how many rules there are by layer and tier, and what they cover"),
        ("check", "load rules and check their paths against CloudFormation's schemas"),
        (
            "test",
            "judge the examples in the rules: as written, with holes or other values, with parts of the rule deleted",
        ),
        ("new", "write a rule of your own to begin with"),
        ("docs", "a page for each rule and framework, as Markdown or as a static site"),
        ("schema", "print a JSON Schema for editors"),
        ("oscal", "write the frameworks and rules as OSCAL: catalogues, profiles and a component definition"),
    ):
        action = actions.add_parser(name, help=words, description=words, allow_abbrev=False)
        if name == "schema":
            action.add_argument("name", nargs="?", default="rule", help="rule, tenancy, exceptions or report")
        elif name == "new":
            action.add_argument("id", metavar="ID", help="lower-case words joined by `-`")
            action.add_argument("--layer", default="own", metavar="NAME", help="default: own")
            action.add_argument("--type", default="AWS::S3::Bucket", metavar="TYPE", help="of what it is about")
            action.add_argument("--dir", type=Path, default=Path("rules"), metavar="DIR", help="default: rules")
        else:
            action.add_argument("ids", nargs="+" if name == "show" else "*", metavar="RULE", help="ids; globs")
        if name == "show":
            action.add_argument("--yaml", action="store_true", help="the rule's file as it is, to copy and change")
        if name == "docs":
            action.add_argument("--out", type=Path, default=Path("rule-docs"), metavar="DIR", help="default: rule-docs")
            action.add_argument("--site", action="store_true", help="HTML pages in place of Markdown")
        if name == "oscal":
            action.add_argument("--out", type=Path, default=Path("oscal"), metavar="DIR", help="default: oscal")
        action.add_argument("--rules", action="append", default=[], type=Path, metavar="DIR")
        action.add_argument("--debug", action="store_true")
        action.set_defaults(run=_command("rules"))


def _report(commands: Commands[Parser]) -> None:
    report = commands.add_parser("report", help="render a JSON report again, without scanning", allow_abbrev=False)
    report.add_argument("report", type=Path, metavar="REPORT.json")
    report.add_argument(
        "--redact", action="store_true", help="hide accounts, names, domains, addresses and people, for sharing outside"
    )
    report.add_argument(
        "--sample", type=_number, metavar="N", help="draw N verdicts at random, with the way to look for oneself"
    )
    report.add_argument("--seed", type=int, default=1, metavar="NUMBER", help="of the sample; default: 1")
    _rendering(report)
    aws = report.add_argument_group("AWS Security Hub")
    aws.add_argument("--account", metavar="ID", help="for `asff` and `ocsf`: whose findings these are")
    aws.add_argument("--region", metavar="NAME", help="for `asff`, `ocsf` and sending; default when sending: AWS's own")
    aws.add_argument("--profile", metavar="NAME", help="the AWS profile to send with")
    aws.add_argument(
        "--send-to-security-hub",
        action="store_true",
        help="import the findings, and archive those that an earlier report of the same source had and this has not",
    )
    aws.add_argument(
        "--source", default="default", metavar="NAME", help="tells reports apart that share a hub, as a repository does"
    )
    report.set_defaults(run=_command("report"))


def _simulate(commands: Commands[Parser]) -> None:
    simulate = commands.add_parser("simulate", help="decide one IAM request, or JSON Lines of them", allow_abbrev=False)
    simulate.add_argument("file", metavar="FILE|-", help="a JSON request, JSON Lines, or - for standard input")
    files = simulate.add_argument_group("about what is in files")
    files.add_argument(
        "--template", action="append", default=[], type=Path, metavar="PATH", help="templates to take the policies from"
    )
    files.add_argument(
        "--snapshot", action="append", default=[], type=Path, metavar="DIR", help="snapshots to take the policies from"
    )
    files.add_argument("--principal", metavar="NAME", help="who asks: a logical id, name or ARN of the templates")
    files.add_argument(
        "--parameters", action="append", default=[], metavar="K=V|FILE", help="values of template parameters"
    )
    files.add_argument("--stage", type=_stage, metavar="NAME", help="as for `scan`: whose values of parameters count")
    files.add_argument("--account", metavar="ID", help="the account that templates are deployed to")
    files.add_argument("--region", metavar="NAME", help="the region that templates are deployed to")
    simulate.add_argument("--debug", action="store_true")
    simulate.set_defaults(run=_command("simulate"))


def _init(commands: Commands[Parser]) -> None:
    words = "write a tenancy.yaml from what the templates show"
    description = "Reads tenants, their data and roles off the templates, and writes tenancy.yaml with the evidence."
    init = commands.add_parser("init", help=words, description=description, allow_abbrev=False)
    init.add_argument("path", nargs="?", type=Path, metavar="PATH", help="a file or folder; default: this folder")
    init.add_argument("--force", action="store_true", help="replace the tenancy.yaml that is there")
    init.add_argument("--stdout", action="store_true", help="show it, write nothing")
    init.add_argument(
        "--parameters", action="append", default=[], metavar="K=V|FILE", help="values of template parameters"
    )
    init.add_argument("--stage", type=_stage, metavar="NAME", help="as for `scan`: whose values of parameters count")
    init.add_argument("--account", metavar="ID", help="the account that templates are deployed to")
    init.add_argument("--region", metavar="NAME", help="the region that templates are deployed to")
    init.add_argument("--debug", action="store_true")
    init.set_defaults(run=_command("init"))


def _snapshot(commands: Commands[Parser]) -> None:
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
    _reading(snapshot)
    asked = snapshot.add_argument_group("what it is read for: of what no rule asks for, no call is made")
    asked.add_argument("--rules", action="append", default=[], type=Path, metavar="DIR", help="more rules of your own")
    asked.add_argument(
        "--select",
        action="append",
        default=[],
        metavar="GLOB",
        help="only these rules, layers, frameworks; default: all, also those that are off",
    )
    asked.add_argument(
        "--skip", action="append", default=[], metavar="GLOB", help="not these rules, layers, frameworks"
    )
    asked.add_argument("--framework", action="append", default=[], metavar="ID", help="only what evidences it")
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
    snapshot.set_defaults(run=_command("snapshot"))


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= _FASTEST:
        raise argparse.ArgumentTypeError(f"`{text}` is no number of calls above 0 and up to {_FASTEST:,}")
    return rate


def _reading(parser: argparse.ArgumentParser) -> None:
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
        type=_rate,
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


def _audit(commands: Commands[Parser]) -> None:
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
    _history_file(audit)
    audit.add_argument("--scope", default="default", metavar="NAME", help="tells audits apart that share a history")
    audit.add_argument("--copy-to", metavar="s3://BUCKET/PREFIX", help="copy the history and what was written there")
    _reading(audit)
    _judging(audit)
    _confirming(audit)
    _bundling(audit, inputs=True)
    _rendering(audit)
    audit.set_defaults(run=_command("audit"))


def _accounts(commands: Commands[Parser]) -> None:
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
    spread.add_argument("--jobs", type=_number, metavar="NUMBER", help="at once on this machine; default: its cores")
    spread.add_argument(
        "--scheduler", metavar="ADDRESS", help="judge on the workers of a Dask cluster, such as tcp://10.0.0.1:8786"
    )
    judging = accounts.add_argument_group("judging")
    judging.add_argument(
        "--rules", action="append", default=[], type=Path, metavar="DIR", help="more rules of your own"
    )
    judging.add_argument(
        "--select", action="append", default=[], metavar="GLOB", help="only these rules, layers, frameworks"
    )
    judging.add_argument(
        "--skip", action="append", default=[], metavar="GLOB", help="not these rules, layers, frameworks"
    )
    judging.add_argument("--framework", action="append", default=[], metavar="ID", help="only what evidences it")
    judging.add_argument("--strict-defaults", action="store_true", help="what AWS does by default counts as unknown")
    judging.add_argument("--preset", choices=("gate", "audit", "hipaa"), metavar="NAME", help="gate, audit or hipaa")
    judging.add_argument("--fail-on", choices=SEVERITIES, metavar="SEVERITY", help="default: high")
    judging.add_argument(
        "--unknown-fails",
        choices=SEVERITIES,
        metavar="SEVERITY",
        help="default: critical where there is a tenancy.yaml, else never",
    )
    judging.add_argument("--as-of", type=_day, metavar="DATE", help="the day for expiry and age; default: today")
    accounts.add_argument("--quiet", action="store_true", help="no progress and no notes on standard error")
    accounts.add_argument("--debug", action="store_true", help="the traceback of a failure")
    accounts.set_defaults(run=_command("accounts"))


def _confirming(parser: argparse.ArgumentParser) -> None:
    words = "put counterexamples on live roles to IAM's own simulator (reads only), and say what it answers"
    parser.add_argument("--confirm-with-aws", action="store_true", help=words)


def _bundling(parser: argparse.ArgumentParser, *, inputs: bool = False) -> None:
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


def _history_file(parser: argparse.ArgumentParser) -> None:
    default = Path(".tenantproof", "history.db")
    words = f"default: {default.as_posix()}"
    parser.add_argument("--history", type=Path, default=default, metavar="FILE", help=words)


def _history(commands: Commands[Parser]) -> None:
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
    _history_file(history)
    history.add_argument("--scope", metavar="NAME", help="which audits, where the file holds several scopes")
    history.add_argument("--all", action="store_true", help="all findings, those that were fixed among them")
    history.add_argument("--format", choices=("text", "json"), default="text", metavar="NAME", help="text or json")
    history.add_argument("--parquet", type=Path, metavar="DIR", help="export: Parquet files")
    history.add_argument("--csv", type=Path, metavar="DIR", help="export: CSV files")
    history.add_argument("--keep-years", type=float, default=6, metavar="NUMBER", help="prune: default: 6")
    history.add_argument("--debug", action="store_true")
    history.set_defaults(run=_command("history"))


def _verify(commands: Commands[Parser]) -> None:
    verify = commands.add_parser(
        "verify",
        help="check an evidence bundle: digests, signature, chain, and the verdicts again",
        description="Checks that nothing in an evidence bundle was changed, and judges its inputs again by its rules.",
        epilog="exit codes: 0 the same, 1 something differs, 2 the bundle cannot be read",
        allow_abbrev=False,
    )
    verify.add_argument("bundle", type=Path, metavar="BUNDLE")
    verify.add_argument("--key", type=Path, metavar="FILE", help="the public key (PEM) that must have signed it")
    verify.add_argument("--previous", type=Path, metavar="BUNDLE", help="the bundle that it must follow")
    verify.add_argument("--inputs", type=Path, metavar="DIR", help="where the inputs are, if the bundle has none")
    verify.add_argument("--format", choices=("text", "json"), default="text", metavar="NAME", help="text or json")
    verify.add_argument("--debug", action="store_true")
    verify.set_defaults(run=_command("verify"))


def _diff(commands: Commands[Parser]) -> None:
    diff = commands.add_parser(
        "diff",
        help="what is new and fixed, and what new access a change grants",
        description="Compares two sets of templates, two snapshots or two JSON reports: what is new, fixed and "
        "unchanged, and which requests are allowed that were not. Templates and a snapshot: what has "
        "drifted. Migrations and a database's "
        "snapshot: what the server has that they lack, and the reverse.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    words = "a folder or file of templates, a snapshot, a JSON report or baseline; REV:PATH is PATH at a revision"
    diff.add_argument("old", metavar="OLD", help=words)
    diff.add_argument("new", metavar="NEW", help="the same of NEW, but no baseline")
    diff.add_argument("--format", choices=("text", "json"), default="text", metavar="NAME", help="text or json")
    diff.add_argument("--debug", action="store_true")
    _judging(diff)
    diff.set_defaults(run=_command("diff"))


def _exceptions(commands: Commands[Parser]) -> None:
    exceptions = commands.add_parser(
        "exceptions", help="list, add and import exceptions: findings that somebody accepts", allow_abbrev=False
    )
    actions = exceptions.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="what is accepted, and what ends within 30 days", allow_abbrev=False)
    adding = actions.add_parser("add", help="write an entry to exceptions.yaml", allow_abbrev=False)
    for action in (listing, adding):
        action.add_argument("path", nargs="?", type=Path, metavar="PATH", help="in the project; default: this folder")
        action.add_argument("--rules", action="append", default=[], type=Path, metavar="DIR", help="rules of your own")
        action.add_argument("--as-of", type=_day, metavar="DATE", help="the day for expiry; default: today")
        action.add_argument("--debug", action="store_true")
        action.set_defaults(run=_command("exceptions"))
    importing = actions.add_parser(
        "import",
        help="write entries for what cdk-nag, cfn_nag, Guard, Checkov, Trivy and Prowler are told to pass over",
        allow_abbrev=False,
    )
    importing.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="files and folders; default: this folder"
    )
    importing.add_argument("--owner", required=True, metavar="WHO", help="who answers for all of them")
    importing.add_argument("--until", required=True, metavar="DATE", help="the last day, at most a year ahead")
    importing.add_argument("--approved-by", metavar="WHO", help="required for high and critical; not the owner")
    importing.add_argument("--because", metavar="TEXT", help="the reason of those that give none, such as baselines")
    importing.add_argument("--ticket", metavar="TEXT")
    importing.add_argument("--dry-run", action="store_true", help="print what would be written, and write nothing")
    importing.add_argument("--rules", action="append", default=[], type=Path, metavar="DIR", help="rules of your own")
    importing.add_argument("--as-of", type=_day, metavar="DATE", help="the day for expiry; default: today")
    importing.add_argument("--debug", action="store_true")
    importing.set_defaults(run=_command("exceptions"))
    adding.add_argument("--rule", required=True, metavar="ID")
    adding.add_argument("--resource", required=True, metavar="GLOB", help="address, construct path or ARN")
    adding.add_argument("--because", required=True, metavar="TEXT", help="why, in at least 20 characters")
    adding.add_argument("--owner", required=True, metavar="WHO", help="who answers for it")
    adding.add_argument("--until", required=True, metavar="DATE", help="the last day, at most a year ahead")
    adding.add_argument("--approved-by", metavar="WHO", help="required for high and critical; not the owner")
    adding.add_argument("--finding", metavar="ID", help="pins one finding: a changed one is not covered")
    adding.add_argument("--ticket", metavar="TEXT")
    adding.add_argument("--compensating", metavar="TEXT", help="what is done instead")


def _config(commands: Commands[Parser]) -> None:
    config = commands.add_parser("config", help="what is configured, and where", allow_abbrev=False)
    actions = config.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="every value, and where it came from", allow_abbrev=False)
    show.add_argument("path", nargs="?", type=Path, metavar="PATH", help="in the project; default: this folder")
    show.add_argument("--preset", choices=("gate", "audit", "hipaa"), metavar="NAME", help="gate, audit or hipaa")
    show.add_argument("--format", choices=("text", "json"), default="text", metavar="NAME", help="text or json")
    show.add_argument("--debug", action="store_true")
    show.set_defaults(run=_command("config"))


def _version(commands: Commands[Parser]) -> None:
    words = "print the version, and how old the facts are that ship with it"
    version = commands.add_parser("version", help=words, allow_abbrev=False)
    version.add_argument("--verbose", action="store_true", help="date, source and age limit of all that ships as data")
    version.add_argument("--debug", action="store_true")
    version.set_defaults(run=_command("version"))


def _completion(commands: Commands[Parser]) -> None:
    words = "a script by which a shell completes commands and options"
    completion = commands.add_parser("completion", help=words, allow_abbrev=False)
    completion.add_argument("shell", choices=("bash", "fish", "zsh"), metavar="SHELL", help="bash, fish or zsh")
    completion.add_argument("--debug", action="store_true")
    completion.set_defaults(run=_command("completion"))


class _command:  # noqa: N801  # stands where a function does
    """The command's own module is imported only when it is to run."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, options: argparse.Namespace) -> int:
        from importlib import import_module

        return int(import_module(f"scanner.cli.{self._name}").run(options))


def _stage(text: str) -> str:
    # It becomes a part of file names.
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", text):
        raise argparse.ArgumentTypeError(f"`{text}` is not a name of letters, digits, `_`, `.` and `-`")
    return text


def _number(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 1_000_000:  # noqa: PLR2004  # more is no sample
        raise argparse.ArgumentTypeError(f"`{text}` is no number of things")
    return int(text)


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a date as YYYY-MM-DD") from None
