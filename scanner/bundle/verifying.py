"""Whether a bundle is what it was, and whether its inputs still lead to its verdicts."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from scanner._version import __version__
from scanner.acceptance.file_names import DECISIONS, EXCEPTIONS
from scanner.base.extras import MissingExtraError
from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import mutable, record
from scanner.bundle.archive import packed, unpacked
from scanner.bundle.comparing import UNDECIDED, counts_apart, leaves_apart
from scanner.bundle.contents import (
    CONTROLS,
    INPUTS,
    INVENTORY,
    NEEDS_INPUTS,
    OPTIONS,
    REPORT,
    RULES,
    WITHHELD,
    controls_table,
    inventory_members,
    rendered,
    replayed,
)
from scanner.bundle.data_secrets import without_secrets_of_data
from scanner.bundle.manifest import (
    CHECKSUM,
    MANIFEST,
    SIGNATURE,
    Manifest,
    checksum_of,
    digest_of,
    digests_of,
    read_manifest,
)
from scanner.bundle.masked_text import masked
from scanner.bundle.plan_sources import SOURCES
from scanner.bundle.readable import PAGE, PRINT, README, page, printed, readme, typesetter
from scanner.bundle.signing import read_envelope
from scanner.bundle.written_alike import attachments_apart, form_apart, replay_apart
from scanner.findings.report_document import ReportDocument
from scanner.history.store import report_digest
from scanner.outputs.shared.exit_reason import counts_for_exit
from scanner.scanning import scan
from scanner.tenancy.loading import NAMES as TENANCY
from scanner.text.utf16 import as_utf8

Verdict = Literal["same", "differs", "not shown"]
_MOST_NAMED = 20
NOT_JUDGED = "were not judged again"
# What reading a document of another shape than ours raises.
_MALFORMED = (KeyError, ValueError, TypeError, AttributeError, IndexError, RecursionError)


@record
class Checked:
    """One thing that was looked at: what, what came of it, and in which words."""

    what: str
    verdict: Verdict
    said: str


@mutable
class _Bundle:
    path: Path
    raw: bytes
    members: dict[str, bytes]
    damaged: list[str]


def verify(
    path: Path, key: Path | None = None, previous: Path | None = None, inputs: Path | None = None
) -> list[Checked]:
    """Everything that was looked at, in order.

    Raises ProblemsError where the bundle cannot be read, and MissingExtraError.
    """
    bundle = _Bundle(path, *unpacked(path))
    checks = list(_members(bundle))
    manifest = _manifest(bundle)
    if manifest is None:
        return checks
    checks += _signature(bundle, key)
    checks += _chain(manifest, previous)
    checks += _agree(bundle, manifest)
    checks += _again(bundle, manifest, inputs)
    if manifest.whole and manifest.tool == __version__ and not any(each.verdict == "differs" for each in checks):
        checks += _readable(bundle, manifest)
    checks.append(Checked("beyond this", "not shown", _limits(bundle, manifest)))
    return checks


def manifest_digest(path: Path) -> str:
    """Of the bundle's manifest, by which the next bundle follows it. Raises ProblemsError."""
    _, members, _ = unpacked(path)
    if MANIFEST not in members:
        raise ProblemsError([Problem(path.as_posix(), "has no manifest, so it is no bundle", kind="config")])
    return digest_of(members[MANIFEST])


def _manifest(bundle: _Bundle) -> Manifest | None:
    """None where it is damaged, which the members' check has said.

    Raises ProblemsError for what is no bundle at all.
    """
    if MANIFEST in bundle.damaged:
        return None
    shown = bundle.path.as_posix()
    if MANIFEST not in bundle.members:
        raise ProblemsError([Problem(shown, "has no manifest, so it is no bundle", kind="config")])
    try:
        return read_manifest(bundle.members[MANIFEST])
    except ValueError as error:
        if _stated(bundle) == digest_of(bundle.members[MANIFEST]):
            raise ProblemsError([Problem(shown, f"its manifest cannot be read: {error}", kind="config")]) from None
        return None


def _stated(bundle: _Bundle) -> str:
    return bundle.members.get(CHECKSUM, b"")[:64].decode("ascii", "replace")


