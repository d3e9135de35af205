"""`tenantproof exceptions import`: suppressions of other tools become exceptions with an owner and an end.

A suppression is translated only by a name that means the same as one rule. What means less or more, what has no reason,
and what names no single resource is listed and left to its owner.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from scanner.acceptance.exceptions_edit import complaints_of, last_day, with_entries
from scanner.acceptance.file_names import EXCEPTIONS
from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.base.repository import repository_root
from scanner.base.terminal import one_line, printable
from scanner.cli.rendering import save
from scanner.inputs.other_suppressions.cfn_nag_numbers import RULES
from scanner.inputs.other_suppressions.reading import find_suppressions
from scanner.inputs.other_suppressions.suppression import Suppression
from scanner.language.alias_index import AliasIndex
from scanner.language.library import load_library
from scanner.outputs.shared.vocabulary import count
from scanner.scanning.rule_selection import severities_of
from scanner.text.project_file import find_project_file, read_project_bytes
from scanner.text.reading import read

MOST_REASON = 1_000
_ASKS = {"narrower": "asks less than", "wider": "asks more than"}
Entry = dict[str, str]


@record
class Kept:
    """A suppression with the entry that it becomes."""

    suppression: Suppression
    entry: Entry


@record
class Left:
    """A suppression that becomes none, and why."""

    suppression: Suppression
    why: str


def run(options: argparse.Namespace) -> int:
    """The exit code: 2 where a file that was named cannot be read. Raises ProblemsError."""
    paths: list[Path] = options.paths or [Path()]
    for path in paths:
        if not path.exists():
            raise ProblemsError([Problem(path.as_posix(), "there is no such file or folder")])
    as_of = options.as_of or datetime.datetime.now(datetime.UTC).date()
    options.until = last_day(options.until, as_of)
    library = load_library(options.rules)
    severities = severities_of(library)
    root = repository_root(paths[0]) or (paths[0] if paths[0].is_dir() else paths[0].parent)
    problems: list[Problem] = []
    found = list(find_suppressions(paths, root, problems))
    kept, left = _translated(found, AliasIndex(library.rules), options)
    wrong = complaints_of([each.entry for each in kept], as_of, severities)
    left += [Left(kept[number].suppression, "; ".join(said)) for number, said in wrong.items()]
    kept = [each for number, each in enumerate(kept) if number not in wrong]
    existing = find_project_file(paths[0], EXCEPTIONS)
    shown, raw = (EXCEPTIONS[0], b"") if existing is None else read_project_bytes(existing, "exceptions")
    kept = _new(kept, raw, shown)
    entries = [each.entry for each in kept]
    text = with_entries(raw, shown, entries, as_of, severities) if entries else raw
    if options.dry_run:
        # JSON strings are YAML's, so that what is printed can be pasted.
        for entry in entries:
            for number, (key, value) in enumerate(entry.items()):
                print(printable(f"{'  ' if number else '- '}{key}: {json.dumps(value, ensure_ascii=False)}"))
    elif entries:
        save([text], existing or root / EXCEPTIONS[0])
    _tell(kept, left, shown, options)
    for problem in problems:
        print(printable(str(problem)), file=sys.stderr)
    return 2 if any(each.level == "error" for each in problems) else 0


def _translated(
    found: Iterable[Suppression], names: AliasIndex, options: argparse.Namespace
) -> tuple[list[Kept], list[Left]]:
    kept: dict[tuple[str, str], Kept] = {}
    left: list[Left] = []
    for each in found:
        rule, why = _rule(each, names)
        reason = one_line(each.reason or options.because or "")[:MOST_REASON].strip()
        if each.refused:
            left.append(Left(each, each.refused))
        elif rule is None:
            left.append(Left(each, why))
        elif not reason:
            left.append(Left(each, f"gives no reason for `{rule}`; `--because` gives one"))
        else:
            entry = {"rule": rule, "resource": each.resource, "because": reason, "owner": options.owner}
            more = {"approved_by": options.approved_by, "ticket": options.ticket}
            entry |= {key: value for key, value in more.items() if value is not None}
            kept.setdefault((rule, each.resource), Kept(each, {**entry, "until": options.until}))
    return list(kept.values()), left


def _rule(each: Suppression, names: AliasIndex) -> tuple[str | None, str]:
    """The one rule that asks the same, else why there is none."""
    bases: Mapping[str, str]
    if each.scheme == "cfn-nag":
        numbered = RULES.get(each.rule)
        bases = {} if numbered is None else {numbered[0]: numbered[1]}
    else:
        bases = names.bases(f"{each.scheme}:{each.rule}") or (
            names.bases(each.rule) if each.scheme == "cdk-nag" else {}
        )
    if not bases:
        return None, "is no name of a rule here"
    same = [rule for rule, basis in bases.items() if basis == "same"]
    if len(bases) == 1 and same:
        return same[0], ""
    said = ", ".join(f"{_ASKS.get(basis, 'is the name of')} `{rule}`" for rule, basis in bases.items())
    return None, f"{said}; accept what is meant by `tenantproof exceptions add --rule {next(iter(bases))}`"


def _new(kept: Sequence[Kept], raw: bytes, shown: str) -> list[Kept]:
    """Those that the file does not have yet."""
    data = read(raw, shown, cloudformation=False).data if raw else None
    there = {
        (str(each.get("rule")), str(each.get("resource")))
        for each in (data if isinstance(data, list) else ())
        if isinstance(each, Mapping)
    }
    return [each for each in kept if (each.entry["rule"], each.entry["resource"]) not in there]


def _tell(kept: Sequence[Kept], left: Sequence[Left], shown: str, options: argparse.Namespace) -> None:
    done = "would be written" if options.dry_run else "written"
    print(printable(f"{shown}: {count(len(kept), 'entry', 'entries')} {done}, until {options.until}"))
    for each in kept:
        said = f"{each.entry['resource']} {each.entry['rule']}, from {_name(each.suppression)}"
        print(f"  {printable(one_line(said))}")
    if left:
        print(f"not translated: {len(left):,}")
    for other in left:
        print(f"  {printable(one_line(f'{_name(other.suppression)}: {other.why}'))}")


def _name(each: Suppression) -> str:
    place = each.path + (f":{each.line}" if each.line is not None else "")
    of = f" on {each.resource}" if each.resource else ""
    return f"{each.scheme} {each.rule}{of} ({place})"


__all__ = ["run"]
