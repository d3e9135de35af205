"""What goes into a bundle: the report, what it rests on, and what is needed to come to it again."""

from __future__ import annotations

import datetime
import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import cast

from scanner._version import __version__
from scanner.acceptance.file_names import DECISIONS, EXCEPTIONS
from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.base.repository import repository_root
from scanner.bundle.archive import is_safe, packed
from scanner.bundle.manifest import CHECKSUM, MANIFEST, SIGNATURE, Manifest, checksum_of, digest_of, digests_of
from scanner.bundle.masked_text import masked
from scanner.bundle.plan_sources import shown_below, source_members, sources_of
from scanner.bundle.readable import PAGE, PRINT, README, page, printed, readme
from scanner.bundle.signing import Signer, envelope
from scanner.findings.gate import Threshold
from scanner.findings.report_document import SEVERITIES, ReportDocument
from scanner.history.store import report_digest
from scanner.inputs.discovery import Found
from scanner.inputs.secret_spans import SecretSpans
from scanner.language.library import further_frameworks
from scanner.options import Options
from scanner.outputs.json import render
from scanner.outputs.shared.render_options import RenderOptions
from scanner.scanning import Gathered, gather
from scanner.scanning.project_files import project_file, project_files
from scanner.shipped_data import rules_dir
from scanner.tenancy.loading import NAMES as TENANCY
from scanner.text.project_file import read_project_bytes
from scanner.text.utf16 import as_before, as_utf8

KEEP_YEARS = 6.0
"""Documentation is kept for six years (45 CFR 164.316(b)(2)(i))."""
REPORT, OPTIONS, CONTROLS, ATTACHMENTS = "report.json", "options.json", "controls.csv", "attachments.json"
RULES, INPUTS, INVENTORY = "rules/", "inputs/", "inventory/"
WITHHELD = "withheld"
NEEDS_INPUTS = "needs_inputs"
"""The option that says: without the secrets that were taken out of the inputs some verdict is another."""
_ASSEMBLY = (".json", ".yaml", ".yml")
_MOST_BYTES = 512 * 1024 * 1024
_DATA = ("terraform-plan", "terraform-state", "aws-config")
_JUDGED = frozenset({"template", "terraform", "config", "dump", "manifest"})


@record
class Wanted:
    """`previous` is the digest of the manifest before; `chain` the history's.

    `sources` says whether the `.tf` files that plans were read with go into the bundle as well, `judged` whether its
    inputs lead to its verdicts without the secrets that were taken out of them.
    """

    include_inputs: bool = False
    keep_years: float = KEEP_YEARS
    previous: str | None = None
    chain: str | None = None
    signer: Signer | None = None
    sources: bool = True
    judged: bool = True


def bundle(report: ReportDocument, options: Options, wanted: Wanted) -> bytes:
    """The archive. The same report, options and files give the same bytes. Raises ProblemsError."""
    gathered = gather(options)
    members: dict[str, bytes] = {REPORT: rendered(report).encode("ascii")}
    members |= {f"{RULES}{name}": path.read_bytes() for name, path in rule_names(options).items()}
    members |= dict(_project(options))
    withheld = _secrets(gathered, options)
    sources = source_members(gathered, options) if wanted.include_inputs and wanted.sources else None
    inputs = dict(_inputs(gathered, options)) if wanted.include_inputs else {}
    told = told_options(options, report, gathered, withheld, include=wanted.include_inputs, sources=sources)
    told |= held_otherwise(report, inputs)
    members[OPTIONS] = as_json(told if wanted.judged else {**told, NEEDS_INPUTS: True})
    members[CONTROLS] = controls_table(report).encode("utf-8")
    members |= inventory_members(report)
    if attachments := _attachments(options):
        members[ATTACHMENTS] = as_json(attachments)
    if wanted.include_inputs:
        members |= {f"{INPUTS}{name}": content for name, content in (sources or {}).items()}
        members |= {f"{INPUTS}{name}": content for name, content in inputs.items()}
    day = datetime.date.fromisoformat(report["as_of"])
    retain_until = (day + datetime.timedelta(days=round(365.25 * wanted.keep_years))).isoformat()
    members[PAGE] = page(report)
    if (in_print := printed(report)) is not None:
        members[PRINT] = in_print
    members[README] = readme(report, members, retain_until, inputs=wanted.include_inputs)
    manifest = Manifest(
        __version__,
        report["generated_at"],
        report_digest(report),
        digests_of(members),
        wanted.include_inputs,
        retain_until,
        wanted.previous,
        wanted.chain,
        tuple(sorted(withheld)),
    ).text()
    members[MANIFEST] = manifest
    members[CHECKSUM] = checksum_of(manifest)
    if wanted.signer is not None:
        predicate: dict[str, object] = {
            "tool": {"name": "tenantproof", "version": __version__},
            "created": report["generated_at"],
            "report": report_digest(report),
            "previous": wanted.previous,
        }
        members[SIGNATURE] = envelope(digest_of(manifest), predicate, wanted.signer)
    return packed(members)