def _members(bundle: _Bundle) -> Iterator[Checked]:
    for name in bundle.damaged:
        yield Checked(name, "differs", "is damaged: its checksum in the archive does not fit")
    content = bundle.members.get(MANIFEST)
    if content is not None and _stated(bundle) != digest_of(content):
        yield Checked(MANIFEST, "differs", f"was changed: it is not the one that {CHECKSUM} is of")
    elif content is not None and bundle.members[CHECKSUM] != checksum_of(content):
        yield Checked(CHECKSUM, "differs", f"says more than the digest of {MANIFEST}")
    manifest = _manifest(bundle)
    if manifest is None:
        return
    here = digests_of(bundle.members)
    changed = 0
    for name, digest in manifest.members.items():
        if name in bundle.damaged:
            changed += 1
        elif name not in here:
            changed += 1
            yield Checked(name, "differs", "is missing")
        elif here[name] != digest:
            changed += 1
            yield Checked(name, "differs", "was changed")
    for name in here.keys() - manifest.members.keys():
        changed += 1
        yield Checked(name, "differs", "was added")
    if not changed:
        yield Checked("members", "same", f"{len(here):,} members are as the manifest says")
    if not bundle.damaged and packed(bundle.members) != bundle.raw:
        yield Checked("the archive", "differs", "was changed outside of its members")


def _signature(bundle: _Bundle, key: Path | None) -> Iterator[Checked]:
    content = bundle.members.get(SIGNATURE)
    if content is None:
        if SIGNATURE in bundle.damaged:
            return
        if key is not None:
            yield Checked("signature", "differs", "the bundle is not signed, and a key was given that must have")
        else:
            yield Checked("signature", "not shown", "the bundle is not signed: who made it is not shown")
        return
    try:
        signed = read_envelope(content, key)
    except MissingExtraError as error:
        if key is not None:
            raise
        yield Checked("signature", "not shown", f"was not read: {error}")
        return
    except ValueError as error:
        yield Checked("signature", "differs", f"cannot be read: {error}")
        return
    if signed.manifest != digest_of(bundle.members.get(MANIFEST, b"")):
        yield Checked("signature", "differs", "is of another manifest than this bundle has")
    elif signed.holds is None:
        said = f"of the key {signed.key_id[:16]}, which was not held against one that you trust: give --key"
        yield Checked("signature", "not shown", said)
    elif signed.holds:
        yield Checked("signature", "same", f"of the key {signed.key_id[:16]}, which is the one that was given")
    else:
        yield Checked("signature", "differs", "is not of the key that was given")


def _chain(manifest: Manifest, previous: Path | None) -> Iterator[Checked]:
    if previous is None:
        if manifest.previous is not None:
            said = f"follows the bundle {manifest.previous[:16]}, which was not given: give --previous"
            yield Checked("chain", "not shown", said)
        return
    digest = manifest_digest(previous)
    if manifest.previous == digest:
        yield Checked("chain", "same", f"follows {previous.name}")
    elif manifest.previous is None:
        yield Checked("chain", "differs", f"follows no other bundle, and not {previous.name}")
    else:
        yield Checked("chain", "differs", f"follows another bundle than {previous.name}")


def _again(bundle: _Bundle, manifest: Manifest, inputs: Path | None) -> Iterator[Checked]:
    """Judges the inputs again, with the rules of the bundle."""
    try:
        before: Any = json.loads(bundle.members[REPORT])  # Any: as JSON comes in
        told: Any = json.loads(bundle.members[OPTIONS])
        fits = report_digest(before) == manifest.report
    except _MALFORMED as error:
        yield Checked("verdicts", "differs", f"cannot be judged again: {type(error).__name__} at {error}")
        return
    if not fits:
        yield Checked(REPORT, "differs", "is another report than the manifest is of")
    if not manifest.includes_inputs and inputs is None:
        said = f"{NOT_JUDGED}: the bundle has only digests of its inputs; give --inputs"
        yield Checked("verdicts", "not shown", said)
        return
    if inputs is None and "sources" in told and "source_files" not in told:
        said = f"{NOT_JUDGED}: the `.tf` files that were read with a plan are not in the bundle; give --inputs"
        yield Checked("verdicts", "not shown", said)
        return
    if inputs is None and told.get(NEEDS_INPUTS) is True:
        said = f"{NOT_JUDGED}: without the secrets that were taken out of the inputs some verdict is another"
        yield Checked("verdicts", "not shown", f"{said}; give --inputs")
        return
    with tempfile.TemporaryDirectory(prefix="tenantproof-") as private:
        folder = Path(private)
        root, rules = folder / "root", folder / "rules"
        (root / ".git").mkdir(parents=True)  # so that names are from here on, and nothing above is looked at
        rules.mkdir()
        for name, content in bundle.members.items():
            place = _place(name, root, rules)
            if place is not None:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
        try:
            if inputs is not None:
                yield from [*_given(before, told, inputs, root)]
                if "sources" in told:
                    _lay_out_sources(inputs, root)
            options = replayed(told, root, rules)
        except _MALFORMED as error:
            yield Checked("verdicts", "differs", f"cannot be judged again: {type(error).__name__} at {error}")
            return
        after: ReportDocument = json.loads(rendered(scan(options=options).report))
        if manifest.whole and manifest.tool == __version__:
            try:
                apart = [*replay_apart(bundle.members, manifest, before, options)]
            except _MALFORMED as error:
                said = f"is no report as this release writes them: {type(error).__name__} at {error}"
                apart = [(REPORT, said)]
            for what, said in apart[:_MOST_NAMED]:
                yield Checked(what, "differs", said)
    try:
        yield from _compared(bundle, manifest, before, after)
    except _MALFORMED as error:
        yield Checked(REPORT, "differs", f"is no report as this release writes them: {type(error).__name__} at {error}")


