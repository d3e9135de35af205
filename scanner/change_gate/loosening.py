"""What a change loosens of what it is judged by: rules, paths, thresholds, exceptions, trusts, the tenancy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scanner.acceptance.exceptions_file import AcceptedDeviation
from scanner.base.record import record
from scanner.findings.report_document import SEVERITIES
from scanner.language.rule import Rule
from scanner.options import Options

MOST_NAMED = 20
# Parts of tenancy.yaml where an entry more means that less is asked.
_GRANTS = frozenset(
    {"trusted", "shared", "routes.public", "sessions.binders", "engagement.accounts_out", "residency.regions"}
)
_GRANTS |= {"engagement.accounts_in", "engagement.organizations"}
_GRANTS |= {"tenant_id.shared_values", "tenant_id.from_issuer", "network.endpoints", "attestations"}
# The same, but not where the tenancy is the first of all: they say what there is to ask.
_SAID = frozenset({"tenant_id.tags", "tenant_id.claims", "principals", "compute"})
# Who answers for an entry and why changes nothing of what it allows.
_TOLD = frozenset({"because", "owner", "approved_by", "ticket", "note"})
_NEUTRAL = frozenset({"version", "tenant_id.examples", "engagement.entity", "engagement.system", "engagement.period"})


@record
class Loosened:
    """`approved_by` is who agreed, where the entry or the configuration names somebody."""

    what: str
    path: str
    approved_by: str | None = None


def settings_loosened(
    base: Options, head: Options, rules: tuple[Sequence[Rule], Sequence[Rule]], path: str, approved_by: str | None
) -> Iterator[Loosened]:
    """What the configuration asks less of. `rules` are those that each of them judges by."""
    before, now = ({rule.id: rule for rule in each} for each in rules)
    off = sorted(before.keys() - now.keys())
    if off:
        names = ", ".join(f"`{name}`" for name in off[:MOST_NAMED])
        more = f" and {len(off) - MOST_NAMED} more" if len(off) > MOST_NAMED else ""
        count = "a rule is" if len(off) == 1 else f"{len(off)} rules are"
        yield Loosened(f"{count} off: {names}{more}", path, approved_by)
    for rule_id in sorted(before.keys() & now.keys()):
        was, is_ = before[rule_id].severity, now[rule_id].severity
        if SEVERITIES.index(is_) > SEVERITIES.index(was):
            yield Loosened(f"`{rule_id}` weighs {is_} and no longer {was}", path, approved_by)
    if head.rules_as_of is not None and (base.rules_as_of is None or _version(head) < _version(base)):
        those = f"only those later than {base.rules_as_of}" if base.rules_as_of is not None else "findings"
        yield Loosened(f"rules later than {head.rules_as_of} are notes and no longer {those}", path, approved_by)
    yield from _addresses_loosened(base, head, path, approved_by)
    for glob in head.exclude:
        if glob not in base.exclude:
            yield Loosened(f"paths are excluded: `{glob}`", path, approved_by)
    thresholds = [*reversed(SEVERITIES), "never"]
    for name, old, new in (
        ("fail_on", base.fail_on, head.fail_on),
        ("unknown_fails", base.unknown_fails, head.unknown_fails),
    ):
        weaker = new is not None and thresholds.index(new) > thresholds.index(old or "critical")
        if weaker or (old not in (None, "never") and new is None):
            yield Loosened(f"`{name}` is {new or 'left out'} and no longer {old or 'left out'}", path, approved_by)


def _version(options: Options) -> list[int]:
    return [int(part) for part in (options.rules_as_of or "0").split(".")]


def _addresses_loosened(base: Options, head: Options, path: str, approved_by: str | None) -> Iterator[Loosened]:
    """Addresses of nested templates that lead elsewhere, where another file can be put in the place of what runs."""
    for begins, folder in sorted(base.templates.items()):
        if head.templates.get(begins) != folder:
            yield Loosened(f"`templates` leads `{begins}` no longer to `{folder}`", path, approved_by)
    for begins in sorted(head.templates.keys() - base.templates.keys()):
        # The longest beginning counts, so this one takes what another led to.
        if any(begins.startswith(each) for each in base.templates):
            yield Loosened(f"`templates` leads `{begins}` to `{head.templates[begins]}`", path, approved_by)


def rules_loosened(base: Sequence[Path], head: Sequence[Path], approved_by: str | None) -> Iterator[Loosened]:
    """Rules of the project's own that say something else: whether that asks less nobody can tell from their text."""
    before, now = (_files(folders) for folders in (base, head))
    there = set(now.values())
    for name in sorted(before):
        if name in now and before[name] != now[name]:
            yield Loosened(f"the rules in {name} are changed", name, approved_by)
        elif name not in now and before[name] not in there:
            yield Loosened(f"the rules in {name} are gone", name, approved_by)