def rendered(report: ReportDocument) -> str:
    """The report as the JSON that a bundle holds."""
    return "".join(render(report, RenderOptions()))


def rule_names(options: Options) -> dict[str, Path]:
    """Every file of the rules that the scan reads, by the name that the library knows it by. Raises ProblemsError."""
    further = further_frameworks()
    unread = {path for name, path in further.items() if not any(fnmatchcase(name, each) for each in options.frameworks)}
    folders = list(options.rules) if options.only_rules else [rules_dir(), *options.rules]
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted({*folder.rglob("*.y*ml")} - unread):
            name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
            if not is_safe(name):
                raise ProblemsError([Problem(path.as_posix(), "has a name that no bundle can hold", kind="rule")])
            found[name] = path
    return found


def _project(options: Options) -> Iterator[tuple[str, bytes]]:
    """The files of the project that verdicts rest on, each under its usual name, for readers."""
    for names in (TENANCY, EXCEPTIONS, DECISIONS):
        path = _found(options, names)
        if path is not None:
            _, content = read_project_bytes(path, "config")
            yield names[0], content


def _starts(options: Options) -> Sequence[Path]:
    return options.paths if options.project is None else [options.project]


def _found(options: Options, names: tuple[str, ...]) -> Path | None:
    return project_file(_starts(options), names)


def told_options(  # all that a scan rests on
    options: Options,
    report: ReportDocument,
    gathered: Gathered,
    withheld: set[str],
    *,
    include: bool,
    sources: Mapping[str, bytes] | None,
) -> dict[str, object]:
    """What a scan must be told to come to the same verdicts; `paths` are below `inputs/`.

    `sources` are the `.tf` files that the bundle holds, None where it holds none.
    """
    digests = None if sources is None else {name: digest_of(content) for name, content in sorted(sources.items())}
    tenancy, exceptions, decisions = (_found(options, names) for names in (TENANCY, EXCEPTIONS, DECISIONS))
    parameters = {name: WITHHELD if name in withheld else value for name, value in sorted(options.parameters.items())}
    return {
        "paths": [found.shown for found in gathered.discovery.found if _counts(found, gathered)],
        **({"found": found} if (found := _in_folders(gathered)) else {}),
        "tenancy": shown_below(tenancy),
        "exceptions": shown_below(exceptions),
        **({"decisions": shown_below(decisions)} if decisions is not None else {}),
        "rules": [folder.name for folder in ([] if options.only_rules else [rules_dir()])]
        + [folder.name for folder in options.rules],
        "parameters": parameters if include else {},
        "optional": sorted(options.optional),
        "strict_parameters": options.strict_parameters,
        "strict_defaults": options.strict_defaults,
        "account": options.account,
        "region": options.region,
        "stage": options.stage,
        "staged": options.staged,
        "select": list(options.select),
        "skip": list(options.skip),
        "frameworks": list(options.frameworks),
        "severities": {
            rule: {"severity": each.severity, "because": each.because}
            for rule, each in sorted(options.severities.items())
        },
        **({"templates": dict(sorted(options.templates.items()))} if options.templates else {}),
        **({"partial_plan": True} if options.partial_plan else {}),
        **({"sources": source} if (source := sources_of(gathered, options)) is not None else {}),
        **({"source_files": digests} if digests else {}),
        **({"inventory": True} if options.inventory else {}),
        **({"rules_as_of": options.rules_as_of} if options.rules_as_of is not None else {}),
        **({"rule_pages": options.rule_pages} if options.rule_pages is not None else {}),
        "fail_on": report["options"]["fail_on"],
        "unknown_fails": report["options"]["unknown_fails"],
        "as_of": report["as_of"],
    }


