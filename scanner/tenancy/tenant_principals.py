"""Whose a role is that carries no tag: by its name, its stack's, a list, or the ARN that an `owned` entry gives it."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.base.glob import glob_matches
from scanner.model.partial_text import Text
from scanner.model.resource import Resource
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import UndecidedError, World
from scanner.tenancy.automaton import Automaton
from scanner.tenancy.identifiers import HOLE, TenantIds, template_form
from scanner.tenancy.owned import OwnedArn
from scanner.tenancy.tenancy import Tenancy, TenantPrincipal

_MARK = "\ue000"  # stands for a hole; no id has the character
_LONGEST = 256  # no name that tells a tenant is longer


def tenants_of(role: Resource, tenancy: Tenancy, world: World) -> tuple[frozenset[str], Unknown | None]:
    """The tenants that declarations give a role to, and why there may be another. Raises UndecidedError.

    Where it is more than one, the declarations disagree, or a pattern leaves open where the id ends.
    """
    found: set[str] = set()
    doubt: Unknown | None = None
    for entry in _entries(tenancy):
        ids, unknown = _by_entry(entry, role, tenancy.tenant_ids, world)
        found |= frozenset({entry.tenant}) if ids and entry.tenant is not None else ids
        doubt = doubt or unknown
    return frozenset(found), doubt


def one_tenant(role: Resource, tenancy: Tenancy) -> str | None:
    """The tenant that declarations give a role to in every world; None where that is none, or not one only."""
    if role.type != "AWS::IAM::Role" or next(_entries(tenancy), None) is None:
        return None
    try:
        told, doubt = tenants_of(role, tenancy, World())
    except UndecidedError:
        return None
    return next(iter(told)) if len(told) == 1 and doubt is None else None


def entries_for(role: Resource, tenancy: Tenancy) -> list[int]:
    """The numbers of the entries under `principals` that mean the role, or may."""
    found = []
    for number, entry in enumerate(tenancy.principals):
        try:
            ids, doubt = _by_entry(entry, role, tenancy.tenant_ids, World())
            meant = bool(ids) or doubt is not None or stack_parameter(role, tenancy, World()) is not None
        except UndecidedError:
            meant = True
        if meant:
            found.append(number)
    return found


def stack_parameter(role: Resource, tenancy: Tenancy, world: World) -> tuple[str, ...] | None:
    """The symbol of the parameter that stands where a pattern of `principals` has the id. Raises UndecidedError."""
    for entry in tenancy.principals:
        if entry.role is None or entry.stack is not None or entry.tenant is not None:
            continue
        names = [name for name in _names(entry.role, role, world) if isinstance(name, Text | Unknown)]
        for name in names:
            if (symbol := _where_hole(name, entry.role)) is not None:
                return symbol
    return None


def _where_hole(name: Text | Unknown, pattern: str) -> tuple[str, ...] | None:
    parts = name.parts if isinstance(name, Text) else (name,)
    unknown = [part for part in parts if isinstance(part, Unknown) and not isinstance(part, Reference)]
    symbols = {part.symbol for part in unknown if part.symbol is not None and part.symbol[0] != "pseudo"}
    for symbol in sorted(each for each in symbols if each is not None):
        text = "".join(part if isinstance(part, str) else HOLE if part.symbol == symbol else _MARK for part in parts)
        if glob_matches(pattern, text):
            return symbol
    return None


def _entries(tenancy: Tenancy) -> Iterator[TenantPrincipal]:
    yield from tenancy.principals
    for entry in tenancy.owned:
        if isinstance(entry, OwnedArn) and entry.arn.split(":")[2:3] == ["iam"] and ":role/" in entry.arn:
            yield TenantPrincipal(entry.arn, None, "")


def _by_entry(
    entry: TenantPrincipal, role: Resource, ids: TenantIds, world: World
) -> tuple[frozenset[str], Unknown | None]:
    by_role: tuple[frozenset[str] | None, Unknown | None] = (None, None)
    if entry.role is not None:
        by_role = _by_names(entry.role, _names(entry.role, role, world), ids)
        if by_role == (frozenset(), None):
            return by_role
    if entry.stack is None:
        return by_role[0] or frozenset(), by_role[1]
    stacks = [role.stack] if role.stack is not None else []
    by_stack, doubt = _by_names(entry.stack, stacks, ids)
    if not stacks:
        doubt = Unknown("deploy-time", f"the name of the stack of {role.logical_id} is not known")
    if not by_stack:
        return frozenset(), doubt
    if by_role[0] is None or HOLE not in (entry.role or ""):
        return by_stack, by_role[1]
    return by_stack & by_role[0], by_role[1]


def _names(pattern: str, role: Resource, world: World) -> list[object]:
    if pattern.startswith("arn:"):
        return [role.names(world).arn]
    names = role.names(world)
    return [role.logical_id, names.arn if ":" in pattern else names.name]


def _by_names(pattern: str, names: list[object] | list[str], ids: TenantIds) -> tuple[frozenset[str], Unknown | None]:
    """Every tenant whose id makes the pattern match a name; a pattern without a hole gives the empty id."""
    found: set[str] = set()
    doubt: Unknown | None = None
    for name in names:
        if isinstance(name, str):
            found.update(ids_in(name, pattern, ids))
        elif isinstance(name, Text | Unknown) and not isinstance(name, Reference):
            holes = name.holes if isinstance(name, Text) else (name,)
            # Where every hole stands under a `*` the id is what it is, whatever fills them.
            ids_told = set(ids_in(_with_marks(name, pattern), pattern, ids)) if isinstance(name, Text) else set()
            found |= ids_told
            made = [hole for hole in holes if not isinstance(hole, Reference) and not ids_told]
            if made and (
                isinstance(name, Unknown) or Automaton(template_form(pattern, ids)).matches(name) is not False
            ):
                doubt = doubt or made[0].plain()
    return frozenset(found), doubt


def _with_marks(name: Text, pattern: str) -> str:
    """The name with a mark for each hole; a partition that is left open is the one that the pattern is about."""
    text = "".join(part if isinstance(part, str) else _MARK for part in name.parts)
    if text.startswith(f"arn:{_MARK}:") and pattern.startswith("arn:"):
        return ":".join((*pattern.split(":")[:2], *text.split(":")[2:]))
    return text


def ids_in(name: str, pattern: str, ids: TenantIds) -> Iterator[str]:
    """Every tenant's id that makes the pattern match the name; the empty id for a pattern without a hole."""
    if HOLE not in pattern:
        if glob_matches(pattern, name):
            yield ""
        return
    if len(name) > _LONGEST:
        return
    before, _, after = pattern.partition(HOLE)
    starts = [len(before)] if "*" not in before else range(len(name) + 1)
    last = after.rpartition(HOLE)[2]
    ends = [len(name) - len(last)] if "*" not in after and HOLE not in after else range(len(name) + 1)
    for start in starts:
        for end in ends:
            candidate = name[start:end]
            matches = candidate and "*" not in candidate and glob_matches(pattern.replace(HOLE, candidate), name)
            if matches and ids.is_id(candidate):
                yield candidate
