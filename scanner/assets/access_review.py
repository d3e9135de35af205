"""People and roles that may read a store: by which policies, through which roles, who takes them, and when last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from scanner.assets.permission_sets import SET, assigned, caller_of, set_of_role
from scanner.base.record import mutable, record
from scanner.iam.effective_policies import ROLE, USER, trust_document
from scanner.iam.policy_document import parse_document
from scanner.iam.read_actions import READS
from scanner.iam.readers import ANSWERS, Caller, Held, Reading
from scanner.model.deferred import settle_all
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Unknown
from scanner.model.world import UndecidedError, World, explore_some
from scanner.prover.system.principals import Trust, trust_of

CREDENTIALS, ROLE_USE = "Tenantproof::IAM::UserCredentials", "Tenantproof::IAM::RoleUse"
PRINCIPALS = (ROLE, USER, SET)
_LONGEST_CHAIN = 4
_MOST_TAKERS = 50
_ASSUMES = "sts:AssumeRole"


@record
class Row:
    """What is known of one principal and one store. `through` are the roles that lead from others to this one,
    `takers` who takes it: services, providers, accounts, people assigned; `unknown` what of that is not known."""

    store: str
    principal: str
    name: str
    type: str
    account: str | None
    person: bool
    reading: Reading
    takers: tuple[str, ...]
    through: tuple[str, ...]
    unknown: tuple[str, ...]
    last_used: str | None
    use_known: bool


@mutable(eq=False)
class _Principal:
    resource: Resource
    name: str
    arn: str | None
    readings: dict[str, Reading] = field(default_factory=dict)
    takers: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    """Addresses of principals that may assume it."""
    trust: Trust | None = None
    caller: Caller | None = None


def review(inventory: Inventory, stores: Sequence[Resource]) -> list[Row]:
    """One row for each principal that may read a store, surely, under conditions or perhaps; sorted."""
    held = _settled(inventory, stores)
    principals = {
        each.address: _known(each, inventory, stores, held)
        for kind in PRINCIPALS
        for each in inventory.types.get(kind, ())
    }
    _join(principals, inventory)
    used = _uses(inventory)
    rows: list[Row] = []
    for store in stores:
        for address, one in principals.items():
            reading = one.readings.get(store.address, Reading("no"))
            if reading.answer == "no":
                continue
            last, known = used.get((one.resource.type, one.name, one.resource.account), (None, False))
            rows.append(
                Row(
                    store.address,
                    address,
                    one.name,
                    one.resource.type,
                    one.resource.account,
                    _is_person(one),
                    reading,
                    tuple(one.takers),
                    tuple(_chains(address, principals)),
                    tuple(one.unknown),
                    last,
                    known,
                )
            )
    order = {answer: number for number, answer in enumerate(ANSWERS)}
    return sorted(rows, key=lambda row: (row.store, not row.person, order[row.reading.answer], row.principal))


def ways_beside(store: Resource) -> tuple[str, ...]:
    """Other ways to read what a store keeps, which no policy of IAM decides."""
    return tuple(dict.fromkeys(each.beside for each in READS.get(store.type, ()) if each.beside is not None))


def _settled(inventory: Inventory, stores: Sequence[Resource]) -> Mapping[str, Held]:
    """The stores that are the same whatever a template chooses, so that they are read once for all principals."""
    found: dict[str, Held] = {}
    for store in stores:
        try:
            explored = explore_some(lambda world, it=store: Held.of(it, inventory, world) if it.exists(world) else None)  # type: ignore[misc]  # bound to this one
        except UndecidedError:
            continue
        if explored.more is None and len(explored.leaves) == 1 and explored.leaves[0].result is not None:
            found[store.address] = explored.leaves[0].result
    return found


def _known(
    principal: Resource, inventory: Inventory, stores: Sequence[Resource], held: Mapping[str, Held]
) -> _Principal:
    """A principal with the answer that counts most over the template's choices."""
    made = _Principal(principal, principal.logical_id or principal.address, principal.arn)

    def run(world: World) -> dict[str, Reading] | None:
        if not principal.exists(world):
            return None
        caller = (
            caller_of(principal, inventory, world) if principal.type == SET else Caller.of(principal, inventory, world)
        )
        made.caller, made.arn = caller, caller.arn or made.arn
        if principal.type == ROLE:
            made.trust = trust_of(
                parse_document(caller.ground(trust_document(principal, world))), principal.account or ""
            )
        elif principal.type == SET:
            made.takers, made.unknown = [], []
            _assign(made, None, principal, inventory, world)
        return {
            each.address: caller.reads(held.get(each.address) or Held.of(each, inventory, world))
            for each in stores
            if each.address in held or each.exists(world)
        }

    try:
        explored = explore_some(run)
    except UndecidedError as undecided:
        why = Unknown("parameter", f"it depends on {undecided.about}")
        made.readings = {each.address: Reading("unknown", why=why) for each in stores}
        return made
    for leaf in explored.leaves:
        for address, reading in (leaf.result or {}).items():
            known = made.readings.get(address)
            if known is None or ANSWERS.index(reading.answer) < ANSWERS.index(known.answer):
                made.readings[address] = reading
    if explored.more is not None:
        why = Unknown("prover-limit", f"more choices of the template than are tried: {explored.more}")
        for each in stores:
            if made.readings.get(each.address, Reading("no")).answer == "no":
                made.readings[each.address] = Reading("unknown", why=why)
    return made