def _in_folders(gathered: Gathered) -> list[str]:
    """Those of the paths that nobody named: what is wrong with such a one may be no error."""
    return [found.shown for found in gathered.discovery.found if _counts(found, gathered) and not found.named]


def held_otherwise(report: ReportDocument, inputs: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    """Among the options: digests of inputs that are held otherwise than they were read, which the report's are of.

    Without them a change of such an input that turns no verdict over would be told by nothing but the manifest.
    """
    read = {each["path"]: each["digest"] for each in report["inputs"] if each.get("path") and "digest" in each}
    if (source := report["tenancy"].get("source")) is not None:
        read.setdefault(str(source), report["tenancy"].get("digest"))
    held = {
        name: digest_of(content)
        for name, content in sorted(inputs.items())
        if name in read and str(read[name]).rpartition(":")[2] != digest_of(content)
    }
    return {"without_secrets": held} if held else {}


def _counts(found: Found, gathered: Gathered) -> bool:
    """SQL that nobody asked for is not read, and would be where it is named."""
    return found.kind != "sql" or found.named or gathered.tenancy.source is not None


def _plain(folder: str) -> str:
    """A folder as the project writes it, without what may stand at its ends."""
    return folder.removeprefix("./").rstrip("/") or "folder"


def _secrets(gathered: Gathered, options: Options) -> set[str]:
    """Given parameters that some template declares with NoEcho."""
    hidden = _hidden(gathered)
    return {name for name in options.parameters if name.rpartition(":")[2] in hidden}


def _hidden(gathered: Gathered) -> set[str]:
    """Names of parameters that some template declares with NoEcho."""
    hidden: set[str] = set()
    for template in gathered.reading.templates:
        data = template.document.data
        declared = data.get("Parameters") if isinstance(data, dict) else None
        for name, body in declared.items() if isinstance(declared, dict) else ():
            if isinstance(body, dict) and str(body.get("NoEcho")).lower() == "true":
                hidden.add(name)
    return hidden


def input_names(gathered: Gathered, options: Options) -> dict[str, Path]:
    """All that the verdicts were read from, by names below `inputs/`."""
    taken: dict[str, Path] = {}
    for found in gathered.discovery.found:
        if found.kind in ("assembly", "snapshot"):
            for path in sorted(found.path.rglob("*")):
                inside = path.relative_to(found.path)
                asset = any(part.startswith("asset.") for part in inside.parts[:-1])
                wanted = found.kind == "snapshot" or path.suffix.lower() in _ASSEMBLY
                if wanted and not asset and path.is_file() and not path.is_symlink():
                    taken[f"{found.shown}/{inside.as_posix()}"] = path
        elif _counts(found, gathered):
            taken[found.shown] = found.path
    for each, shown in gathered.reading.shown.items():
        taken.setdefault(shown, Path(each))
    root = repository_root(options.paths[0]) or Path()
    for parameters in gathered.reading.inputs:
        if parameters.kind == "parameters":
            taken[parameters.path] = root / parameters.path
    for project in project_files(_starts(options), gathered.tenancy.sessions):
        taken[str(shown_below(project))] = project
    return taken


def _inputs(gathered: Gathered, options: Options) -> Iterator[tuple[str, bytes]]:
    """What verdicts were read from, without secrets, by names below `inputs/`. Raises ProblemsError."""
    total = 0
    safer = dict(_snapshots_without_secrets(gathered))
    for name, path in sorted(input_names(gathered, options).items()):
        if not is_safe(name):
            raise ProblemsError([Problem(name, "has a name that no bundle can hold", kind="config")])
        try:
            content = safer.get(name) or path.read_bytes()
        except OSError as error:
            raise ProblemsError(
                [Problem(name, f"cannot be read: {(error.strerror or '').lower()}", kind="input")]
            ) from None
        total += len(content)
        if total > _MOST_BYTES:
            message = f"the inputs are more than {_MOST_BYTES >> 20} MiB; leave --include-inputs out"
            raise ProblemsError([Problem("--include-inputs", message, kind="config")])
        yield name, _without_secrets(name, content, gathered)


def _snapshots_without_secrets(gathered: Gathered) -> Iterator[tuple[str, bytes]]:
    """Files of snapshots that hold what is called a secret today, and was not when they were written."""
    for found in gathered.discovery.found:
        if found.kind == "snapshot":
            from scanner.snapshots.redaction import rewritten

            for name, content in rewritten(found.path).items():
                yield f"{found.shown}/{name}", content


def _without_secrets(name: str, content: bytes, gathered: Gathered) -> bytes:
    """A file without its secrets, in the encoding that it had."""
    plain = as_utf8(content)
    safe = _safe_text(name, plain, gathered)
    return content if safe == plain else as_before(safe, content)


def _safe_text(name: str, content: bytes, gathered: Gathered) -> bytes:
    """A template's text with secrets replaced, every line where it was; other files as they are.

    Of what should have been read and was not, no value is shown: nobody knows which are secret.
    """
    for template in gathered.reading.templates:
        document = template.document.source()
        if document.path == name and document.text.encode("utf-8", "surrogatepass") == content.removeprefix(BOM_UTF8):
            safe = SecretSpans(document).replaced()
            return content if safe == document.text else safe.encode("utf-8", "surrogatepass")
    kinds = {each.kind for each in gathered.reading.inputs if each.path == name}
    if "kubernetes" in kinds:
        return _objects_without_secrets(name, content)
    if not kinds.isdisjoint(_DATA):
        from scanner.bundle.data_secrets import without_secrets_of_data

        return without_secrets_of_data(content)
    if "parameters" in kinds:
        from scanner.bundle.data_secrets import without_secrets_of_parameters

        return without_secrets_of_parameters(content, _hidden(gathered))
    if "sql" in kinds or any(each.kind == "sql" and each.shown == name for each in gathered.discovery.found):
        from scanner.inputs.sql.source import without_passwords

        text = content.decode("utf-8", "surrogateescape")
        return without_passwords(text).encode("utf-8", "surrogateescape")
    return masked(content) if name in _unread(gathered) else content


def _unread(gathered: Gathered) -> set[str]:
    """Files that were found as something to judge, or opened from such, and of which nothing more is known."""
    named = {each.path for each in gathered.reading.problems if each.level == "error"}
    return named | {each.shown for each in gathered.discovery.found if each.kind in _JUDGED}


def _objects_without_secrets(name: str, content: bytes) -> bytes:
    """Objects of Kubernetes with the values of Secrets and variables replaced."""
    from scanner.inputs.cluster_dump import documents_of

    documents = documents_of(content, name)
    if not documents:
        return masked(content)
    safe = SecretSpans(*documents).replaced()
    return content if safe == documents[0].text else safe.encode("utf-8", "surrogatepass")


def _attachments(options: Options) -> dict[str, object]:
    """The files in `attachments/` beside the tenancy, by digest: documents that a control asks for."""
    tenancy = _found(options, TENANCY) or _found(options, DECISIONS)
    folder = tenancy.parent / "attachments" if tenancy is not None else None
    if folder is None or not folder.is_dir():
        return {}
    files = [each for each in sorted(folder.rglob("*")) if each.is_file() and not each.is_symlink()]
    return {
        each.relative_to(folder.parent).as_posix(): {
            "sha256": digest_of(each.read_bytes()),
            "size": each.stat().st_size,
        }
        for each in files
    }


def controls_table(report: ReportDocument) -> str:
    """The control matrix as CSV, in the words of every other form of it."""
    import csv
    from io import StringIO

    from scanner.controls.wording import control_words

    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["framework", "control", "title", "status", "said", "population", "met", "deviations", "words"])
    for control, words in zip(report["controls"], control_words(report), strict=True):
        sentences = " ".join(f"{label} {text}" for label, text in words.sentences)
        row: list[object] = [control["framework"], control["id"], control["title"], control["status"]]
        row.append(words.verdict)
        row += [control["population"], control["met"], control["deviations"], sentences]
        writer.writerow([_cell(each) for each in row])
    return out.getvalue()


