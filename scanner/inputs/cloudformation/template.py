"""A CloudFormation template: its sections, its resources, and where each is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from scanner.base.problem import Level, Problem
from scanner.base.record import record
from scanner.inputs.cdk.constructs import Construct, construct_of, is_framework_id
from scanner.inputs.cloudformation.environment import Environment
from scanner.inputs.cloudformation.foreach import LOOP, Evaluate, Unrolled, first_loop, unroll
from scanner.inputs.cloudformation.given_values import complaint
from scanner.inputs.cloudformation.includes import INCLUDE, Included, Open
from scanner.inputs.cloudformation.intrinsics import rewrites
from scanner.inputs.cloudformation.misplaced import misplaced
from scanner.inputs.cloudformation.parameters import declare, scalar, tested_parameters
from scanner.inputs.cloudformation.places import Written
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.cloudformation.stack import Imports, Outputs, Stack
from scanner.inputs.cloudformation.template_rules import obey
from scanner.inputs.secret_spans import is_hidden
from scanner.model.arn_forms import OTHER_NAMES
from scanner.model.deferred import Deferred, OpenMap, settle
from scanner.model.resource import Names, Resource
from scanner.model.tags import tags_of
from scanner.model.types import type_facts
from scanner.model.unknown import Unknown
from scanner.model.world import TooManyWorldsError, UndecidedError, World, explore
from scanner.text.document import Document

if TYPE_CHECKING:
    from scanner.inputs.cloudformation.sam.expand import Expanded

# GetTemplate with `TemplateStage: Processed` gives a template with its macros run and its modules put in (AWS
# CloudFormation API Reference); modules that are files of a repository are put in by Rain before that.
_PROCESSED = "`aws cloudformation get-template --template-stage Processed` writes what it becomes"
_PACKED = "`rain pkg` writes what it becomes"
# Transforms that leave the resources they are not made for as they stand ("Transform reference").
_HARMLESS = frozenset(
    {
        "AWS::LanguageExtensions",
        "AWS::SecretsManager-2020-07-23",
        "AWS::SecretsManager-2024-09-16",
        "AWS::CodeDeployBlueGreen",
        "AWS::Serverless-2016-10-31",
    }
)
SAM = "AWS::Serverless-2016-10-31"
LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
_ATTRIBUTES = ("DeletionPolicy", "UpdateReplacePolicy", "Metadata", "DependsOn", "CreationPolicy", "UpdatePolicy")
# A stack that belongs to no stage of a CDK app is one of a stage all the same; which one, the file does not say.
_NO_STAGE = Unknown("deploy-time", "the stage is known only at deployment; pass --stage", None, None, True)


@record
class Template:
    """One template as a stack, with what was wrong with it.

    `macros` are what could not be run; `serverless` is what was made by the one that could, SAM.
    """

    stack: Stack
    document: Document
    problems: tuple[Problem, ...]
    macros: tuple[Unknown, ...]
    constructs: Mapping[str, Construct] = field(default_factory=dict)
    serverless: Expanded | None = None
    stage: str | None = None

    def resources(self) -> Iterator[Resource]:
        """Every resource of the stack, also those that conditions may leave out, in the order they are written."""
        made = self.serverless
        written = Written(self.stack, self.document) if made is None else made.places(self.stack, self.document)
        for logical_id, body in self.stack.bodies.items():
            construct = construct_of(body, self.constructs.get(logical_id))
            resource = _resource(self.stack, logical_id, body, written, construct)
            resource.stage = self.stage
            resource.fields["Stage"] = self.stage or _NO_STAGE
            if made is not None and made.sources.origin(logical_id) == "framework":
                resource.origin = "framework"
            yield resource


def open_template(  # noqa: PLR0913, PLR0915  # each is another thing that a stack is made from
    document: Document,
    settings: Settings,
    imports: Imports,
    outputs: Outputs,
    *,
    environment: Environment | None = None,
    given: Mapping[str, object] | None = None,
    address: str | None = None,
    constructs: Mapping[str, Construct] | None = None,
    tags: Mapping[str, str] | None = None,
    around: tuple[Stack, str] | None = None,
    stage: str | None = None,
    includes: Open | None = None,
    may_be_empty: bool = False,
) -> Template:
    """The template in a document. Sections that are not what they should be are problems, the rest is kept.

    `given` are parameters in the place of the settings'; `tags` are the stack's own, `around` what it is nested in.
    `includes` opens what `AWS::Include` names, where files may be read. `may_be_empty`: it need not have resources.
    """
    document, problems = _with_includes(document, includes)
    if not isinstance(document.data, dict):
        problems.append(Problem(document.path, "a template is a mapping with a section `Resources`", 1, 1))

    stack_key = address or f"{document.path}#"
    environment = environment or Environment(stack_key, settings.account, settings.region)
    chosen = settings.parameters if given is None else given
    loops = _without_loops(document, environment, chosen, settings, imports, outputs)
    problems.extend(loops.problems)
    document = loops.document
    data: Mapping[str, object] = document.data if isinstance(document.data, dict) else {}
    serverless: Expanded | None = None
    if _asks_for(SAM, data):
        from scanner.inputs.cloudformation.sam.expand import expand

        serverless = expand(
            document, chosen, environment.region, strict=settings.strict_parameters, cache=settings.cache
        )
        problems.extend(serverless.problems)
        data = serverless.body

    def section(name: str) -> Mapping[str, object]:
        value = data.get(name)
        if isinstance(value, dict):
            return value
        if value is not None:
            problems.append(_problem(document, (name,), f"section `{name}` is not a mapping"))
        return {}

    def entries(name: str) -> dict[str, dict[str, object]]:
        found = {}
        for key, body in section(name).items():
            if key.startswith("Fn::"):
                continue
            if isinstance(body, dict):
                found[key] = body
            else:
                problems.append(_problem(document, (name, key), f"`{key}` in `{name}` is not a mapping"))
        return found

    parameters = entries("Parameters")
    chosen = _taken(document, parameters, chosen, problems)
    conditions = section("Conditions")
    bodies = entries("Resources")
    modules = _modules(document, bodies, problems)
    unexpanded = [key for key, body in bodies.items() if str(body["Type"]).startswith("AWS::Serverless::")]
    if serverless is None and unexpanded:
        message = f"`{unexpanded[0]}` has a type of SAM, and the template has no `Transform: {SAM}`"
        problems.append(_problem(document, ("Resources", unexpanded[0], "Type"), message))
        modules.extend(
            Unknown("invalid-template", f"`{key}` is not expanded by SAM", subject=key) for key in unexpanded
        )
    made = any(each.cause == "macro" and each.subject not in _HARMLESS for each in _macros(data))
    if "Resources" not in data and isinstance(document.data, dict) and not may_be_empty and not made:
        problems.append(Problem(document.path, "the template has no section `Resources`", 1, 1))
    problems.extend(
        _problem(document, each.keys, each.message, level="warning")
        for each in misplaced(data if serverless is None else {}, extended=_asks_for(LANGUAGE_EXTENSIONS, data))
    )
    strict = settings.strict_parameters
    allowed, refusals = obey(section("Rules"), parameters, chosen, environment.told(), strict=strict)
    problems.extend(_problem(document, refusal.keys, refusal.message) for refusal in refusals)
    tested = tested_parameters(conditions)
    stack = Stack(
        address=stack_key,
        path=document.path,
        environment=environment,
        bodies=bodies,
        parameters=declare(stack_key, allowed, chosen, tested, strict=strict),
        mappings=section("Mappings"),
        raw_conditions=conditions,
        raw_outputs=entries("Outputs"),
        tested=tested,
        imports=imports,
        outputs=outputs,
        secrets=_secrets(parameters, chosen),
        tags=tags or {},
        around=around,
        holes=loops.holes,
        assumed=loops.assumed,
    )
    macros = (
        *_macros(data),
        *modules,
        *(serverless.gaps if serverless is not None else ()),
        *loops.gaps,
    )
    stack.unseen = next((gap for gap in macros if gap.cause != "invalid-template"), None)
    stack.macro = next((macro for macro in macros if _rewrites(macro, data)), None)
    return Template(stack, document, tuple(problems), macros, constructs or {}, serverless, stage)


def _taken(
    document: Document,
    parameters: Mapping[str, Mapping[str, object]],
    given: Mapping[str, object],
    problems: list[Problem],
) -> Mapping[str, object]:
    """The values that CloudFormation takes. A stack with another cannot be made, so nothing is said of one."""
    taken = dict(given)
    for name, value in given.items():
        if name in parameters and (wrong := complaint(name, parameters[name], value)) is not None:
            said, hint = wrong
            problems.append(replace(_problem(document, ("Parameters", name), f"parameter `{name}`: {said}"), hint=hint))
            del taken[name]
    return taken


def _with_includes(document: Document, includes: Open | None) -> tuple[Document, list[Problem]]:
    """The document with the local files that it includes, and what is wrong with either."""
    if includes is None or INCLUDE not in document.text:
        return document, list(document.notes)
    included = Included(document, includes)
    return included, [*document.notes, *included.problems]


def _resource(
    stack: Stack, logical_id: str, body: Mapping[str, object], written: Written, construct: Construct | None
) -> Resource:
    kind = str(body["Type"])
    facts = type_facts(kind)
    resolver = stack.resolver
    fields: dict[str, object] = {"Type": kind, "Id": logical_id}
    properties = body.get("Properties")
    put_in = {key: child for key, child in body.items() if key.startswith("Fn::")}
    if stack.macro is not None:
        # A macro over the whole template may rewrite every property.
        fields["Properties"] = stack.macro
    elif isinstance(properties, dict) or (put_in and properties is None):
        # What is put in beside `Type` may be properties, or add to those that are written.
        asked = (
            properties
            if isinstance(properties, dict) and _is_function(properties)
            else {**(properties or {}), **put_in}
        )
        fields["Properties"] = resolver.resolve(asked, facts.values if facts else None)
    elif properties is not None:
        fields["Properties"] = Unknown("invalid-template", f"the properties of `{logical_id}` are not a mapping")
    else:
        fields["Properties"] = {}
    for name in _ATTRIBUTES:
        if stack.macro is not None and name != "Metadata":
            fields[name] = stack.macro
        elif name in body:
            fields[name] = resolver.resolve(body[name])
        elif put_in and name != "Metadata":
            fields[name] = resolver.resolve(put_in)
    taggable = facts is not None and facts.tag is not None

    def tags(world: World) -> object:
        own = tags_of(kind, settle(fields["Properties"], world), world)
        # CloudFormation puts a stack's tags on every resource that takes tags and has none of that key.
        if not (taggable and stack.tags and isinstance(own, dict)):
            return own
        both: dict[str, object] = {**stack.tags, **own}
        return OpenMap(both, own.unknown) if isinstance(own, OpenMap) else both

    fields["Tags"] = Deferred.or_value(tags)
    is_framework = construct.framework if construct is not None else is_framework_id(logical_id)
    account, region = stack.environment.account, stack.environment.region
    # Where they are not known, rules see the unknown of the pseudo parameter; that a condition asks for a region does
    # not say that anybody deploys there.
    fields["Account"] = account or stack.environment.read("AWS::AccountId", World(), {})
    fields["Region"] = region or stack.environment.read("AWS::Region", World(), {})
    fields.update(Stack=stack.environment.stack_name or stack.path)
    return Resource(
        address=stack.address + logical_id,
        type=kind,
        logical_id=logical_id,
        fields=fields,
        source=written,
        exists=stack.existence(logical_id),
        names=_names(stack, logical_id),
        stack=_stack_name(stack),
        account=account,
        region=region,
        origin="framework" if is_framework else "user",
        construct_path=construct.path if construct is not None else None,
        written_at=construct.written_at if construct is not None else None,
        assigned_at=construct.assigned_at if construct is not None else {},
    )


def _is_function(node: Mapping[str, object]) -> bool:
    return len(node) == 1 and all(key == "Ref" or key.startswith("Fn::") for key in node)


def _stack_name(stack: Stack) -> str | None:
    """The name of the stack that is deployed: of a nested one, the outermost around it."""
    while stack.around is not None:
        stack = stack.around[0]
    return stack.environment.stack_name


def _names(stack: Stack, logical_id: str) -> Callable[[World], Names]:
    """Also what only some may call it, where its type has such a property."""
    other = OTHER_NAMES.get(str(stack.bodies[logical_id].get("Type")))

    def names(world: World) -> Names:
        also = stack.property(logical_id, other, world) if other is not None else None
        return Names(stack.name(logical_id, world), stack.attribute(logical_id, "Arn", world), also)

    if not stack.is_plainly_named(logical_id):
        return names
    known: list[Names] = []

    def same(world: World) -> Names:
        # Each entry of a tenancy asks each resource: with hundreds of both this is asked most of all.
        if not known:
            known.append(names(world))
        return known[0]

    return same


def _modules(document: Document, bodies: dict[str, dict[str, object]], problems: list[Problem]) -> list[Unknown]:
    """What modules put in; takes out of `bodies` what has no type, which is a problem where it is no module."""
    modules: list[Unknown] = []
    for logical_id in [key for key, body in bodies.items() if not isinstance(body.get("Type"), str)]:
        body = bodies.pop(logical_id)
        kind = body.get("Type")
        put_in = next((key for key in body if key.startswith("Fn::")), None)
        if put_in is not None:
            detail = f"`{put_in}` puts in what `{logical_id}` is at deployment"
            modules.append(Unknown("macro", detail, subject=logical_id))
        elif isinstance(kind, dict):
            advice = _PACKED if any("Rain::" in key for key in kind) else _PROCESSED
            detail = f"`{logical_id}` stands for a module that is put in before deployment; {advice}"
            modules.append(Unknown("macro", detail, subject=logical_id))
        else:
            problems.append(_problem(document, ("Resources", logical_id), f"resource `{logical_id}` has no `Type`"))
    # "Using modules to encapsulate and reuse resource configurations": such a type ends so.
    modules.extend(
        Unknown("macro", f"`{key}` is a module that is put in before deployment; {_PROCESSED}", subject=key)
        for key, body in bodies.items()
        if str(body["Type"]).endswith("::MODULE")
    )
    return modules


def _without_loops(
    document: Document,
    environment: Environment,
    given: Mapping[str, object],
    settings: Settings,
    imports: Imports,
    outputs: Outputs,
) -> Unrolled:
    """The document with its loops unrolled; one that may not have any stays as it is, and is a problem."""
    data = document.data
    if LOOP not in document.text or not isinstance(data, dict):
        return Unrolled(document, (), (), {}, {})
    if _asks_for(LANGUAGE_EXTENSIONS, data):
        return unroll(document, _collections(data, document.path, environment, given, settings, imports, outputs))
    loop = first_loop(document)
    if loop is None:
        return Unrolled(document, (), (), {}, {})
    message = f"a loop takes `Transform: {LANGUAGE_EXTENSIONS}`, which the template has not"
    return Unrolled(document, (Problem(document.path, message, loop.line, loop.column),), (), {}, {})


def _collections(  # noqa: PLR0913  # all that a value can rest on before there are resources
    data: Mapping[str, object],
    path: str,
    environment: Environment,
    given: Mapping[str, object],
    settings: Settings,
    imports: Imports,
    outputs: Outputs,
) -> Evaluate:
    """What the lists that loops run over are: known from parameters and mappings, never from resources."""

    def section(name: str) -> dict[str, dict[str, object]]:
        body = data.get(name)
        return {key: each for key, each in body.items() if isinstance(each, dict)} if isinstance(body, dict) else {}

    strict = settings.strict_parameters
    address = environment.stack_key or environment.key
    conditions = data.get("Conditions")
    conditions = conditions if isinstance(conditions, dict) else {}
    tested = tested_parameters(conditions)
    mappings = data.get("Mappings")
    stack = Stack(
        address=address,
        path=path,
        environment=environment,
        bodies={},
        parameters=declare(address, section("Parameters"), given, tested, strict=strict),
        mappings=mappings if isinstance(mappings, dict) else {},
        raw_conditions=conditions,
        raw_outputs={},
        tested=tested,
        imports=imports,
        outputs=outputs,
    )

    def evaluate(node: object) -> tuple[object, tuple[str, ...]]:
        world = World()
        try:
            value = stack.resolver.value(node, world)
        except UndecidedError:
            return _in_every_world(stack, node), ()
        return value, tuple(world.assumptions)

    return evaluate


def _in_every_world(stack: Stack, node: object) -> object:
    """The value, where it is the same whatever the owner chooses."""
    try:
        leaves = explore(lambda world: stack.resolver.value(node, world))
    except TooManyWorldsError:
        return Unknown("evaluation-limit", "it rests on too many choices")
    if all(leaf.result == leaves[0].result and not leaf.world.assumptions for leaf in leaves):
        return leaves[0].result
    names = " and ".join(f"`{name}`" for name in dict.fromkeys(name for leaf in leaves for name in leaf.world.labels))
    return Unknown("parameter", f"it rests on {names or 'a parameter that has no value'}")


def _asks_for(transform: str, data: Mapping[str, object]) -> bool:
    declared = data.get("Transform")
    return any(
        (each.get("Name") if isinstance(each, dict) else each) == transform
        for each in (declared if isinstance(declared, list) else [declared])
    )


def _macros(data: Mapping[str, object]) -> Iterator[Unknown]:
    declared = data.get("Transform")
    for each in declared if isinstance(declared, list) else [declared]:
        name = each.get("Name") if isinstance(each, dict) else each
        if isinstance(name, str) and name not in ("AWS::LanguageExtensions", SAM):
            yield Unknown("macro", f"macro `{name}` is run at deployment", subject=name)
        elif each is not None and not isinstance(name, str):
            yield Unknown("macro", "`Transform` takes names of macros, and not what stands there", subject="Transform")
    for section in ("Resources", "Conditions", "Outputs", "Mappings", "Parameters"):
        body = data.get(section)
        for key in body if isinstance(body, dict) else ():
            if key.startswith("Fn::"):
                yield Unknown("macro", f"`{key}` is run at deployment", subject=key)
    for key in data:
        if key.startswith("Fn::"):
            yield Unknown("macro", f"`{key}` is run at deployment", subject=key)


def _rewrites(macro: Unknown, data: Mapping[str, object]) -> bool:
    """Whether the macro gets the whole template and may change any of it."""
    declared = data.get("Transform")
    names = [
        each.get("Name") if isinstance(each, dict) else each
        for each in (declared if isinstance(declared, list) else [declared])
    ]
    name = macro.subject
    if name is not None and name.startswith("Fn::"):
        # In a section, what conditions and mappings are decides over every resource; outputs decide over none.
        sections = [data, *(data.get(section) for section in ("Resources", "Conditions", "Mappings", "Parameters"))]
        return any(isinstance(each, dict) and name in each and rewrites(name, each[name]) for each in sections)
    if name == "Transform":
        return True  # whichever it is
    # `AWS::Include` only adds what its file holds beside what is written.
    return name in names and name not in _HARMLESS and name != "AWS::Include"


def _secrets(declared: Mapping[str, Mapping[str, object]], given: Mapping[str, object]) -> frozenset[str]:
    """Values of parameters that are not echoed, so that evidence never shows them."""
    hidden = (name for name, body in declared.items() if is_hidden(name, body))
    values = (given.get(name, declared[name].get("Default")) for name in hidden)
    return frozenset(text for value in values if isinstance(value, str | int) and (text := scalar(value)))


def _problem(document: Document, keys: Sequence[str | int], message: str, *, level: Level = "error") -> Problem:
    place = document.place(keys)
    return Problem(document.path, message, place.line, place.column, level=level)
