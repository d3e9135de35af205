"""Snapshot folders of live accounts, as resources of the model."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from scanner.base.problem import Problem
from scanner.base.record import mutable, record
from scanner.inputs.cloudformation.intrinsics import typed
from scanner.model.arn_forms import OTHER_NAMES
from scanner.model.deferred import Deferred, OpenMap
from scanner.model.location import Location
from scanner.model.resource import Names, Resource, always
from scanner.model.secrets import scrubbed
from scanner.model.tags import tags_of
from scanner.model.types import Kinds, type_facts
from scanner.model.unknown import Cause, Unknown
from scanner.model.unread_types import Unread
from scanner.model.world import World
from scanner.snapshots.lines import Failed, Listed, Seen, Why
from scanner.snapshots.lines import Path as Keys
from scanner.snapshots.manifest import FILE, LeftOut, Manifest, read_manifest
from scanner.snapshots.shard import GLOBAL, ORGANIZATION, BrokenError, Shard, ShardKey, read_shard

ACCOUNT = "AWS::::Account"
ORGANIZATIONS = "AWS::Organizations::"
MEMBER = f"{ORGANIZATIONS}Account"


@record
class NotSeen:
    """One line of the coverage ledger."""

    what: str
    unknown: Unknown
    path: str
    types: tuple[str, ...] = ()


@record
class AccountState:
    """What became of an account that a snapshot names: `state` is `read`, `empty` (read, and nothing is in it), `partly
    read`, `refused`, `suspended` or `left out`; `because` is empty where it was read."""

    account: str
    name: str
    state: str
    because: str = ""


@mutable
class Snapshot:
    """What a folder holds. What cannot be read of it is a problem, and unknown to every rule.

    `digest` is None where there is no manifest to take it of; `left_out` are accounts that the snapshot says it is
    without.
    """

    digest: str | None = None
    resources: list[Resource] = field(default_factory=list)
    unread: Unread = field(default_factory=Unread)
    gaps: list[NotSeen] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    accounts: list[AccountState] = field(default_factory=list)


class Shelf:
    """Where a resource of a snapshot is written. A packed shard has no lines that anybody would look at."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def locate(self, resource: Resource, keys: Sequence[str | int], world: World) -> Location:
        """The file of the shard, without a line."""
        del resource, keys, world
        return Location(self._path)

    def lines(self, first: int, last: int) -> list[str]:
        """None, ever."""
        del first, last
        return []

    def hides(self, value: object) -> bool:
        """Never: secrets are left out when a snapshot is taken, and what is left is known by its form."""
        del value
        return False

    def scrubbed(self, text: str) -> str:
        """Without secrets of a form that is known."""
        return scrubbed(text)


def read_snapshot(folder: Path, shown: str) -> Snapshot:
    """Never raises for what is wrong with the folder."""
    snapshot = Snapshot()
    at = f"{shown}/{FILE}"
    try:
        manifest = read_manifest(folder)
        snapshot.digest = "sha256:" + hashlib.sha256((folder / FILE).read_bytes()).hexdigest()
    except (BrokenError, OSError) as error:
        snapshot.problems.append(Problem(at, str(error)))
        return snapshot
    for account in manifest.accounts:
        snapshot.unread.reads(account, manifest.regions)
    snapshot.left_out.extend(manifest.left_out)
    _note_missing(snapshot, manifest, at)
    _note_closed(snapshot, manifest, at)
    parts: dict[tuple[str, str | None], list[tuple[Seen, ShardKey]]] = {}
    addresses: dict[str, int] = {}
    for shard in sorted(manifest.shards, key=lambda each: each.key):
        path = f"{shown}/{shard.key.path}"
        try:
            lines = read_shard(folder, shard)
        except BrokenError as error:
            snapshot.problems.append(Problem(path, str(error)))
            _note_broken(snapshot, shard, path)
            continue
        region = _region(shard.key)
        source = Shelf(path)
        for line in lines:
            if isinstance(line, Listed):
                why = None if line.unread is None else _unknown(line.unread)
                snapshot.unread.read(shard.key.account, region, line.type, why)
            elif isinstance(line, Failed):
                what = f"{line.call} on {line.on}" if line.on else line.call
                place = f"in {shard.key.account}" + (f"/{region}" if region else "")
                snapshot.gaps.append(NotSeen(f"{what} {place}", _unknown(line.why), path, tuple(line.types)))
            elif line.part:
                parts.setdefault((shard.key.account, region), []).append((line, shard.key))
            else:
                snapshot.resources.append(resource_of(line, shard.key, source, addresses))
    snapshot.accounts.extend(_states(manifest, snapshot.resources))
    snapshot.resources.extend(_accounts(manifest, parts, at, addresses))
    return snapshot


