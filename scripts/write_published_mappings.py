"""Compare the citations of further frameworks with those that Prowler publishes.

    python scripts/write_published_mappings.py FOLDER

FOLDER holds compliance files of Prowler (`prowler/compliance/aws` of its repository). Rewrites the basis of each
citation (`published by Prowler: ...` or `ours: ...`), docs/frameworks-published.md and the table of docs/frameworks.md.
Checks are compared by the aliases of rules, whatever their basis.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from scanner.language.library import load_library

ROOT = Path(__file__).resolve().parent.parent
FURTHER = ROOT / "rules" / "frameworks" / "further"
PAGE = ROOT / "docs" / "frameworks-published.md"
TABLE = ROOT / "docs" / "frameworks.md"
FILES = {
    "nist-800-53-r5-moderate": "nist_800_53_revision_5_aws.json",
    "soc-2": "soc2_aws.json",
    "iso-27001-2022": "iso27001_2022_aws.json",
    "cis-aws-7": "cis_7.0_aws.json",
}
_CONTROL = re.compile(r'^  - id: "?([^"\n]+?)"?$')
_CITATION = re.compile(r'^(      - \{rule: ([a-z0-9-]+), basis: "?)(?:ours|published by Prowler)(.*)$')
# NIST's stands anywhere in the name. An enhancement is a number in parentheses; a letter is a part of the control, and
# no framework here has parts. SOC 2's begins the name. Of the others the id is the number.
_NUMBER = re.compile(r"\b([A-Z]{2}-\d+)\b\)?(\(\d+\))?|^((?:CC|PI|A|C|P)\d+\.\d+)\b")
_HEAD = """# What Prowler cites and we do not

Written by `scripts/write_published_mappings.py`.

By the checks of Prowler that a rule of ours has as an alias (its compliance files of November 2026), for the frameworks
that both have. Our mapping leaves them out because the rule reads nothing of what the entry asks: encryption under
personnel security, a detector that is switched on under a policy. Whoever reads an entry more widely can cite them in
[a framework of their own](frameworks.md#a-framework-of-your-own).
"""
Pairs = set[tuple[str, str]]


def compare(folder: Path) -> None:
    by_check = defaultdict[str, set[str]](set)
    for rule in load_library(examples=False).rules:
        for alias in rule.aliases:
            if alias.scheme == "prowler":
                by_check[alias.id].add(rule.id)
    page, rows = [_HEAD], list[str]()
    for framework, name in FILES.items():
        target = FURTHER / f"{framework}.yaml"
        theirs = _published(json.loads((folder / name).read_text("utf-8")), by_check)
        controls, cited, text = _marked(target.read_text("utf-8"), theirs)
        target.write_text(text, "utf-8")
        missing = {each for each in theirs if each[0] in controls} - cited
        rows.append(f"| `{framework}` | {len(cited & theirs)} | {len(cited - theirs)} | {len(missing)} |")
        if missing:
            page.append(f"\n## `{framework}`\n\n| control | rules |\n| --- | --- |\n{_lines(controls, missing)}")
    PAGE.write_text("".join(page), "utf-8")
    old = re.compile(r"(?:^\| `[\w-]+` \| \d+ \| \d+ \| \d+ \|\n)+", re.MULTILINE)
    TABLE.write_text(old.sub("\n".join(rows) + "\n", TABLE.read_text("utf-8")), "utf-8")
    print("\n".join(rows))


def _published(document: dict[str, list[dict[str, object]]], by_check: dict[str, set[str]]) -> Pairs:
    """Pairs of a control, as the frameworks here number it, and a rule."""
    pairs: Pairs = set()
    for entry in document["Requirements"]:
        number = _NUMBER.search(str(entry.get("Name", "")))
        control = "".join(each or "" for each in number.groups()) if number else str(entry["Id"])
        checks = entry["Checks"]
        assert isinstance(checks, list)
        pairs |= {(control, rule) for check in checks for rule in by_check.get(check, ())}
    return pairs


def _marked(text: str, theirs: Pairs) -> tuple[list[str], Pairs, str]:
    """The controls in their order, what they cite, and the text with the basis of each citation said anew."""
    controls, cited, lines = list[str](), Pairs(), list[str]()
    for line in text.splitlines(keepends=True):
        if found := _CONTROL.match(line.rstrip("\n")):
            controls.append(found[1])
        if found := _CITATION.match(line.rstrip("\n")):
            pair = (controls[-1], found[2])
            cited.add(pair)
            lines.append(f"{found[1]}{'published by Prowler' if pair in theirs else 'ours'}{found[3]}\n")
        else:
            lines.append(line)
    return controls, cited, "".join(lines)


def _lines(controls: Iterable[str], missing: Pairs) -> str:
    told = {each: sorted(f"`{rule}`" for control, rule in missing if control == each) for each in controls}
    return "".join(f"| {each} | {', '.join(rules)} |\n" for each, rules in told.items() if rules)


if __name__ == "__main__":
    compare(Path(sys.argv[1]))
