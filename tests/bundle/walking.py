"""Every document of a bundle, one leaf at a time, changed with care: all digests fit, and `verify` must tell.

`python -m tests.bundle.walking BUNDLE... [--most N] [--seed N]` (or `make walk BUNDLE=evidence.zip`) prints how many
leaves of each document were changed, told and exempt, and ends with 1 where one was not told.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from scanner.base.problem import ProblemsError
from scanner.bundle import verifying
from scanner.bundle.archive import packed, unpacked
from scanner.bundle.manifest import CHECKSUM, MANIFEST, digest_of
from scanner.findings.report_document import ReportDocument
from scanner.history.store import report_digest

# What no input decides, and `verify` says so in as many words.
EXEMPT = {
    "report.json": (
        r"generated_at|run\.(by|commit|started|ended)|history\b.*|baseline\b.*"
        r"|findings\.\d+\.(first_seen|state|moved_from)\b.*|decisions\.\d+\.matches"
    ),
    # A time that the report has too must agree with it; of these no document of the bundle tells. What a bundle follows
    # is compared where the one before is given.
    MANIFEST: r"(retain_until|chain|previous)\b.*",
    # Attached documents are not in the bundle: their digests are held against decisions.yaml, and nothing has a size.
    "attachments.json": r".*\.size",
    # Options that change nothing that was judged: the same verdicts follow from either.
    "options.json": r"(optional|account|region|stage|staged|rules_as_of)\b.*",
}
Leaf = tuple[str, Callable[[], bytes]]
"""Where it is, and the document with that leaf changed."""


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, list) and value:
        for at, each in enumerate(value):
            yield from leaves(each, (*path, at))
    else:
        yield path


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}x" if isinstance(value, str) else "x"


def changed(document: Any, path: tuple[Any, ...]) -> Any:
    copy = json.loads(json.dumps(document))
    node = copy
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = other(node[path[-1]])
    return copy


def with_fresh_digests(members: dict[str, bytes], name: str, content: bytes) -> dict[str, bytes]:
    """As somebody would who knows the form: all that can be computed anew is."""
    members = {**members, name: content}
    manifest = json.loads(members[MANIFEST])
    if name == "report.json":
        report: ReportDocument = json.loads(content)
        manifest["report"] = report_digest(report)
        manifest["created"] = report["generated_at"]
    if name != MANIFEST:
        manifest["members"][name] = digest_of(content)
        manifest["members"] = dict(sorted(manifest["members"].items()))
        members[MANIFEST] = json.dumps(manifest, indent=1).encode("ascii") + b"\n"
    members[CHECKSUM] = f"{digest_of(members[MANIFEST])}  {MANIFEST}\n".encode("ascii")
    return members


def told(place: Path) -> bool:
    try:
        return any(each.verdict == "differs" for each in verifying.verify(place))
    except ProblemsError:
        return True


def leaves_of(name: str, content: bytes) -> Iterator[Leaf]:
    """Of JSON its values, of CSV its cells, of other text its lines; a document that is no text is one leaf."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        yield "whole", lambda: content + b"%"
        return
    if name.endswith(".json"):
        document = json.loads(text)
        for path in leaves(document):
            yield ".".join(map(str, path)), lambda path=path: _written(name, text, changed(document, path))
    elif name.endswith(".csv"):
        yield from _cells(text)
    else:
        lines = text.split("\n")
        for number, line in enumerate(lines):
            if line.strip():
                yield (
                    f"line {number + 1}: {line[:60]}",
                    lambda number=number: "\n".join(_with_more(lines, number, name)).encode("utf-8"),
                )


def _with_more(lines: list[str], number: int, name: str) -> list[str]:
    """A word more in the line, which a reader of YAML takes for a part of the value or for a comment."""
    more = "<!-- x -->" if name.endswith((".html", ".svg")) else " # x" if name.endswith((".yaml", ".yml")) else "x"
    return [*lines[:number], lines[number].rstrip("\r") + more, *lines[number + 1 :]]


def _written(name: str, before: str, document: Any) -> bytes:
    """As the bundle writes such documents, so that the form alone does not tell."""
    if name == "report.json":
        return verifying.rendered(document).encode("ascii")
    text = json.dumps(document, indent=1, ensure_ascii=True)
    return (text + ("\n" if before.endswith("\n") else "")).encode("ascii")