def _states(manifest: Manifest, resources: Sequence[Resource]) -> Iterator[AccountState]:
    """Every account that the snapshot names, each once, by its id."""
    names = {each.account: each.name for each in manifest.left_out}
    for each in resources:
        properties = each.fields.get("Properties")
        if each.type == MEMBER and isinstance(properties, dict):
            names[each.logical_id] = str(properties.get("AccountName") or "")
    there = {each.account for each in resources if not each.type.startswith(ORGANIZATIONS)}
    closed = {each.account: each.why.detail for each in manifest.closed}
    begun = {each.key.account for each in manifest.shards if each.key.service != ORGANIZATION}
    missing = Counter(key.account for key in manifest.missing)
    failed: Counter[str] = Counter()
    for shard in manifest.shards:
        failed[shard.key.account] += shard.failed
    out = {each.account: each.reason for each in manifest.left_out}
    for account in sorted({*manifest.accounts, *out}):
        state, because = "read", ""
        if account in out:
            because = out[account]
            state = "suspended" if because == "the account is suspended" else "left out"
        elif account in closed:
            state, because = ("partly read" if account in begun else "refused"), closed[account]
        elif missing[account]:
            state, because = "partly read", f"{missing[account]:,} of its shards are missing"
        elif failed[account]:
            state, because = "partly read", f"{failed[account]:,} calls failed"
        elif account not in there:
            state = "empty"
        yield AccountState(account, names.get(account, ""), state, because)


def _note_missing(snapshot: Snapshot, manifest: Manifest, at: str) -> None:
    missing = manifest.missing
    types = manifest.types
    for key in missing:
        where = f"`{key.service}` of {key.account}" + ("" if key.region == GLOBAL else f" in {key.region}")
        unknown = Unknown("not-collected", f"{where} was not read before the snapshot was interrupted")
        # What the service has elsewhere it may have here; where it was read nowhere, the gap names no types.
        named = sorted(types.get(key.service, ()))
        for name in named:
            snapshot.unread.read(key.account, _region(key), name, unknown)
        snapshot.gaps.append(NotSeen(where.replace("`", ""), unknown, at, tuple(named)))
    if missing:
        message = f"the snapshot is not whole: {len(missing):,} of its shards are missing"
        snapshot.problems.append(Problem(at, message, hint="run it again with --resume", level="warning"))


def _note_closed(snapshot: Snapshot, manifest: Manifest, at: str) -> None:
    """Of an account that could not be entered nothing is known, which is no absence of findings in it."""
    for closed in manifest.closed:
        unknown = _unknown(closed.why)
        for name in closed.types:
            snapshot.unread.read(closed.account, None, name, unknown)
        snapshot.gaps.append(NotSeen(f"account {closed.account}", unknown, at, tuple(closed.types)))


def _note_broken(snapshot: Snapshot, shard: Shard, path: str) -> None:
    unknown = Unknown("not-collected", f"the shard {path} cannot be read")
    for name in shard.types:
        snapshot.unread.read(shard.key.account, _region(shard.key), name, unknown)
    snapshot.gaps.append(NotSeen(f"{shard.key.service} of {shard.key.account}", unknown, path, tuple(shard.types)))


def _region(key: ShardKey) -> str | None:
    return None if key.region == GLOBAL else key.region


def _accounts(
    manifest: Manifest,
    parts: Mapping[tuple[str, str | None], Sequence[tuple[Seen, ShardKey]]],
    at: str,
    addresses: dict[str, int],
) -> Iterator[Resource]:
    """One for each account and region, with what the account's services tell of it wherever they are asked."""
    source = Shelf(at)
    closed = {each.account: each.why for each in manifest.closed}
    for account in manifest.accounts:
        everywhere = parts.get((account, None), ())
        for region in manifest.regions:
            told = [*everywhere, *parts.get((account, region), ())]
            if not told and account not in closed:
                continue
            properties: dict[str, object] = {}
            unknown: list[tuple[Keys, Why]] = []
            if account in closed:
                properties = dict.fromkeys(_told_of_accounts(manifest, parts))
                unknown = [((name,), closed[account]) for name in properties]
            for line, _ in told:
                properties.update(line.properties)
                unknown = [each for each in unknown if account not in closed or each[0][0] not in line.properties]
                unknown.extend(line.unknown)
            line = Seen(ACCOUNT, account, None, region, properties, unknown)
            key = ShardKey(account, region, "account")
            yield resource_of(line, key, source, addresses, address=f"{account}/{region}/{ACCOUNT}")