def _assign(
    made: _Principal, name: str | None, permission_set: Resource | None, inventory: Inventory, world: World
) -> None:
    for each in assigned(name, permission_set, inventory, world):
        if each.whom is not None:
            made.takers.append(f"{each.whom}{f' in account {each.account}' if each.account else ''}")
        if each.why is not None:
            made.unknown.append(each.why.detail)


def _join(principals: Mapping[str, _Principal], inventory: Inventory) -> None:
    """Who takes each role: what its trust policy says, and which principals that were read it means."""
    for one in principals.values():
        if one.trust is None:
            continue
        trust = one.trust
        one.takers += [f"service {each}" for each in trust.services]
        one.takers += [f"who signs in with {each}" for each in trust.federated]
        one.takers += [f"account {each}" for each in trust.accounts]
        one.takers += ["anybody"] if trust.anyone else []
        if trust.unread is not None:
            one.unknown.append(trust.unread.detail)
        for address, other in principals.items():
            if other is one or other.caller is None or other.resource.type == SET:
                continue
            named = other.arn is not None and any(str(each) == other.arn for each in trust.principals)
            if not named and not (trust.anyone or trust.accounts):
                continue
            # Where the trust policy names an account, that account's policies decide who in it.
            if not named and (one.arn is None or other.caller.may(_ASSUMES, one.arn).answer == "no"):
                continue
            one.before.append(address)
        known = {other.arn for other in principals.values()}
        one.takers += [str(each) for each in trust.principals if str(each) not in known]
        permission_set = set_of_role(one.name)
        if permission_set is not None:
            one.takers = []
            try:
                _assign(one, permission_set, None, inventory, World())
            except UndecidedError as undecided:
                one.unknown.append(f"who is assigned it depends on {undecided.about}")


def _chains(address: str, principals: Mapping[str, _Principal]) -> Iterator[str]:
    """Ways by which other principals come to this one, the nearest first."""
    waiting: list[tuple[str, tuple[str, ...]]] = [(address, (address,))]
    told = 0
    while waiting:
        here, way = waiting.pop(0)
        for before in sorted(principals[here].before):
            if before in way or told >= _MOST_TAKERS:
                continue
            told += 1
            chain = (before, *way)
            yield " > ".join(principals[each].name for each in chain)
            if len(chain) < _LONGEST_CHAIN:
                waiting.append((before, chain))


def _is_person(one: _Principal) -> bool:
    return one.resource.type in (USER, SET) or set_of_role(one.name) is not None


def _uses(inventory: Inventory) -> dict[tuple[str, str, str | None], tuple[str | None, bool]]:
    """When each user and role of an account that was read acted last; None where it never did."""
    found: dict[tuple[str, str, str | None], tuple[str | None, bool]] = {}
    for each in inventory.types.get(CREDENTIALS, ()):
        said = settle_all(each.fields.get("Properties"), World())
        if isinstance(said, dict):
            keys = said.get("AccessKeys")
            days = [key.get("LastUsed") for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
            moments = [str(text)[:10] for text in (said.get("PasswordLastUsed"), *days) if _is_moment(text)]
            name = str(said.get("Arn", "")).rpartition("/")[2]
            found[USER, name, each.account] = (max(moments, default=None), True)
    for each in inventory.types.get(ROLE_USE, ()):
        said = settle_all(each.fields.get("Properties"), World())
        if isinstance(said, dict):
            last = said.get("LastUsed")
            found[ROLE, str(said.get("RoleName")), each.account] = (str(last)[:10] if _is_moment(last) else None, True)
    return found


def _is_moment(text: object) -> bool:
    return isinstance(text, str) and text[:4].isdecimal()


__all__ = ["PRINCIPALS", "Row", "review", "ways_beside"]