def _cells(text: str) -> Iterator[Leaf]:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    end = "\r\n" if "\r\n" in text else "\n"

    def with_another(row: int, column: int) -> bytes:
        copy = [[*each] for each in rows]
        copy[row][column] += "x"
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator=end).writerows(copy)
        return out.getvalue().encode("utf-8")

    for row, cells in enumerate(rows):
        for column in range(len(cells)):
            yield (
                f"row {row + 1}, column {column + 1}",
                lambda row=row, column=column: with_another(row, column),
            )


@dataclass
class Walked:
    """Of one document."""

    leaves: int = 0
    exempt: int = 0
    changed: int = 0
    silent: list[str] = field(default_factory=list)


def kind_of(name: str) -> str:
    """Inputs and rules together, each other document by itself."""
    folder = name.partition("/")[0]
    return f"{folder}/" if "/" in name else name


def walk(bundle: Path, most: int | None = None, seed: int = 1, of: str | None = None) -> Iterator[tuple[str, Walked]]:
    """By document. `most` is how many leaves of each are changed, drawn by `seed`; None are all."""
    _, members, _ = unpacked(bundle)
    found: dict[str, list[tuple[str, Leaf]]] = {}
    walked: dict[str, Walked] = {}
    for name, content in sorted(members.items()):
        if name == CHECKSUM or of not in (None, kind_of(name)):
            continue
        told_of = walked.setdefault(kind_of(name), Walked())
        for leaf in leaves_of(name, content):
            told_of.leaves += 1
            if name in EXEMPT and re.fullmatch(EXEMPT[name], leaf[0]):
                told_of.exempt += 1
            else:
                found.setdefault(kind_of(name), []).append((name, leaf))
    draw = random.Random(seed)  # a sample, no secret
    with tempfile.TemporaryDirectory() as folder, judged_once():
        place = Path(folder) / "t.zip"
        for kind, told_of in walked.items():
            listed = found.get(kind, [])
            chosen = listed if most is None or len(listed) <= most else draw.sample(listed, most)
            for name, (where, content_of) in chosen:
                place.write_bytes(packed(with_fresh_digests(members, name, content_of())))
                told_of.changed += 1
                if not told(place):
                    told_of.silent.append(f"{name}: {where}")
            yield kind, told_of


@contextmanager
def judged_once() -> Iterator[None]:
    """The scan is the same for the same options, inputs and rules, which are what it reads; so is a report's page."""
    real, kept = verifying.scan, {}

    def once(options: Any) -> Any:
        folder = next(each.parent for each in options.paths[0].parents if each.name == "root")  # with the rules
        read = [
            (str(each.relative_to(folder)), each.read_bytes()) for each in sorted(folder.rglob("*")) if each.is_file()
        ]
        key = digest_of(repr((read, str(options).replace(str(folder), ""))).encode())
        if key not in kept:
            if len(kept) > 8:
                kept.clear()
            kept[key] = real(options=options)
        return kept[key]

    pages: dict[object, Any] = {}

    def made_once(name: str, make: Callable[..., Any]) -> Callable[..., Any]:
        def made(report: ReportDocument, *more: object, **named: object) -> Any:
            key = (
                name,
                digest_of(
                    repr((report, [sorted(each) if isinstance(each, set) else each for each in more], named)).encode()
                ),
            )
            if key not in pages:
                pages[key] = make(report, *more, **named)
            return pages[key]

        return made

    with ExitStack() as patches:
        patches.enter_context(patch.object(verifying, "scan", once))
        for name in ("page", "printed", "readme"):
            patches.enter_context(patch.object(verifying, name, made_once(name, getattr(verifying, name))))
        yield


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests.bundle.walking", description=__doc__)
    parser.add_argument("bundle", nargs="+", type=Path)
    parser.add_argument("--most", type=int, help="leaves of each document; default: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--of", metavar="NAME", help="only this document, or folder with its slash")
    given = parser.parse_args(arguments)
    silent = 0
    for bundle in given.bundle:
        if told(bundle):
            print(f"{bundle}: does not verify as it is, so that nothing is shown by changing it")
            silent += 1
            continue
        print(f"{bundle}\n{'document':40} {'leaves':>8} {'exempt':>8} {'changed':>8} {'told':>8}")
        for name, each in walk(bundle, given.most, given.seed, given.of):
            counts = (each.leaves, each.exempt, each.changed, each.changed - len(each.silent))
            print(f"{name:40} " + " ".join(f"{count:8,}" for count in counts), flush=True)
            for where in each.silent:
                print(f"  not told: {where}")
            silent += len(each.silent)
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
