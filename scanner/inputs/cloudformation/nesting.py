"""Stacks inside stacks: which file a nested stack's template is, and what it is handed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from scanner.base.problem import did_you_mean
from scanner.base.record import record
from scanner.inputs.cloudformation.given_values import complaint
from scanner.inputs.cloudformation.stack import Stack
from scanner.model.deferred import Deferred, settle, settle_all
from scanner.model.partial_text import Text
from scanner.model.unknown import Cause, Unknown
from scanner.model.world import UndecidedError, World, explore_some

NESTED = "AWS::CloudFormation::Stack"
NO_FOLDERS: Mapping[str, str] = {}
_ELSEWHERE = {
    "AWS::CloudFormation::StackSet": "stack set",
    "AWS::ServiceCatalog::CloudFormationProduct": "product",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct": "provisioned product",
}
_DIGEST = re.compile(r"[0-9a-f]{64}")


def nested_stacks(stack: Stack) -> list[str]:
    """The logical ids of the stacks that it nests."""
    return [logical_id for logical_id, body in stack.bodies.items() if body.get("Type") == NESTED]


def may_exist(stack: Stack, logical_id: str) -> bool:
    """Whether it is made in some of the worlds that are tried, or not all were."""
    tried = explore_some(lambda world: stack.exists(logical_id, world))
    return tried.more is not None or any(leaf.result for leaf in tried.leaves)


@record
class NestedTemplate:
    """Where the template of a nested stack is: a file, or why none is known; `missing` is an asset without a file.

    `address` is that of a template in no file, as far as it is known.
    """

    path: Path | None = None
    gap: Unknown | None = None
    missing: str | None = None
    address: str | None = None


def template_of(
    stack: Stack, logical_id: str, folder: Path, assets: Mapping[str, Path], folders: Mapping[str, str] = NO_FOLDERS
) -> NestedTemplate:
    """The template of a nested stack, if it is a local file.

    `aws:asset:path` of its metadata counts first, then the asset's digest in the URL, then a URL that is a relative
    path, as `aws cloudformation package` takes it, then the project's own `folders` by what URLs begin with.
    """
    body = stack.bodies[logical_id]
    metadata = body.get("Metadata")
    written = metadata.get("aws:asset:path") if isinstance(metadata, dict) else None
    if isinstance(written, str) and written:
        return NestedTemplate(folder / written)
    url: object = None
    try:
        properties, _ = stack.properties(logical_id, World())
        if isinstance(properties, dict):
            url = settle_all(stack.resolver.resolve(properties.get("TemplateURL")), World())
    except UndecidedError:
        return _gap(f"the template of nested stack `{logical_id}` rests on a choice")
    text = str(url) if isinstance(url, str | Text) else ""
    digests = _DIGEST.findall(text)
    if digests and assets:
        path = assets.get(digests[-1])
        return NestedTemplate(path) if path is not None else NestedTemplate(missing=digests[-1])
    if isinstance(url, str) and url and "://" not in url and not url.startswith("/"):
        return NestedTemplate(folder / url)
    if isinstance(url, Unknown):
        return _gap(f"the template of nested stack `{logical_id}` is not known: {url.detail}")
    if text:
        mapped = _mapped(text, folder, folders)
        if mapped is not None:
            return NestedTemplate(mapped)
        detail = f"the template of nested stack `{logical_id}` is not in the files scanned: `{text}`"
        return NestedTemplate(gap=Unknown("missing-file", detail), address=text)
    return _gap(f"nested stack `{logical_id}` has no `TemplateURL`", "invalid-template")


def likely_file(address: str, shown: Iterable[str]) -> str | None:
    """The one file whose path ends as the address does, further than any other's; None where several do or none."""
    wanted = address.partition("?")[0].split("/")
    best: dict[str, int] = {}
    for path in shown:
        common = 0
        for mine, theirs in zip(reversed(wanted), reversed(path.split("/")), strict=False):
            if mine != theirs:
                break
            common += 1
        if common:
            best[path] = common
    most = max(best.values(), default=0)
    found = [path for path, common in best.items() if common == most]
    return found[0] if len(found) == 1 else None