def _files(folders: Sequence[Path]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.y*ml")) if folder.is_dir() else ():
            try:
                found[f"{folder.name}/{path.relative_to(folder).as_posix()}"] = path.read_bytes()
            except OSError:
                found[f"{folder.name}/{path.relative_to(folder).as_posix()}"] = b""
    return found


def exceptions_loosened(base: Sequence[AcceptedDeviation], head: Sequence[AcceptedDeviation]) -> Iterator[Loosened]:
    """Entries that are new, hold longer, or mean more than they did."""
    before = {(each.rule, each.resource, each.finding): each.until for each in base}
    for each in head:
        until = before.get((each.rule, each.resource, each.finding))
        whole = before.get((each.rule, each.resource, None))
        held = max((day for day in (until, whole) if day is not None), default=None)
        if held is None or each.until > held:
            how = "a new exception covers" if held is None else "an exception holds longer:"
            what = f"{how} `{each.rule}` on `{each.resource}` until {each.until.isoformat()}"
            yield Loosened(what, each.location.path, each.approved_by)


def tenancy_loosened(
    base: Mapping[str, object], head: Mapping[str, object], path: str, approved_by: str | None
) -> Iterator[Loosened]:
    """What the tenancy grants more, or asks less, than it did; a new value of anything else may be either."""
    for name, old, new in _parts((), base, head):
        if name in _NEUTRAL:
            continue
        if name.startswith("tenants."):
            # Each tenant's own regions; a tenant that is new brings its own.
            if isinstance(old, list) and isinstance(new, list):
                for region in sorted(set(map(str, new)) - set(map(str, old))):
                    yield Loosened(f"`{name}` has an entry more: {region[:160]}", path, approved_by)
            elif old and not new:
                yield Loosened(f"`{name}` is no longer declared", path, approved_by)
            continue
        if isinstance(old, list | None) and isinstance(new, list | None) and (old or new):
            before, now = ({_spelled(each): each for each in several or ()} for several in (old, new))
            if name in _GRANTS or (name in _SAID and base):
                for key in sorted(now.keys() - before.keys()):
                    entry = now[key]
                    if isinstance(entry, dict) and entry.get("isolation") == "pooled":
                        continue
                    by = entry.get("approved_by") if isinstance(entry, dict) else None
                    yield Loosened(f"`{name}` has an entry more: {key[:160]}", path, by if by else approved_by)
            else:
                for key in sorted(before.keys() - now.keys()):
                    yield Loosened(f"`{name}` has no longer the entry {key[:160]}", path, approved_by)
                for key in sorted(now.keys() - before.keys()):
                    entry = now[key]
                    if name == "sessions" and isinstance(entry, dict) and entry.get("binders"):
                        # Whoever may name the tenant of a session is trusted with all of them.
                        yield Loosened(f"`{name}` has an entry more with binders: {key[:160]}", path, approved_by)
        elif old is not None and old != new:
            said = (
                "is no longer declared"
                if new is None
                else f"is {_spelled(new)[:80]} and no longer {_spelled(old)[:80]}"
            )
            yield Loosened(f"`{name}` {said}", path, approved_by)


def _parts(
    above: tuple[str, ...], base: Mapping[str, object], head: Mapping[str, object]
) -> Iterator[tuple[str, object, object]]:
    for key in dict.fromkeys((*base, *head)):
        old, new = base.get(key), head.get(key)
        if isinstance(old, dict) or isinstance(new, dict):
            below = [each if isinstance(each, dict) else {} for each in (old, new)]
            yield from _parts((*above, key), below[0], below[1])
        else:
            yield ".".join((*above, key)), old, new


def _spelled(entry: object) -> str:
    if isinstance(entry, dict):
        entry = {key: value for key, value in entry.items() if key not in _TOLD}
    return json.dumps(entry, sort_keys=True, ensure_ascii=False, default=str)


__all__ = ["Loosened", "exceptions_loosened", "rules_loosened", "settings_loosened", "tenancy_loosened"]