def inventory_members(report: ReportDocument) -> dict[str, bytes]:
    """The inventory of the report by itself: as JSON, as tables and as a drawing. Empty where it has none."""
    inventory = report.get("inventory")
    if inventory is None:
        return {}
    from scanner.outputs.shared.inventory_tables import TABLES, as_csv
    from scanner.outputs.shared.network_map import svg

    made = {f"{INVENTORY}{name}.csv": as_csv(table(inventory)) for name, table in TABLES.items()}
    made[f"{INVENTORY}inventory.json"] = json.dumps(inventory, indent=1, ensure_ascii=True) + "\n"
    if drawing := svg(inventory):
        made[f"{INVENTORY}map.svg"] = drawing + "\n"
    return {name: text.encode("utf-8", "backslashreplace") for name, text in made.items()}


def _cell(value: object) -> object:
    """No spreadsheet takes it for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def as_json(value: Mapping[str, object]) -> bytes:
    """As documents of a bundle that are no report are written."""
    return json.dumps(value, indent=1, ensure_ascii=True, default=str).encode("ascii") + b"\n"


def replayed(told: Mapping[str, object], root: Path, rules: Path) -> Options:
    """The options of the same scan over the files below `root`. Raises KeyError, TypeError and ValueError."""
    from scanner.options import SeverityHere

    def texts(name: str) -> list[str]:
        listed = told[name]
        if not isinstance(listed, list):
            raise TypeError(f"`{name}` is no list")
        return [str(each) for each in listed]

    def text(name: str) -> str | None:
        value = told[name]
        return None if value is None else str(value)

    def table(name: str) -> dict[str, object]:
        value = told[name]
        if not isinstance(value, dict):
            raise TypeError(f"`{name}` is no object")
        return {str(key): each for key, each in value.items()}

    files = ("tenancy", "exceptions", *(("decisions",) if "decisions" in told else ()))
    places = [place for name in files if (place := text(name)) is not None]
    sources = [] if told.get("sources") in (None, ".") else [str(told["sources"])]
    folders_of_templates = [str(each) for each in table("templates").values()] if "templates" in told else []
    if not all(map(is_safe, [*texts("paths"), *places, *texts("rules"), *map(_plain, folders_of_templates), *sources])):
        raise ValueError("a path leads out of the bundle")
    # They are looked for from the deeper of their folders upwards.
    folders = sorted((Path(place).parent for place in places), key=lambda each: len(each.parts))
    severities: dict[str, SeverityHere] = {}
    for rule, each in table("severities").items():
        if not isinstance(each, dict):
            raise TypeError(f"the severity of `{rule}` is no object")
        severities[rule] = SeverityHere(each["severity"], str(each["because"]))
    fail_on, unknown_fails = told["fail_on"], told["unknown_fails"]
    if fail_on not in (*SEVERITIES, "never") or unknown_fails not in (*SEVERITIES, "never", None):
        raise ValueError("a threshold is no severity")
    return replace(
        Options(),
        paths=[root / path for path in texts("paths")],
        unnamed=frozenset(texts("found") if "found" in told else ()),
        rules=[rules / name for name in texts("rules")],
        only_rules=True,
        project=root / folders[-1] if folders else root,
        parameters=table("parameters"),
        optional=frozenset(texts("optional")),
        strict_parameters=told["strict_parameters"] is True,
        strict_defaults=told["strict_defaults"] is True,
        account=text("account"),
        region=text("region"),
        stage=text("stage"),
        staged=told["staged"] is True,
        select=texts("select"),
        skip=texts("skip"),
        frameworks=texts("frameworks"),
        severities=severities,
        templates={begins: str(folder) for begins, folder in table("templates").items()} if "templates" in told else {},
        partial_plan=told.get("partial_plan") is True,
        source=None if told.get("sources") in (None, ".") else root / str(told["sources"]),
        inventory=told.get("inventory") is True,
        rules_as_of=text("rules_as_of") if "rules_as_of" in told else None,
        rule_pages=text("rule_pages") if "rule_pages" in told else None,
        fail_on=cast("Threshold", fail_on),
        unknown_fails=cast("Threshold | None", unknown_fails),
        as_of=datetime.date.fromisoformat(str(told["as_of"])),
    )


__all__ = [
    "ATTACHMENTS",
    "CONTROLS",
    "INPUTS",
    "KEEP_YEARS",
    "NEEDS_INPUTS",
    "OPTIONS",
    "REPORT",
    "RULES",
    "WITHHELD",
    "Wanted",
    "as_json",
    "bundle",
    "controls_table",
    "held_otherwise",
    "input_names",
    "inventory_members",
    "rendered",
    "replayed",
    "rule_names",
    "told_options",
]