def _mapped(address: str, folder: Path, folders: Mapping[str, str]) -> Path | None:
    """The file that the project's folders give for an address; the longest beginning counts."""
    begins = max((each for each in folders if each and address.startswith(each)), key=len, default=None)
    if begins is None:
        return None
    inside = Path(folders[begins]) / address[len(begins) :].partition("?")[0].lstrip("/")
    # The folders count from that of the configuration, which is this or one above.
    return next((above / inside for above in (folder, *folder.parents) if _is_file(above / inside)), folder / inside)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def handed_down(stack: Stack, logical_id: str) -> dict[str, object]:
    """What the stack around gives a nested one as parameters, to be asked for in a world.

    Nothing is resolved before it is asked for: it may rest on a stack beside it that is still to be read.
    """
    asked: set[str] = set()
    resolved: dict[tuple[int, ...], object] = {}

    def given(name: str) -> object:
        def decide(world: World) -> object:
            if name in asked:
                return Unknown("invalid-template", f"parameter `{name}` of `{logical_id}` rests on itself")
            asked.add(name)
            try:
                properties, arms = stack.properties(logical_id, world)
                if arms not in resolved:
                    written = properties.get("Parameters") if isinstance(properties, dict) else None
                    resolved.setdefault(arms, stack.resolver.resolve(written))
                parameters = settle(resolved[arms], world)
                if isinstance(parameters, Unknown):
                    return parameters.child(name)
                return settle_all(parameters.get(name), world) if isinstance(parameters, dict) else None
            finally:
                asked.discard(name)

        return Deferred(decide)

    return {name: given(name) for name in _handed(stack.bodies[logical_id].get("Properties"))}


def _handed(properties: object) -> Iterator[str]:
    """The parameters that are handed down in some world."""
    for arm in _arms(properties):
        yield from (name for each in _arms(arm.get("Parameters")) for name in each)


def refused(
    stack: Stack, logical_id: str, declared: Mapping[str, object]
) -> Iterator[tuple[tuple[str, ...], str, str | None]]:
    """What CloudFormation does not take of the parameters that a nested stack is handed: keys, what is wrong, a hint.

    `declared` are the parameters of its template. What is known only at deployment is not held against them.
    """
    properties = stack.bodies[logical_id].get("Properties")
    written = properties.get("Parameters") if isinstance(properties, dict) else None
    if not isinstance(written, dict) or any(name.startswith("Fn::") for name in written):
        return
    for name, node in written.items():
        keys = ("Resources", logical_id, "Properties", "Parameters", name)
        body = declared.get(name)
        if not isinstance(body, dict):
            if not any(each.startswith("Fn::") for each in declared):
                message = f"the template of nested stack `{logical_id}` has no parameter `{name}`"
                yield keys, message, did_you_mean(name, declared)
            continue
        try:
            value = settle_all(stack.resolver.resolve(node), World())
        except UndecidedError:
            continue
        if (wrong := complaint(name, body, value)) is not None:
            yield keys, f"parameter `{name}` of nested stack `{logical_id}`: {wrong[0]}", wrong[1]


def elsewhere(stack: Stack) -> Iterator[tuple[str, str]]:
    """The resources whose templates are deployed to other accounts or by others, and what each of them is."""
    for logical_id, body in stack.bodies.items():
        what = _ELSEWHERE.get(str(body.get("Type")))
        if what is not None:
            yield logical_id, what


def output_of(child: Stack, logical_id: str, output: str, world: World) -> object:
    """What `GetAtt` of a nested stack's `Outputs.X` gives. Raises UndecidedError."""
    body = child.raw_outputs.get(output)
    if not isinstance(body, dict):
        return Unknown("invalid-template", f"nested stack `{logical_id}` has no output `{output}`")
    condition = body.get("Condition")
    if isinstance(condition, str) and not child.conditions.holds(condition, world):
        return Unknown("invalid-template", f"nested stack `{logical_id}` has output `{output}` only if `{condition}`")
    return settle_all(child.resolver.value(body.get("Value"), world), world)


def _arms(written: object) -> Iterator[Mapping[str, object]]:
    """The mappings that it is in some world."""
    if not isinstance(written, dict):
        return
    if list(written) == ["Fn::If"] and isinstance(arms := written["Fn::If"], list):
        for arm in arms[1:]:
            yield from _arms(arm)
        return
    yield written


def _gap(detail: str, cause: Cause = "missing-file") -> NestedTemplate:
    return NestedTemplate(gap=Unknown(cause, detail))
