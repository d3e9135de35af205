"""One stack: its template's sections, and what a name in it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from scanner.base.problem import Problem
from scanner.base.record import mutable
from scanner.inputs.cloudformation.conditions import Conditions
from scanner.inputs.cloudformation.environment import PSEUDO, Environment
from scanner.inputs.cloudformation.intrinsics import Resolver
from scanner.inputs.cloudformation.output_names import OutputName, WrittenExport
from scanner.inputs.cloudformation.parameters import Parameter
from scanner.model.arn_forms import ARN_FORMS, OTHER_NAMES, REF_IS_ARN, ArnForm, name_in_arn
from scanner.model.deferred import ABSENT, settle
from scanner.model.partial_text import Text, text_of
from scanner.model.resource import always
from scanner.model.types import type_facts
from scanner.model.unknown import Unknown, reference
from scanner.model.world import World

Imports = Callable[["Stack", "str | Text | OutputName | WrittenExport", World], object]
Outputs = Callable[["Stack", str, str, World], object]


READER, WRITER = "Custom::CrossRegionExportReader", "Custom::CrossRegionExportWriter"
_ARMS = 3  # of `Fn::If`: the condition, and what it is then and else


@mutable(eq=False)
class Stack:
    """`address` ends in `#` or `/` so that a logical id appended to it is a resource's address.

    `imports` answers `Fn::ImportValue` and `Fn::GetStackOutput` over the whole scanned set, `outputs` a nested stack's
    `Outputs.X`. `around` is the stack that this one is nested in and its logical id there; `tags` are the stack's own.
    `holes` are identifiers of loops without a value, `assumed` what the resources of loops rest on; `unseen` is what
    adds names to the template that are not in the file.
    """

    address: str
    path: str
    environment: Environment
    bodies: Mapping[str, Mapping[str, object]]
    parameters: Mapping[str, Parameter]
    mappings: Mapping[str, object]
    raw_conditions: Mapping[str, object]
    raw_outputs: Mapping[str, object]
    tested: Mapping[str, tuple[str, ...]]
    imports: Imports
    outputs: Outputs
    problems: list[Problem] = field(default_factory=list)
    macro: Unknown | None = None
    around: tuple[Stack, str] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    holes: Mapping[str, Unknown] = field(default_factory=dict)
    assumed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unseen: Unknown | None = None
    resolver: Resolver = field(init=False)
    conditions: Conditions = field(init=False)
    _naming: set[tuple[str, str]] = field(default_factory=set)
    _named: dict[tuple[str, str, tuple[int, ...]], object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.resolver = Resolver(self)
        self.conditions = Conditions(self)

    def read(self, name: str, world: World) -> object:
        """What `Ref` of the name gives. Raises UndecidedError."""
        if name == "AWS::NoValue":
            return ABSENT
        if (hole := self.holes.get(name)) is not None:
            return hole
        if (parameter := self.parameters.get(name)) is not None:
            return parameter.read(world)
        if name in PSEUDO:
            return self.environment.read(name, world, self.tested)
        if name in self.bodies:
            return self.attribute(name, "Ref", world)
        return self.missing(name, f"`{name}` is neither a parameter nor a resource of {self.path}")

    def imported(self, name: str | Text | OutputName | WrittenExport, world: World) -> object:
        """What another stack gives under the name. Raises UndecidedError."""
        return self.imports(self, name, world)

    def missing(self, name: str, detail: str) -> Unknown:
        """What a name stands for that the file does not have: an error, unless something is put in at deployment."""
        if self.unseen is None:
            return Unknown("invalid-template", detail)
        why = f"`{name}` is not in {self.path}, but {self.unseen.detail}"
        return Unknown(self.unseen.cause, why, ("unseen", self.address, name))

    def attribute(self, logical_id: str, attribute: str, world: World) -> object:
        """What `Ref` or `GetAtt` of a resource gives: known where the template itself says it.

        Raises UndecidedError.
        """
        body = self.bodies.get(logical_id)
        if body is None:
            return self.missing(f"{logical_id}.{attribute}", f"`{logical_id}` is not a resource of {self.path}")
        kind = body.get("Type")
        if not isinstance(kind, str):
            return Unknown("invalid-template", f"`{logical_id}` has no type")
        if kind == "AWS::CloudFormation::Stack" and attribute.startswith("Outputs."):
            return self.outputs(self, logical_id, attribute.removeprefix("Outputs."), world)
        if kind == READER and (found := self.imported(WrittenExport(attribute), world)) is not None:
            return found
        form = ARN_FORMS.get(kind)
        if attribute == "Arn" or (attribute == "Ref" and form is not None and form.ref == "arn"):
            if form is not None:
                return self._arn(logical_id, kind, form, world)
            if kind in REF_IS_ARN:
                return self._later(logical_id, "Ref")
        if attribute == "Ref" and not (form is not None and form.ref == "other"):
            return self.name(logical_id, world)
        if form is not None and form.name is not None and attribute == form.name:
            return self.name(logical_id, world)
        return self._later(logical_id, attribute)

    def name(self, logical_id: str, world: World) -> object:
        """The physical name or id of a resource. Raises UndecidedError."""
        body = self.bodies[logical_id]
        kind = body.get("Type")
        if not isinstance(kind, str):
            return self._later(logical_id, "Ref")
        form = ARN_FORMS.get(kind)
        naming = form.name if form is not None else _naming_property(kind)
        properties, _ = self.properties(logical_id, world)
        if naming is None or (properties is not None and not isinstance(properties, dict)):
            return self._later(logical_id, "Ref")
        properties = properties or {}
        if naming not in properties:
            # What a macro puts into the properties may be the name.
            macro = {key: value for key, value in (*properties.items(), *body.items()) if key == "Fn::Transform"}
            opened = self.resolver.resolve(macro) if macro else None
            return opened.plain() if isinstance(opened, Unknown) else self._later(logical_id, "Ref")
        value = self.property(logical_id, naming, world)
        return value if isinstance(value, str | Text | Unknown) else self._later(logical_id, "Ref")

    def is_plainly_named(self, logical_id: str) -> bool:
        """Whether its name and ARN are written as text, or left to deployment, and so the same in every world."""
        body = self.bodies[logical_id]
        kind, properties = body.get("Type"), body.get("Properties") or {}
        if (
            not isinstance(kind, str)
            or not isinstance(properties, dict)
            or kind in ("AWS::CloudFormation::Stack", READER)
        ):
            return False
        if "Fn::If" in properties:
            return False
        form = ARN_FORMS.get(kind)
        naming = (form.name if form is not None else _naming_property(kind), "Path", OTHER_NAMES.get(kind))
        if "Fn::Transform" in body or "Fn::Transform" in properties:
            return False
        return all(name not in properties or isinstance(properties[name], str) for name in naming if name is not None)

    def property(self, logical_id: str, name: str, world: World) -> object:
        """A property at the top of a resource that names it; None where it is not there. Raises UndecidedError."""
        properties, arms = self.properties(logical_id, world)
        if not isinstance(properties, dict) or name not in properties:
            return None
        if (logical_id, name) in self._naming:
            return Unknown("invalid-template", f"the name of `{logical_id}` rests on itself")
        self._naming.add((logical_id, name))
        try:
            # Names may be made of names, and each is asked for wherever another is made of it.
            asked = (logical_id, name, arms)
            if asked not in self._named:
                self._named[asked] = self.resolver.resolve(properties[name])
            return settle(self._named[asked], world)
        finally:
            self._naming.discard((logical_id, name))

    def properties(self, logical_id: str, world: World) -> tuple[object, tuple[int, ...]]:
        """What is written as the properties, and the arms of each `Fn::If` around all of them that lead to it.

        Raises UndecidedError.
        """
        written = self.bodies[logical_id].get("Properties")
        arms: tuple[int, ...] = ()
        while isinstance(written, dict) and list(written) == ["Fn::If"]:
            choice = written["Fn::If"]
            if not (isinstance(choice, list) and len(choice) == _ARMS and isinstance(choice[0], str)):
                break
            arms += (1 if self.conditions.holds(choice[0], world) else 2,)
            written = choice[arms[-1]]
        return (None if written == {"Ref": "AWS::NoValue"} else written), arms

    def existence(self, logical_id: str) -> Callable[[World], bool]:
        """`exists` of the resource: `always` where nothing in the template says otherwise, for that is asked often."""
        if self.around is None and logical_id not in self.assumed and "Condition" not in self.bodies[logical_id]:
            return always
        return lambda world: self.exists(logical_id, world)

    def exists(self, logical_id: str, world: World) -> bool:
        """Whether the resource is made in this world. Raises UndecidedError."""
        if self.around is not None and not self.around[0].exists(self.around[1], world):
            return False
        for note in self.assumed.get(logical_id, ()):
            world.assume(note)
        condition = self.bodies[logical_id].get("Condition")
        return self.conditions.holds(condition, world) if isinstance(condition, str) else True

    def _arn(self, logical_id: str, kind: str, form: ArnForm, world: World) -> object:
        name = self.name(logical_id, world)
        if not isinstance(name, str | Text | Unknown):
            return self._later(logical_id, "Arn")
        path: object = "/"
        properties, _ = self.properties(logical_id, world)
        if "{path}" in form.form and isinstance(properties, dict) and "Path" in properties:
            path = settle(self.resolver.resolve(properties["Path"]), world)
        if kind == "AWS::SSM::Parameter" and isinstance(name, str):
            name = name.removeprefix("/")
        name = name_in_arn(form.service, name, self.address + logical_id)
        holes = {
            "p": self.environment.read("AWS::Partition", world, {}),
            "r": self.environment.read("AWS::Region", world, {}),
            "a": self.environment.read("AWS::AccountId", world, {}),
            "n": name,
            "path": path,
        }
        parts: list[str | Text | Unknown] = []
        for piece in form.form.split("{"):
            hole, brace, rest = piece.partition("}")
            if not brace:
                parts.append(piece)
                continue
            value = holes[hole]
            parts.append(value if isinstance(value, str | Text | Unknown) else self._later(logical_id, "Arn"))
            parts.append(rest)
        return text_of(parts)

    def _later(self, logical_id: str, attribute: str) -> Unknown:
        name = f"`{logical_id}`" if attribute == "Ref" else f"`{logical_id}.{attribute}`"
        return reference(self.address + logical_id, attribute, f"{name} is known only at deployment")


def _naming_property(kind: str) -> str | None:
    """The one writable property that is a type's whole identifier: `Ref` returns it."""
    facts = type_facts(kind)
    if facts is None or len(facts.identifier) != 1 or facts.identifier[0] in facts.attributes:
        return None
    return facts.identifier[0]
