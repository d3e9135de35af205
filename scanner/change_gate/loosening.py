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
_GRANTS |= {"engagement.organizations"}
_GRANTS |= {"tenant_id.shared_values", "tenant_id.from_issuer", "attestations"}
# Those of which an entry less asks more only while there is another: without any, nothing is asked.
_BOUNDS = frozenset({"residency.regions"})
# An entry more and an entry less may both ask less. The first of all says what there is to ask.
_SAID = frozenset({"tenant_id.tags", "tenant_id.claims", "principals", "compute", "engagement.accounts_in"})
# The first of them is the one that is asked for.
_RANKED = frozenset({"tenant_id.tags"})
# Without it every completion is asked about, so to declare it asks less.
_NARROWS = frozenset({"tenant_id.pattern", "account", "region"})
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
    """Entries that are new, hold longer, are approved of now, or mean more than they did."""
    for each in head:
        same = [
            entry
            for entry in base
            if (entry.rule, entry.resource) == (each.rule, each.resource) and entry.finding in (each.finding, None)
        ]
        # Without an approval it hides nothing that is high or critical.
        as_good = [entry for entry in same if each.approved_by is None or entry.approved_by is not None]
        if not any(each.until <= entry.until for entry in as_good):
            how = "an exception holds longer:" if as_good else "an exception has an approval that it had not:"
            how = how if same else "a new exception covers"
            what = f"{how} `{each.rule}` on `{each.resource}` until {each.until.isoformat()}"
            yield Loosened(what, each.location.path, each.approved_by)


def tenancy_loosened(
    base: Mapping[str, object],
    head: Mapping[str, object],
    path: str,
    approved_by: str | None,
    rules: Sequence[Rule] = (),
) -> Iterator[Loosened]:
    """What the tenancy grants more, or asks less, than it did; a new value of anything else may be either.

    `rules` tell what counts where the tenancy does not say how long something is kept.
    """
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
        elif name.startswith("retention."):
            if _is_kept_shorter(name, old, new, rules):
                kept = "no longer declared" if new is None else f"{_spelled(new)[:80]}"
                was = "less than without it" if old is None else f"no longer {_spelled(old)[:80]}"
                yield Loosened(f"`{name}` is {kept} and {was}", path, approved_by)
        elif isinstance(old, list | None) and isinstance(new, list | None) and (old or new):
            yield from _entries_loosened(name, old or [], new or [], path, approved_by, first=not base)
        elif old is None and base and name in _NARROWS:
            yield Loosened(
                f"`{name}` is {_spelled(new)[:80]}, where every other was asked about, too", path, approved_by
            )
        elif old is not None and old != new:
            said = (
                "is no longer declared"
                if new is None
                else f"is {_spelled(new)[:80]} and no longer {_spelled(old)[:80]}"
            )
            yield Loosened(f"`{name}` {said}", path, approved_by)


def _entries_loosened(
    name: str, old: Sequence[object], new: Sequence[object], path: str, approved_by: str | None, *, first: bool
) -> Iterator[Loosened]:
    """What a list of the tenancy loosens; `first` says that there was no tenancy before."""
    before, now = ({_spelled(each): each for each in several} for several in (old, new))
    for key in sorted(now.keys() - before.keys()):
        entry = now[key]
        by = approved_by
        how = "an entry more"
        if name in _GRANTS:
            if (name in _BOUNDS and not old) or any(_ends_sooner(entry, each) for each in old):
                continue
            by = entry.get("approved_by") or approved_by if isinstance(entry, dict) else approved_by
        elif name in _SAID:
            if first or (isinstance(entry, dict) and entry.get("isolation") == "pooled"):
                continue
        elif name == "sessions" and isinstance(entry, dict) and entry.get("binders"):
            # Whoever may name the tenant of a session is trusted with all of them.
            how = "an entry more with binders"
        elif name != "cluster" or first or not isinstance(entry, dict) or not entry.keys() & {"user", "group"}:
            continue
        yield Loosened(f"`{name}` has {how}: {key[:160]}", path, by)
    if name in _BOUNDS and not new:
        yield Loosened(f"`{name}` is no longer declared", path, approved_by)
    for key in () if name in _GRANTS else sorted(before.keys() - now.keys()):
        if not any(_says_more(each, before[key]) for each in new):
            yield Loosened(f"`{name}` has no longer the entry {key[:160]}", path, approved_by)
    if name in _RANKED and old and new and old[0] != new[0] and old[0] in new:
        yield Loosened(f"`{name}` begins with {_spelled(new[0])[:160]}, which is asked for now", path, approved_by)


def _is_kept_shorter(name: str, old: object, new: object, rules: Sequence[Rule]) -> bool:
    defaults = [param.default for rule in rules for param in rule.params if param.declared == name]
    days = [(old if old is not None else each, new if new is not None else each) for each in (defaults or (None,))]
    return any(isinstance(was, int) and (not isinstance(is_, int) or is_ < was) for was, is_ in days)


def _ends_sooner(entry: object, before: object) -> bool:
    """Whether the entry is this one but for an earlier last day."""
    if not isinstance(entry, dict) or not isinstance(before, dict) or "until" not in entry:
        return False
    rest = [_spelled({key: value for key, value in each.items() if key != "until"}) for each in (entry, before)]
    return rest[0] == rest[1] and ("until" not in before or str(entry["until"]) <= str(before["until"]))


def _says_more(entry: object, before: object) -> bool:
    """Whether the entry is this one but for more that is said of how sensitive its data is."""
    if not isinstance(entry, dict) or not isinstance(before, dict):
        return False
    rest = [_spelled({key: value for key, value in each.items() if key != "sensitive"}) for each in (entry, before)]
    kinds = [set(map(str, each.get("sensitive") or ())) for each in (entry, before)]
    return rest[0] == rest[1] and kinds[0] >= kinds[1]


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
