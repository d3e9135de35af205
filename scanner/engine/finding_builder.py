"""From a ruling to a finding: the sentence, the place, the evidence."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field

from scanner.base.record import mutable
from scanner.engine.found_values import FoundValue, names_a_setting, with_found_values
from scanner.engine.proof_findings import add_proof
from scanner.engine.snippet import snippet_at
from scanner.findings.finding import Evidence, Finding
from scanner.findings.report_document import ResourceDocument, Verdict
from scanner.inputs.cloudformation.parameters import DEFAULT
from scanner.language.assertion import Outcome, Seen
from scanner.language.message import plain, redacted, shown
from scanner.language.requirement import is_key, is_plain
from scanner.language.rule import Rule
from scanner.model.absent_properties import LACKING
from scanner.model.deferred import settle
from scanner.model.resource import Keys, Resource
from scanner.model.secrets import is_secret, redaction, without_secrets
from scanner.model.unknown import Unknown
from scanner.model.world import UndecidedError, World
from scanner.prover.system.proof import Proof

MOST_EVIDENCE = 10
MOST_NOTES = 2
MOST_TEXT = 2_000
"""A template without line breaks is one line, which each finding would hold as a whole."""
_NOT_TOLD = object()
_quoted = json.encoder.encode_basestring_ascii
_POSITION = re.compile(r"\[\d+\]")


@mutable
class Describer:
    """`controls` maps a rule to the controls that cite it; `tenant_tags` name the owner of a resource.

    `tenant_of` tells whose a resource is that carries none of them, None where that is nobody's.

    `crashes` collects what went wrong inside the scanner itself.
    """

    controls: Mapping[str, Sequence[str]]
    tenant_tags: Sequence[str] = ()
    crashes: list[str] = field(default_factory=list)
    tenant_of: Callable[[Resource], str | None] = lambda _: None
    _resources: dict[str, ResourceDocument] = field(default_factory=dict)

    def not_applicable(self, rule: Rule, resource: Resource, reason: str) -> Finding:
        """`reason` becomes the message of the finding."""
        return Finding(rule.id, rule.severity, rule.layer, "NOT_APPLICABLE", self.resource(resource), reason)

    def unknown(self, rule: Rule, resource: Resource, unknown: Unknown) -> Finding:
        """For what was decided before any assertion was tried: there is neither evidence nor a world to name."""
        return self.finding(rule, resource, "UNKNOWN", Outcome(unknown), "", World(), {})

    def crashed(self, rule: Rule, resource: Resource, error: Exception) -> Finding:
        """UNKNOWN with the cause `scanner-error`; the traceback goes to `crashes` and never into the report."""
        self.crashes.append(f"{rule.id} on {resource.address}: {''.join(traceback.format_exception(error))}")
        unknown = Unknown("scanner-error", shown(f"the scanner failed on it: {type(error).__name__}: {error}"))
        # Nothing is asked of the resource again: whatever failed might fail once more.
        finding = Finding(rule.id, rule.severity, rule.layer, "UNKNOWN", self._named(resource))
        finding.unknown = unknown
        finding.message = f"unknown: {unknown.detail}"
        finding.fix = rule.fix
        finding.controls = tuple(self.controls.get(rule.id, ()))
        return finding

    def finding(  # noqa: PLR0913  # the parts of a ruling
        self,
        rule: Rule,
        resource: Resource,
        verdict: Verdict,
        outcome: Outcome,
        reason: str,
        world: World,
        labels: Mapping[str, object],
        proof: Proof | None = None,
    ) -> Finding:
        """The finding of one ruling, redacted; the defaults that it rests on are told by `with_defaults`.

        `labels` name the choices of the template under which it holds. `reason` is the message of a NOT_APPLICABLE. Of
        what was seen at most MOST_EVIDENCE values become evidence.
        """
        finding = Finding(rule.id, rule.severity, rule.layer, verdict, self.resource(resource), reason)
        finding.assumptions = tuple(world.assumptions)
        if verdict in ("PASS", "NOT_APPLICABLE"):
            if proof is not None:
                add_proof(finding, proof, resource, world)
            return finding
        finding.clause = outcome.clause
        finding.world = {
            name: resource.source.scrubbed(value) if isinstance(value, str) else value for name, value in labels.items()
        }
        finding.fix = resource.fix_of(rule.fix)
        finding.controls = tuple(self.controls.get(rule.id, ()))
        if verdict == "UNKNOWN" and isinstance(outcome.holds, Unknown):
            finding.unknown = _scrubbed(outcome.holds, resource)
        paths = _Paths(resource, world)
        text = _sentence(rule, outcome, labels)
        if verdict == "FAIL" and not names_a_setting(text):
            lacking = LACKING.get(resource.type, ())
            found = [self._found(resource, seen, paths, world) for seen in outcome.told]
            # Of a rule on several types, what another type of them would have to set is no advice.
            text = with_found_values(text, [each for each in found if each.property_name not in lacking])
        finding.message = resource.source.scrubbed(text)
        evidence = (self._evidence(resource, seen, paths, world) for seen in outcome.seen[:MOST_EVIDENCE])
        finding.evidence = tuple({(each.path, each.canonical): each for each in evidence}.values())
        place = paths.place_of(outcome.seen[0]) if outcome.seen else ()
        finding.location = resource.source.locate(resource, place, world)
        finding.source = resource.program_line(paths.of(outcome.seen[0]) if outcome.seen else ())
        if proof is not None:
            add_proof(finding, proof, resource, world)
            if verdict == "FAIL" and finding.evidence:
                finding.message = with_found_values(finding.message, [FoundValue(finding.evidence[0].path)])
        return finding

    def with_defaults(self, finding: Finding, resource: Resource) -> Finding:
        """The finding whose sentence ends with the parameters that it rests on: they are not what is wrong."""
        if finding.verdict in ("FAIL", "UNKNOWN"):
            finding.message += resource.source.scrubbed(_notes(finding.assumptions))
        return finding

    def _found(self, resource: Resource, seen: Seen, paths: _Paths, world: World) -> FoundValue:
        """As the evidence has it: what may not be shown there is not shown in a sentence."""
        keys = paths.of(seen)
        if "Properties" in keys[1:]:
            # Of what a function has put together, the part that it is made of.
            keys = keys[: keys.index("Properties", 1)]
        of_key = is_key(seen.expression)
        plain_path = seen.within or of_key or is_plain(seen.expression)
        path = spell(keys)
        other = seen.item if isinstance(seen.item, dict) and seen.item is not resource.fields else {}
        named = other.get("Id")
        if not path and isinstance(named, str):
            # Of another resource, which the rule has gone to.
            inside = spell(seen.expression.path).removeprefix("Properties.") if plain_path else ""
            path = f"{named}.{inside}" if inside else seen.elsewhere or str(other.get("Type", named))
        elif plain_path and not paths.stands(seen):
            plain_path = False
        if keys == ("Type",) and (seen.elsewhere or not plain_path):
            path, plain_path = "", False
        if not path and "tag" in seen.expression.functions:
            path = "Tags"
        path = path or seen.elsewhere
        if not (plain_path and path):
            return FoundValue(path, None)
        value = _key_at(resource, keys, world) if of_key else self._evidence(resource, seen, paths, world).value
        if value is _NOT_TOLD:
            return FoundValue(path, None)
        if seen.wanted:
            return FoundValue(path, value, seen.wanted, by_default=seen.by_default, within=seen.within)
        return FoundValue(path, None if isinstance(value, dict | list) else value, within=seen.within)

    def _evidence(self, resource: Resource, seen: Seen, paths: _Paths, world: World) -> Evidence:
        # What the message tells of is mostly evidence, too.
        known = paths.evidence.get(id(seen))
        if known is None:
            known = paths.evidence[id(seen)] = (seen, self._written(resource, seen, paths, world))
        return known[1]

    def _written(self, resource: Resource, seen: Seen, paths: _Paths, world: World) -> Evidence:
        keys = paths.of(seen)
        location = resource.source.locate(resource, paths.place_of(seen), world)
        secret = is_secret(resource.type, keys, seen.value) or resource.source.hides(seen.value)
        whole = plain(seen.value)
        safe = redaction() if secret else without_secrets(resource.type, whole, keys)[0]
        # Identity rests on the whole value, though a reader sees at most a part of it.
        value = safe
        if not secret and _is_long(whole):
            text = json.dumps(safe, sort_keys=True, ensure_ascii=False, default=str)
            value = text[: MOST_TEXT - 1] + "…"
        if keys and not secret and is_key(seen.expression):
            # The answer is that of the question, and what stands at the place is the key.
            named = _key_at(resource, keys, world)
            value = value if named is _NOT_TOLD else named
        path = spell(keys) or seen.expression.text
        # Of a secret it is nothing but that it is one, for what is kept of it says no more.
        known = redacted(seen.value) if safe == whole else redacted(safe)
        # As `json.dumps` writes a list of the three: there are many.
        canonical = f"[{_quoted(_POSITION.sub('', path))}, {_quoted(seen.expression.text)}, {_quoted(known)}]"
        first = location.line
        snippet: Sequence[str] = ()
        if first is not None and not secret:
            snippet = snippet_at(resource.source, location)
        return Evidence(path, value, first, tuple(snippet), canonical)

    def resource(self, resource: Resource) -> ResourceDocument:
        """What reports call the resource; worked out once. Raises whatever its tags raise while they are resolved."""
        known = self._resources.get(resource.address)
        if known is None:
            tenant = resource.tenant or self._tenant(resource) or self.tenant_of(resource)
            known = self._resources[resource.address] = _document(resource, tenant)
        return known

    def _named(self, resource: Resource) -> ResourceDocument:
        try:
            return self.resource(resource)
        except Exception:  # noqa: BLE001  # told already; what the resource is called is known without its tags
            return _document(resource, resource.tenant)

    def _tenant(self, resource: Resource) -> str | None:
        if not self.tenant_tags:
            return None
        try:
            tags = settle(resource.fields.get("Tags"), World())
        except UndecidedError:
            return None
        values = (tags.get(key) for key in self.tenant_tags) if isinstance(tags, dict) else ()
        return next((value for value in values if isinstance(value, str)), None)


def _is_long(value: object) -> bool:
    """Whether it is more than a reader is shown of it, as JSON."""
    if value is None or isinstance(value, bool | int | float):
        return False
    if isinstance(value, str) and len(value) < MOST_TEXT // 6:
        return False  # escaped, a character is six at most
    return len(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)) > MOST_TEXT


def _scrubbed(unknown: Unknown, resource: Resource) -> Unknown:
    detail = resource.source.scrubbed(unknown.detail)
    return unknown if detail == unknown.detail else Unknown(unknown.cause, detail)


def _document(resource: Resource, tenant: str | None) -> ResourceDocument:
    return {
        "address": resource.address,
        "type": resource.type,
        "logical_id": resource.logical_id,
        "origin": resource.origin,
        "construct_path": resource.construct_path,
        "arn": resource.arn,
        "account": resource.account,
        "region": resource.region,
        "stack": resource.stack,
        "tenant": tenant,
    }


def _sentence(rule: Rule, outcome: Outcome, labels: Mapping[str, object]) -> str:
    if isinstance(outcome.holds, Unknown):
        text = f"unknown: {outcome.holds.detail}"
    else:
        text = outcome.message or f"not so: {rule.title}"
    if outcome.more:
        text += f" (and {outcome.more} more)"
    if labels:
        text += " when " + " and ".join(f"{name} is {shown(value)}" for name, value in labels.items())
    return text


def _notes(assumptions: Sequence[str]) -> str:
    notes = [note for note in assumptions if note.startswith(DEFAULT)]
    if len(notes) > MOST_NOTES:
        more = len(notes) - MOST_NOTES
        notes = [*notes[:MOST_NOTES], f"{more} more parameter{'s' if more > 1 else ''}"]
    return f", with {' and '.join(notes)}" if notes else ""


def _key_at(resource: Resource, keys: Keys, world: World) -> object:
    """The key that is named there, None where none is; _NOT_TOLD of what is no name."""
    value: object = resource.fields
    try:
        for key in keys:
            here = settle(value, world)
            if isinstance(here, dict):
                value = here.get(key)
            elif isinstance(here, list) and isinstance(key, int):
                value = here[key]
            else:
                return None if here is None else _NOT_TOLD
        value = settle(value, world)
    except UndecidedError:
        return _NOT_TOLD
    if value is None or value == "":
        return value
    hidden = not isinstance(value, str) or is_secret(resource.type, keys, value) or resource.source.hides(value)
    return _NOT_TOLD if hidden else value


def spell(keys: Keys) -> str:
    """`Properties.Policies[0].PolicyName`."""
    spelled = ""
    for key in keys:
        spelled += f"[{key}]" if isinstance(key, int) else f".{key}" if spelled else str(key)
    return spelled


class _Paths:
    """Where in a resource the values that were seen stand: found by identity, and only for what is reported."""

    def __init__(self, resource: Resource, world: World) -> None:
        self._resource = resource
        self._world = world
        self._known: dict[int, Keys] | None = None
        self.evidence: dict[int, tuple[Seen, Evidence]] = {}

    def of(self, seen: Seen) -> Keys:
        path = seen.expression.path
        if seen.item is self._resource.fields:
            return path if path[:1] and path[0] in self._resource.fields else ()
        if self._known is None:
            self._known = {id(value): keys for keys, value in self._walk((), self._resource.fields)}
        base = self._known.get(id(seen.item))
        if base is None and isinstance(seen.item, dict):
            # What a function has put together, such as a policy with its name, is where its part is.
            parts = (self._known.get(id(part)) for part in seen.item.values() if isinstance(part, dict | list))
            return next((part for part in parts if part is not None), ())
        if base is None:
            return ()
        # An item of the list that the expression names has its place already.
        return base if path and base[: len(path)] == path else base + path

    def stands(self, seen: Seen) -> bool:
        """Whether what the expression was asked of is a part of the resource, and not put together by a function."""
        keys = self.of(seen)
        return seen.item is self._resource.fields or (bool(keys) and id(seen.item) in (self._known or {}))

    def place_of(self, seen: Seen) -> Keys:
        """Where to point: at the resource itself if it has no such property, for there is nothing else to see."""
        keys = self.of(seen)
        try:
            properties = settle(self._resource.fields.get("Properties"), self._world)
        except UndecidedError:
            # The verdict did not touch them, and neither does the place.
            properties = None
        absent = (
            keys[:1] == ("Properties",) and isinstance(properties, dict) and keys[1:2] and keys[1] not in properties
        )
        return () if absent else keys

    def _walk(self, keys: Keys, value: object, depth: int = 0) -> Iterator[tuple[Keys, object]]:
        if depth > 60:  # noqa: PLR2004  # templates are not nested deeper
            return
        try:
            value = settle(value, self._world)
        except UndecidedError:
            return
        if isinstance(value, dict):
            yield keys, value
            for key, child in value.items():
                yield from self._walk((*keys, key), child, depth + 1)
        elif isinstance(value, list):
            yield keys, value
            for index, child in enumerate(value):
                yield from self._walk((*keys, index), child, depth + 1)
