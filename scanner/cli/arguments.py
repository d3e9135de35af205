"""What the command line takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from scanner._version import __version__
from scanner.cli import account_arguments
from scanner.cli.complaints import Parser, parsed
from scanner.cli.shared_arguments import (
    EXIT_CODES,
    Commands,
    bundling,
    command,
    confirming,
    day,
    judging,
    number,
    rendering,
    revision,
    stage,
)


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
        description="Proves tenant isolation and checks HIPAA safeguards of templates, plans and accounts of AWS.",
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
        "snapshot": account_arguments.snapshot,
        "audit": account_arguments.audit,
        "accounts": account_arguments.accounts,
        "history": account_arguments.history,
        "verify": account_arguments.verify,
        "init": _init,
        "diff": _diff,
        "exceptions": _exceptions,
        "config": _config,
        "completion": _completion,
        "version": _version,
    }


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
    revision(scan)
    scan.add_argument("--stdin", action="store_true", help="a template on standard input, as of the file --path")
    scan.add_argument("--path", type=Path, metavar="FILE", help="with --stdin: where the template lies or will lie")
    judging(scan)
    confirming(scan)
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
    bundling(scan)
    rendering(scan)
    scan.set_defaults(run=command("scan"))


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
    revision(prove)
    prove.add_argument(
        "--principal", action="append", default=[], metavar="GLOB", help="only these, by id, name or ARN"
    )
    prove.add_argument("--explain", action="store_true", help="what was pruned, and why no Deny fired")
    judging(prove)
    confirming(prove)
    prove.add_argument(
        "--try-database",
        action="store_true",
        help="run what is said of PostgreSQL schemas in a throwaway server; a contradiction ends with exit code 3",
    )
    rendering(prove)
    prove.set_defaults(run=command("prove"))


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
    inventory.add_argument("--stage", type=stage, metavar="NAME", help="as for `scan`")
    inventory.add_argument("--account", metavar="ID", help="the account that templates are deployed to")
    inventory.add_argument("--region", metavar="NAME", help="the region that templates are deployed to")
    inventory.add_argument("--quiet", action="store_true", help="no notes on standard error")
    inventory.add_argument("--debug", action="store_true", help="the traceback of a failure")
    inventory.set_defaults(run=command("inventory"))


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
        action.set_defaults(run=command("rules"))


def _report(commands: Commands[Parser]) -> None:
    report = commands.add_parser("report", help="render a JSON report again, without scanning", allow_abbrev=False)
    report.add_argument("report", type=Path, metavar="REPORT.json")
    report.add_argument(
        "--redact", action="store_true", help="hide accounts, names, domains, addresses and people, for sharing outside"
    )
    report.add_argument(
        "--sample", type=number, metavar="N", help="draw N verdicts at random, with the way to look for oneself"
    )
    report.add_argument("--seed", type=int, default=1, metavar="NUMBER", help="of the sample; default: 1")
    rendering(report)
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
    report.set_defaults(run=command("report"))


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
    files.add_argument("--stage", type=stage, metavar="NAME", help="as for `scan`: whose values of parameters count")
    files.add_argument("--account", metavar="ID", help="the account that templates are deployed to")
    files.add_argument("--region", metavar="NAME", help="the region that templates are deployed to")
    simulate.add_argument("--debug", action="store_true")
    simulate.set_defaults(run=command("simulate"))


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
    init.add_argument("--stage", type=stage, metavar="NAME", help="as for `scan`: whose values of parameters count")
    init.add_argument("--account", metavar="ID", help="the account that templates are deployed to")
    init.add_argument("--region", metavar="NAME", help="the region that templates are deployed to")
    init.add_argument("--debug", action="store_true")
    init.set_defaults(run=command("init"))


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
    judging(diff)
    diff.set_defaults(run=command("diff"))


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
        action.add_argument("--as-of", type=day, metavar="DATE", help="the day for expiry; default: today")
        action.add_argument("--debug", action="store_true")
        action.set_defaults(run=command("exceptions"))
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
    importing.add_argument("--as-of", type=day, metavar="DATE", help="the day for expiry; default: today")
    importing.add_argument("--debug", action="store_true")
    importing.set_defaults(run=command("exceptions"))
    adding.add_argument("--rule", required=True, metavar="ID")
    adding.add_argument(
        "--resource",
        required=True,
        metavar="GLOB",
        help="address as in reports (infra/app.yaml#Name), construct path or ARN",
    )
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
    show.set_defaults(run=command("config"))


def _version(commands: Commands[Parser]) -> None:
    words = "print the version, and how old the facts are that ship with it"
    version = commands.add_parser("version", help=words, allow_abbrev=False)
    version.add_argument("--verbose", action="store_true", help="date, source and age limit of all that ships as data")
    version.add_argument("--debug", action="store_true")
    version.set_defaults(run=command("version"))


def _completion(commands: Commands[Parser]) -> None:
    words = "a script by which a shell completes commands and options"
    completion = commands.add_parser("completion", help=words, allow_abbrev=False)
    completion.add_argument("shell", choices=("bash", "fish", "zsh"), metavar="SHELL", help="bash, fish or zsh")
    completion.add_argument("--debug", action="store_true")
    completion.set_defaults(run=command("completion"))