def _compared(bundle: _Bundle, manifest: Manifest, before: ReportDocument, after: ReportDocument) -> Iterator[Checked]:
    """Raises what a document that is none may raise, before it yields anything."""
    same = manifest.whole and manifest.tool == __version__
    differ = list(_differences(before, after)) + (
        list(leaves_apart(before, after, _redacted(bundle, before))) if same else []
    )
    counted, proofs = len(before["findings"]), len(before["proofs"])
    if differ and manifest.tool != __version__:
        # Another release may know better: what it says otherwise is listed, and is no fault of the bundle.
        for line in differ[:_MOST_NAMED]:
            yield Checked("verdicts", "not shown", f"{__version__} says otherwise: {line}")
    elif not differ:
        said = f"{counted:,} verdicts and {proofs:,} proofs were reached again from the inputs and rules"
        yield Checked("verdicts", "same", said)
    else:
        for line in differ[:_MOST_NAMED]:
            yield Checked("verdicts", "differs", line)
    if len(differ) > _MOST_NAMED:
        verdict: Verdict = "not shown" if manifest.tool != __version__ else "differs"
        yield Checked("verdicts", verdict, f"and {len(differ) - _MOST_NAMED:,} more")
    if same:
        yield Checked("not compared", "not shown", UNDECIDED)
    else:
        said = (
            "was made by a release that did not write down all that its documents rest on: verdicts, proofs, finding "
        )
        yield Checked(
            "the rest", "not shown", f"{said}ids, statuses and counts of controls were compared, and no words"
        )
    if manifest.tool != __version__:
        said = (
            f"made by {manifest.tool} and judged again by {__version__}; only the former tells whether a verdict that"
        )
        yield Checked("release", "not shown", f"{said} is otherwise now was changed")
    if "baseline" in before:
        yield from _beside_baseline(before, after)
    if before["as_of"] != before["generated_at"][:10]:
        said = (
            f"judged as of {before['as_of']}, and made on {before['generated_at'][:10]}: exceptions and ages count by"
        )
        yield Checked("as of", "not shown", f"{said} the former")


def _beside_baseline(before: ReportDocument, after: ReportDocument) -> Iterator[Checked]:
    """Whether states, their counts and the exit code fit, which is all that can be said without the baseline."""
    states = Counter(each.get("state") for each in before["findings"])
    known = states["known"]
    for state in ("new", "known"):
        if before["baseline"][state] != states[state]:
            said = f"says {before['baseline'][state]} {state}, and {states[state]} of its findings are"
            yield Checked("baseline", "differs", said)
    counts = any(counts_for_exit(before, each) for each in before["findings"])
    if before["exit_code"] != (int(counts) if after["exit_code"] in (0, 1) else after["exit_code"]):
        yield Checked("baseline", "differs", f"the exit code is {before['exit_code']}, which its findings do not give")
    name = before["baseline"]["name"]
    said = f"{known} findings and unknowns do not count because {name} has them, which is not in the bundle"
    yield Checked("baseline", "not shown", said)


