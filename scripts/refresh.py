"""Renew what packages can renew of `scanner/_data`, and print what changed: `make refresh`.

Each file is compiled again by its own script from the packages that are installed now; the file of dates follows. What
no package has (the list of HIPAA-eligible services, the presence of condition keys, the rows of actions) is read by
hand, so only its age is printed.
"""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "scanner" / "_data"
DATES = DATA / "data_dates.json"
SPECIFICATION = "@aws-cdk/aws-service-spec"
SHOWN = 20

Json = Any  # what json.loads returns: this script is the door where other people's JSON comes in


def facts(path: Path) -> dict[str, str]:
    """What a file says, fact by fact: a name and the text of all that is said of it; empty where there is no file."""
    if not path.exists():
        return {}
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name).decode() for name in archive.namelist()}
    if path.suffix == ".jsonl":
        return dict(_actions(path.read_text("utf-8").splitlines()[1:]))
    read: Json = json.loads(path.read_bytes())
    if "operations" in read:
        return {f"{prefix}:{name}": "" for prefix, names in read["operations"].items() for name in names}
    if "forms" in read:
        arns = [row[0] for row in read["forms"]]
        found = {arn: _text(row[1:]) for arn, row in zip(arns, read["forms"], strict=True)}
        found |= {name: _text([arns[at] for at in forms]) for name, forms in read["types"].items()}
        return found | {f"{arns[row[0]]} > {arns[row[1]]}": _text(row[2:]) for row in read["below"]}
    return {name: _text(row) for name, row in read["types"].items()}


def _actions(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        prefix, keys, resources, rows = json.loads(line)
        for name, level, own, targets in rows:
            on = [(resources[at][0], resources[at][1], must) for at, must, _ in targets]
            yield f"{prefix}:{name}", _text([level, [keys[at][0] for at in own], on])


def changes(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Lines that tell what came, went and is said otherwise; none where nothing did."""
    told = []
    for word, names in (
        ("new", after.keys() - before.keys()),
        ("gone", before.keys() - after.keys()),
        ("changed", {name for name in before.keys() & after.keys() if before[name] != after[name]}),
    ):
        if names:
            listed = sorted(names)
            more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
            told.append(f"  {len(listed)} {word}: {', '.join(listed[:SHOWN])}{more}")
    return told


def head(path: Path) -> tuple[str | None, str]:
    """The date and the source that a file itself has; no date where it has none."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            about = json.loads(archive.comment)
        return about["date"], about["release"]
    text = path.read_bytes()
    about = json.loads(text.splitlines()[0] if path.suffix == ".jsonl" else text)
    if "cfn_lint" in about:
        return None, f"cfn-lint {about['cfn_lint']}"
    return about["date"], about["source"]


def renewed(dates: Json, changed: set[str], today: datetime.date) -> Json:
    """The file of dates with what the compiled files say; a file without a date has that of the day it changed."""
    found = {}
    for name, row in dates.items():
        found[name] = dict(row)
        if row["file"] in RENEWED or row["file"] == "action_rows.json":
            date, source = head(DATA / row["file"])
            found[name]["source"] = source
            if date is not None or row["file"] in changed:
                found[name]["date"] = date or today.isoformat()
    return found


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True)


def _with_specification(script: str) -> None:
    """The CDK's service specification is an npm package; without npm the ARN forms stay as they are."""
    npm = shutil.which("npm")
    if npm is None:
        print("  npm is not installed: the forms of ARNs were not renewed")
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([npm, "pack", "--silent", SPECIFICATION], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (packed,) = Path(folder).glob("*.tgz")
        shutil.unpack_archive(packed, folder, filter="data")
        _run(script, "--spec", str(Path(folder) / "package"))


RENEWED: dict[str, Callable[[], None]] = {
    "types.json": lambda: _run("scripts/compile_types.py"),
    "actions.jsonl": lambda: _run("scripts/compile_actions.py"),
    "managed_policies.zip": lambda: _run("scripts/compile_managed_policies.py"),
    "resource_arns.json": lambda: _with_specification("scripts/compile_resource_arns.py"),
    "unlisted_operations.json": lambda: _run("scripts/compile_unlisted_operations.py"),
    "role_passing.json": lambda: _run("scripts/compile_role_passing.py"),
}
"""The files that packages can renew, in an order in which each rests on those before."""


def main() -> None:
    today = datetime.datetime.now(tz=datetime.UTC).date()
    changed: set[str] = set()
    told: list[str] = []
    for name, compile_again in RENEWED.items():
        before = facts(DATA / name)
        compile_again()
        found = changes(before, facts(DATA / name))
        if found:
            changed.add(name)
        told += [name, *(found or ["  nothing changed"])]
    dates = renewed(json.loads(DATES.read_bytes()), changed, today)
    rows = ",\n".join(f"{_text(name)}:{_text(row)}" for name, row in dates.items())
    DATES.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8", newline="\n")
    print("\nwhat changed")
    print("\n".join(told))
    print("\nnot in any package, to be read again by hand when it is old")
    for name, row in dates.items():
        if row["file"] not in RENEWED:
            age = (today - datetime.date.fromisoformat(row["date"])).days
            old = " TOO OLD" if age > row["age_limit_days"] else ""
            print(f"  {name}: of {row['date']}, {age} of {row['age_limit_days']} days{old}")
    print("\nThe pins of cfn-lint and moto in pyproject.toml have to follow, then `make test`.")


def _text(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    main()