def _told_of_accounts(
    manifest: Manifest, parts: Mapping[tuple[str, str | None], Sequence[tuple[Seen, ShardKey]]]
) -> list[str]:
    """What is told of the accounts that could be entered: the same would be asked of those that could not."""
    told = {name for lines in parts.values() for line, _ in lines for name in line.properties}
    return sorted(told.union(manifest.account_settings))


def resource_of(
    line: Seen, key: ShardKey, source: Shelf, addresses: dict[str, int], address: str | None = None
) -> Resource:
    """A line as a resource of the model; `addresses` counts those that were given away."""
    facts = type_facts(line.type)
    # A subnet of the same name in two regions is two subnets.
    address = address or line.arn or f"{key.account}/{line.region or key.region}/{line.type}/{line.id}"
    addresses[address] = count = addresses.get(address, 0) + 1
    if count > 1:
        # Several statements of one policy may have the same name.
        address = f"{address}~{count}"
    properties = _properties(line, address, facts.values if facts is not None else None)
    other = properties.get(OTHER_NAMES.get(line.type, "")) if isinstance(properties, dict) else None
    names = Names(line.id, line.arn, other if isinstance(other, str | Unknown) else None)
    fields: dict[str, object] = {"Type": line.type, "Id": line.id, "Properties": properties}
    fields["Tags"] = Deferred.or_value(lambda world: tags_of(line.type, properties, world))
    fields.update(Account=key.account, Region=line.region, Stack=None)
    # What becomes of it when its stack changes is said by the stack's template, and by nothing in the account.
    policy = Unknown("not-collected", "an account does not tell what becomes of a resource with its stack")
    fields.update(DeletionPolicy=policy, UpdateReplacePolicy=policy)
    return Resource(
        address=address,
        type=line.type,
        logical_id=line.id,
        fields=fields,
        source=source,
        exists=_exists(line, address),
        names=lambda _: names,
        account=key.account,
        region=line.region,
        arn=line.arn,
        live=True,
    )


def _exists(line: Seen, address: str) -> Callable[[World], bool]:
    doubt = line.doubt
    if doubt is None:
        return always
    unknown = _unknown(doubt)
    # Whether it is there is nobody's choice: a verdict must be the same with and without it.
    return lambda world: world.holds(("snapshot", address), unknown, choice=False)


def _properties(line: Seen, address: str, kinds: Kinds | None) -> OpenMap:
    """What was read; of any other property it is not known whether the resource has it."""
    short = line.type.rpartition("::")[2] or line.type
    properties = {
        key: _typed(value, (kinds.get(key) or kinds.get("*")) if kinds else None)
        for key, value in line.properties.items()
    }
    for path in line.hashed:
        digest = _at(properties, path)
        if isinstance(digest, str):
            detail = f"the snapshot does not keep the text of `{path[0]}`"
            # A snapshot of 0.1 has a hash instead, by which equal ones are known to be equal.
            redacted = digest.startswith("<redacted")
            symbol = None if redacted else ("hash", digest)
            # Of what kind the secret was is kept, for the rule that asks whether there is one.
            subject = digest if redacted else ""
            _put(properties, path, Unknown("not-collected", detail, symbol, present=True, subject=subject))
    for path, why in line.unknown:
        _put(properties, path, Unknown(why.cause, why.detail, (address, *map(str, path))))
    article = "an" if short[:1] in "AEIO" else "a"  # "a User" and "a UserPool" as they are said
    rest = Unknown("not-collected", f"the snapshot does not read this property of {article} {short}")
    return OpenMap(properties, rest)


def _typed(value: object, kinds: object) -> object:
    """Booleans and numbers that an API tells as text, as CloudFormation has them."""
    if isinstance(value, dict):
        under = kinds if isinstance(kinds, dict) else {}
        return {key: _typed(child, under.get(key) or under.get("*")) for key, child in value.items()}
    if isinstance(value, list):
        return [_typed(child, kinds) for child in value]
    return typed(value, kinds) if kinds in ("b", "n") else value


def _at(value: object, path: Keys) -> object:
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def _put(properties: dict[str, object], path: Keys, value: object) -> None:
    *above, last = path
    into = _at(properties, tuple(above)) if above else properties
    if isinstance(into, dict):
        into[str(last)] = value
    elif isinstance(into, list) and isinstance(last, int) and 0 <= last < len(into):
        into[last] = value


def _unknown(why: Why) -> Unknown:
    cause: Cause = why.cause
    return Unknown(cause, why.detail)