def _agree(bundle: _Bundle, manifest: Manifest) -> Iterator[Checked]:
    """Whether the documents say the same of each other, which needs no inputs."""
    try:
        report: Any = json.loads(bundle.members[REPORT])
        told: Any = json.loads(bundle.members[OPTIONS])
        differ = [(CONTROLS, said) for said in counts_apart(report, bundle.members[CONTROLS])]
        if manifest.tool == __version__ and not manifest.whole:
            differ.append((MANIFEST, "does not say that all can be made again, and this release always does"))
        if manifest.whole and manifest.tool == __version__:
            differ += form_apart(bundle.members, manifest, told)
            differ += attachments_apart(bundle.members, report)
            if not differ and bundle.members[CONTROLS] != controls_table(report).encode("utf-8"):
                differ.append((CONTROLS, "says of some control other words than the report gives"))
            differ += [(name, "is another than the report gives") for name in _inventory_apart(bundle, report)]
            if bundle.members[REPORT] != rendered(report).encode("ascii"):
                differ.append((REPORT, "is not written as reports are: some reader may read it otherwise"))
        if manifest.created != report["generated_at"]:
            differ.append((MANIFEST, f"says created {manifest.created}, and the report {report['generated_at']}"))
        if manifest.tool != report["tool"]["version"]:
            differ.append((MANIFEST, f"says release {manifest.tool}, and the report {report['tool']['version']}"))
        withheld = tuple(sorted(name for name, value in told["parameters"].items() if value == WITHHELD))
        if manifest.includes_inputs and withheld != manifest.withheld:
            differ.append((MANIFEST, "says that other parameters were withheld than the options do"))
        if manifest.includes_inputs != any(name.startswith(INPUTS) for name in bundle.members):
            differ.append((MANIFEST, "does not say whether the inputs are in the bundle as it is"))
        files = {TENANCY[0]: told["tenancy"], EXCEPTIONS[0]: told["exceptions"], DECISIONS[0]: told.get("decisions")}
        for name, place in files.items():
            kept = bundle.members.get(f"{INPUTS}{place}")
            if place is not None and kept is None and manifest.whole and manifest.includes_inputs:
                differ.append((OPTIONS, f"names {INPUTS}{place}, which is not in the bundle"))
            if kept is not None and bundle.members.get(name) != kept:
                differ.append((name, f"is another than {INPUTS}{place}, by which was judged"))
    except _MALFORMED as error:
        yield Checked("documents", "differs", f"cannot be compared: {type(error).__name__} at {error}")
        return
    for what, said in differ[:_MOST_NAMED]:
        yield Checked(what, "differs", said)
    if len(differ) > _MOST_NAMED:
        yield Checked("documents", "differs", f"and {len(differ) - _MOST_NAMED:,} more")
    if not differ:
        yield Checked("documents", "same", "report, control matrix, options and manifest say the same of each other")


def _inventory_apart(bundle: _Bundle, report: ReportDocument) -> list[str]:
    """Members of the inventory that are not as the report has it, missing ones and further ones among them."""
    made = inventory_members(report)
    kept = {name for name in bundle.members if name.startswith(INVENTORY)}
    return sorted(name for name in kept | made.keys() if bundle.members.get(name) != made.get(name))


def _readable(bundle: _Bundle, manifest: Manifest) -> Iterator[Checked]:
    """Whether page, print and README are those of the report, which agrees with all else by now."""
    if PRINT not in bundle.members:
        yield Checked(
            PRINT, "not shown", "is not in the bundle: where it was made there was no `typst`, or it was taken out"
        )
    report: ReportDocument = json.loads(bundle.members[REPORT])
    names = manifest.members.keys() - {README}
    wanted: dict[str, bytes | None] = {
        PAGE: page(report),
        README: readme(report, names, manifest.retain_until, inputs=manifest.includes_inputs),
    }
    same = True
    if (kept := bundle.members.get(PRINT)) is not None:
        wanted[PRINT] = printed(report)
        if wanted[PRINT] is None:
            yield Checked(PRINT, "not shown", "was not made again: `typst` is not installed")
            del wanted[PRINT]
        elif wanted[PRINT] != kept and typesetter(wanted[PRINT] or b"") != typesetter(kept):
            ours, theirs = (typesetter(each).decode("latin-1") or "?" for each in (wanted[PRINT] or b"", kept))
            yield Checked(PRINT, "not shown", f"was set by {theirs}, and is set by {ours} here: not compared")
            del wanted[PRINT]
    for name, content in wanted.items():
        if bundle.members.get(name) != content:
            same = False
            told = "is missing" if name not in bundle.members else "is another than the report gives"
            yield Checked(name, "differs", told)
    if same:
        yield Checked("readable", "same", f"{', '.join(wanted)} were made again and are the same")


def _redacted(bundle: _Bundle, report: ReportDocument) -> dict[str, frozenset[int]]:
    """Inputs that are in the bundle without their secrets, by their paths, with the lines on which any was.

    Those that nobody could read are masked, which moves nothing.
    """
    unread = {each["path"] for each in report["errors"] if each["level"] == "error"}
    kept = {
        name.removeprefix(INPUTS): as_utf8(content)
        for name, content in bundle.members.items()
        if name.startswith(INPUTS)
    }
    return {
        name: frozenset(_moved(content))
        for name, content in kept.items()
        if _MARK in content or (name in unread and _is_masked(content))
    }


