"""How many rules there are, of what, and what they cover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from scanner.base.terminal import printable
from scanner.language.library import Library
from scanner.language.rule import Rule
from scanner.rule_testing.staying import counted
from scanner.shipped_data import rules_dir
from scanner.text.reading import read

_TIERS = ("core", "supporting", "legacy")
_SEVERITIES = ("critical", "high", "medium", "low")
_KINDS = ("direct", "supporting", "none")
_LIVE_ONLY = ("AWS::::", "Tenantproof::")


def print_counts(rules: Sequence[Rule], library: Library) -> int:
    """Prints them; always 0."""
    for line in counts(rules, library):
        print(printable(line))
    return 0


def counts(rules: Sequence[Rule], library: Library) -> Iterator[str]:
    """Lines of the table: rules by layer and tier, then severities, proofs, types, examples and each framework."""
    layers = sorted({rule.layer for rule in rules})
    width = max(len("all layers"), *(len(layer) for layer in layers)) if layers else 0
    yield f"{'':<{width}}  {'rules':>6}" + "".join(f"  {tier:>10}" for tier in _TIERS)
    for layer in layers:
        yield _row(layer, [rule for rule in rules if rule.layer == layer], width)
    yield _row("all layers", rules, width)
    yield ""
    severities: Counter[str] = Counter(rule.severity for rule in rules)
    yield "severity    " + ", ".join(f"{severities[each]} {each}" for each in _SEVERITIES)
    proofs = sum(_proves(rule.document.data) for rule in rules)
    yield f"proof       {proofs} rules prove a theorem"
    published = _published()
    ids = {rule.id for rule in rules}
    yield f"published   {len(published & ids)} of {len(published)} checks of the published HIPAA mappings"
    types = {name for rule in rules for name in rule.types}
    live = {name for name in types if name.startswith(_LIVE_ONLY)}
    yield f"types       {len(types - live)} of templates and accounts, {len(live)} of accounts only"
    yield f"examples    {sum(len(rule.examples) for rule in rules):,}"
    yield from counted()
    for framework in library.frameworks:
        yield ""
        yield f"{framework.title}: {len(framework.controls)} entries"
        for kind in _KINDS:
            of_kind = [control for control in framework.controls if control.evidence == kind]
            cited = [control for control in of_kind if {each.rule for each in control.citations} & ids]
            with_rules = f", {len(cited)} with rules" if kind != "none" else ""
            yield f"  {kind + ' evidence:':<21}{len(of_kind):>3}{with_rules}"
        citing = {each.rule for control in framework.controls for each in control.citations} & ids
        yield f"  {'rules cited:':<21}{len(citing):>3}"


def _row(name: str, rules: Sequence[Rule], width: int) -> str:
    tiers: Counter[str] = Counter(rule.tier for rule in rules)
    return f"{name:<{width}}  {len(rules):>6}" + "".join(f"  {tiers[tier]:>10}" for tier in _TIERS)


def _proves(node: object) -> bool:
    children: Iterable[object] = ()
    if isinstance(node, dict):
        if "prove" in node:
            return True
        children = [child for key, child in node.items() if key != "examples"]
    elif isinstance(node, list):
        children = node
    return any(_proves(child) for child in children)


def _published() -> frozenset[str]:
    """The ids of the checks that published mappings ask for."""
    path = rules_dir() / "published.yaml"
    listed = read(path.read_bytes(), "rules/published.yaml", cloudformation=False).data
    return frozenset(map(str, listed)) if isinstance(listed, list) else frozenset()