def _moved(content: bytes) -> Iterator[int]:
    """Lines on which something was taken out, up to the next that has something: a value may go on for some."""
    moves = False
    for line, text in enumerate(content.split(b"\n"), 1):
        taken = _MARK in text
        if taken or moves:
            yield line
        moves = taken or (moves and not text.strip())


_MARK = b"<redacted "


def _is_masked(content: bytes) -> bool:
    if content.startswith(b"\x1f\x8b"):
        return without_secrets_of_data(content) == content
    return masked(content) == content


def _place(name: str, root: Path, rules: Path) -> Path | None:
    if name.startswith(RULES):
        return rules / name.removeprefix(RULES)
    return root / name.removeprefix(INPUTS) if name.startswith(INPUTS) else None


def _given(before: ReportDocument, told: Mapping[str, object], inputs: Path, root: Path) -> Iterator[Checked]:
    """Lays out the inputs that somebody kept elsewhere, and holds each against its digest in the report."""
    digests = {str(each["path"]): str(each["digest"]) for each in before["inputs"] if "path" in each}
    project = ("tenancy", "exceptions", "decisions")
    names = [*digests, *(str(told[each]) for each in project if told.get(each))]
    for name in names:
        source, target = inputs / name, root / name
        if not source.resolve().is_relative_to(inputs.resolve()):
            yield Checked(name, "differs", "leads out of the folder of inputs")
            continue
        if source.is_dir():
            import shutil

            shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("asset.*"))
            content = (source / "manifest.json").read_bytes() if (source / "manifest.json").is_file() else b""
        elif source.is_file():
            content = source.read_bytes()
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        else:
            yield Checked(name, "differs", f"is not in {inputs}")
            continue
        if name in digests and digests[name] != f"sha256:{digest_of(content)}":
            yield Checked(name, "differs", "is not the input that was judged")


def _lay_out_sources(inputs: Path, root: Path) -> None:
    """The `.tf` files of plans, and what `terraform init` wrote down of modules."""
    for path in sorted(inputs.rglob("*")):
        wanted = path.suffix in SOURCES or path.parts[-3:] == (".terraform", "modules", "modules.json")
        if wanted and path.is_file() and not path.is_symlink():
            target = root / path.relative_to(inputs)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())


def _differences(before: ReportDocument, after: ReportDocument) -> Iterator[str]:
    """Verdicts, proofs and statuses of controls that are otherwise now."""
    for each in after["errors"]:
        if each["level"] == "error" and each not in before["errors"]:
            yield f"{each['path']}: {each['message']}"
    was, is_ = _verdicts(before), _verdicts(after)
    for key in sorted(was.keys() | is_.keys()):
        if was.get(key) != is_.get(key):
            rule, address = key
            yield f"{rule} on {address} was {_told(was.get(key))} and is {_told(is_.get(key))}"
    old = {(each["framework"], each["id"]): each["status"] for each in before["controls"]}
    new = {(each["framework"], each["id"]): each["status"] for each in after["controls"]}
    for control in sorted(old.keys() | new.keys()):
        if old.get(control) != new.get(control):
            yield f"{' '.join(control)} was {old.get(control)} and is {new.get(control)}"
    if before["exit_code"] != after["exit_code"] and "baseline" not in before:
        yield f"the exit code was {before['exit_code']} and is {after['exit_code']}"


def _verdicts(report: ReportDocument) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for each in report["findings"]:
        proof = each.get("proof")
        said = (each["verdict"], proof["verdict"] if proof else "", each["id"])
        found.setdefault((each["rule"], each["resource"]["address"]), []).append(said)
    return {key: sorted(those) for key, those in found.items()}


def _told(verdicts: list[tuple[str, str, str]] | None) -> str:
    if not verdicts:
        return "not there"
    return ", ".join(" ".join(part for part in (verdict, proof) if part) for verdict, proof, _ in verdicts)


def _limits(bundle: _Bundle, manifest: Manifest) -> str:
    parts = ["that the inputs are all there were, and are what AWS had: only the account itself shows that"]
    if SIGNATURE not in bundle.members:
        parts.append("that nobody made the whole bundle anew: only a signature or an anchor outside shows that")
    if manifest.withheld:
        parts.append(f"what secret parameters change: {', '.join(manifest.withheld)} were judged with a stand-in")
    return "; ".join(parts)


__all__ = ["NOT_JUDGED", "Checked", "manifest_digest", "verify"]
