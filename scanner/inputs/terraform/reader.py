"""Plans and states as resources of the model, in one reading of all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from functools import cache
from pathlib import Path

from scanner.base.net import Net
from scanner.base.problem import Level, Problem, ProblemsError
from scanner.base.record import mutable, record
from scanner.inputs.cloudformation.environment import Environment
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.terraform.attributes import LeftOut, View
from scanner.inputs.terraform.cloud_control import PREFIX, stands_for_id, with_cloud_control
from scanner.inputs.terraform.cloud_control_names import attribute_name
from scanner.inputs.terraform.configuration import ConfigModule, read_configuration
from scanner.inputs.terraform.document import PlanDocument, read_plan_document
from scanner.inputs.terraform.instances import Instance, instances_of
from scanner.inputs.terraform.joining import EVERYWHERE, Joiner
from scanner.inputs.terraform.mapping import ACCOUNT, Fold, Join, Make, Mapped
from scanner.inputs.terraform.policy_documents import DOCUMENT, PolicyDocuments
from scanner.inputs.terraform.provider_types import is_required, provider_types
from scanner.inputs.terraform.providers import Providers
from scanner.inputs.terraform.read_back import take_out
from scanner.inputs.terraform.recording import paths_of
from scanner.inputs.terraform.references import References
from scanner.inputs.terraform.resources import (
    Draft,
    Told,
    convert,
    names_of,
    noted,
    other_name,
    resource_of,
    settled,
    tags_as,
)
from scanner.inputs.terraform.sensitive import Sensitive
from scanner.inputs.terraform.shapes import evaluate
from scanner.inputs.terraform.table import mapped_type
from scanner.inputs.terraform.written import PlanSource, ResourceSource, in_json
from scanner.model.arn_forms import ARN_FORMS
from scanner.model.deferred import OpenMap
from scanner.model.partial_text import Text, text_of
from scanner.model.resource import Names, Resource
from scanner.model.types import type_facts
from scanner.model.unknown import Reference, Unknown, reference
from scanner.model.unread_types import Unread

_READ = ("aws", "awscc")
_PRINCIPALS = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")
# Types whose `id` is their ARN ("Attribute Reference" of each in the provider's documentation).
ID_IS_ARN = frozenset(
    {
        "aws_acm_certificate",
        "aws_alb",
        "aws_alb_listener",
        "aws_cloudtrail",
        "aws_codebuild_project",
        "aws_ecs_cluster",
        "aws_ecs_service",
        "aws_elasticsearch_domain",
        "aws_iam_policy",
        "aws_kinesis_firehose_delivery_stream",
        "aws_kinesis_stream",
        "aws_lb",
        "aws_lb_listener",
        "aws_msk_cluster",
        "aws_opensearch_domain",
        "aws_secretsmanager_secret",
        "aws_sfn_state_machine",
        "aws_sns_topic",
    }
)


@record
class PlanFile:
    """One file to read; `named` means that the user named it, and not just a folder above it."""

    path: Path
    shown: str
    raw: bytes
    named: bool = True


@record
class PlanGap:
    """What a plan does not tell."""

    what: str
    unknown: Unknown
    path: str
    types: tuple[str, ...] = ()


@mutable
class PlanReading:
    """`digests` are of the bytes, by what the file is called, with the kind of each."""

    resources: list[Resource] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    gaps: list[PlanGap] = field(default_factory=list)
    digests: list[tuple[str, str, str]] = field(default_factory=list)
    not_whole: list[str] = field(default_factory=list)
    unread: Unread = field(default_factory=Unread)
    crashes: list[str] = field(default_factory=list)


def read_plans(files: list[PlanFile], settings: Settings) -> PlanReading:
    """All plans and states of a scan: a name in one may be of another. Never raises for what is wrong with them."""
    reading = PlanReading()
    net = Net()
    plans: list[_Plan] = []
    for file in files:
        try:
            document = read_plan_document(file.raw, file.shown)
            plan = net.run(file.shown, lambda of=document, at=file: _planned(of, at, settings), None)  # type: ignore[misc]  # mypy does not infer a lambda with defaults
        except ProblemsError as problems:
            reading.problems += problems.problems
            continue
        except RecursionError:
            reading.problems.append(Problem(file.shown, "the values are nested too deep"))
            continue
        if plan is None:
            why = Unknown("scanner-error", net.problems[-1].message)
            reading.gaps.append(PlanGap(f"what {file.shown} holds", why, file.shown))
            reading.unread.cut_off(file.shown, why)
            continue
        plans.append(plan)
        reading.digests.append((document.kind, file.shown, "sha256:" + hashlib.sha256(file.raw).hexdigest()))
        for gap in document.gaps:
            why = Unknown("not-collected", gap.what)
            reading.gaps.append(PlanGap(f"what {file.shown} leaves out", why, file.shown))
            reading.not_whole.append(f"{file.shown}: {gap.what}")
            reading.unread.cut_off(file.shown, why)
            if not settings.partial_plan:
                hint = f"{gap.remedy}, or say `--partial-plan` where that is meant"
                reading.problems.append(Problem(file.shown, f"this is not the whole plan: {gap.what}", hint=hint))
    reading.problems += net.problems
    reading.crashes += net.crashes
    whole = _Whole(plans)
    for plan in plans:
        whole.make(plan, reading)
    reading.resources += whole.resources()
    return reading


def _planned(document: PlanDocument, file: PlanFile, settings: Settings) -> _Plan:
    try:
        return _Plan(document, file, settings)
    except RecursionError:
        raise ProblemsError([Problem(file.shown, "the values are nested too deep")]) from None


class _Plan:
    """One plan, with the ways to ask about it."""

    def __init__(self, document: PlanDocument, file: PlanFile, settings: Settings) -> None:
        self.document = document
        self.shown = file.shown
        self.named = file.named
        self.root: ConfigModule | None = read_configuration(document.data.get("configuration"))
        # 0.12 repeats what data sources gave in two places.
        self.instances = list(_once(instances_of(document, self.root)))
        take_out(document, self.instances)
        self.references = References(self.instances, self.root)
        self.providers = Providers(document, self.instances, settings.account, settings.region)
        self.source = PlanSource(settings.source or file.path.parent, file.shown, self.references, self.root)
        self.sensitive = Sensitive(document, self.instances)
        self.documents = PolicyDocuments(self.references)
        self._environments: dict[tuple[str | None, str | None, str], Environment] = {}
        self._environment_of: dict[int, Environment] = {}

    def address(self, instance: Instance, suffix: str = "") -> str:
        return f"{self.shown}#{instance.address}{suffix}"

    def environment_of(self, instance: Instance) -> Environment:
        known = self._environment_of.get(id(instance))
        if known is not None:
            return known
        # What is not known of two configurations of the provider may differ.
        place = account, region, key = (*self.providers.place(instance), self.providers.key(instance))
        if place not in self._environments:
            self._environments[place] = Environment(f"{self.shown}#{key}", account, region)
        self._environment_of[id(instance)] = self._environments[place]
        return self._environments[place]


@cache
def _facts(kind: str) -> Mapping[str, object] | None:
    facts = type_facts(kind)
    return facts.values if facts is not None else None


class _Whole:
    """All plans together; what shapes may ask."""

    def __init__(self, plans: list[_Plan]) -> None:
        self._plan_of: dict[int, _Plan] = {id(each): plan for plan in plans for each in plan.instances}
        self._drafts: dict[str, Draft] = {}
        self._primary: dict[int, Draft] = {}
        self._alone: dict[tuple[str, str, Environment | None], Draft] = {}
        self._missing: dict[int, dict[str, Unknown]] = {}
        self._names: dict[int, Names] = {}
        self._accounts: dict[Environment, Draft] = {}
        self._asking: set[object] = set()
        self._cloud_control = any(each.type.startswith(PREFIX) for plan in plans for each in plan.instances)
        self._joiner = Joiner(mapped_type, self.names, self._place, self._is_chosen)
        for plan in plans:
            self._joiner.add(plan.instances)
        self._folds: list[tuple[_Plan, Instance, Fold]] = []

    def make(self, plan: _Plan, reading: PlanReading) -> None:
        unread: dict[str, int] = {}
        others: dict[str, None] = {}
        for instance in plan.instances:
            if instance.mode != "managed":
                continue
            mapped = mapped_type(instance.type) if instance.provider_name in _READ else None
            if mapped is None or not (mapped.makes or mapped.folds):
                if instance.provider_name in _READ:
                    unread[instance.type] = unread.get(instance.type, 0) + 1
                else:
                    others[instance.provider] = None
                continue
            view = View.of(instance, plan.source.is_dynamic)
            for make in mapped.makes:
                self._make(plan, instance, view, make, reading, primary=make is mapped.makes[0])
            self._folds += [(plan, instance, fold) for fold in mapped.folds]
        managed = [each for each in plan.instances if each.mode == "managed"]
        if managed and all(each.provider_name not in _READ for each in managed):
            message = f"nothing in it is of AWS: its resources are of {', '.join(sorted(others))}"
            hint = "what is judged are resources of hashicorp/aws and hashicorp/awscc"
            level: Level = "error" if plan.named else "warning"
            reading.problems.append(Problem(plan.shown, message, hint=hint, level=level))
        if unread:
            said = ", ".join(f"{name} ({count})" for name, count in sorted(unread.items()))
            why = Unknown("not-modelled", f"no rule asks for them: {said}")
            reading.gaps.append(PlanGap(f"{sum(unread.values())} resources of {plan.shown}", why, plan.shown))

    def _make(  # what is made of what, and where it is told
        self, plan: _Plan, instance: Instance, view: View, make: Make, reading: PlanReading, *, primary: bool
    ) -> None:
        if make.each is not None:
            found = view.blocks(make.each)
            if isinstance(found, Unknown) and (view.references(make.each) or view.says_dynamic(make.each)):
                what = f"each `{make.each}` of {plan.address(instance)}"
                reading.gaps.append(PlanGap(what, found, plan.shown, (make.type,)))
            for index, item in enumerate(found if isinstance(found, list) else ()):
                self._draft(plan, instance, item, make, f".{make.each}[{index}]", primary=False)
            return
        self._draft(plan, instance, view, make, make.suffix, primary=primary)

    def _draft(self, plan: _Plan, instance: Instance, view: View, make: Make, suffix: str, *, primary: bool) -> None:
        if make.when is not None:
            made = make.when(view, self)
            if made is None or made is False:
                return
        kinds = _facts(make.type)
        properties: dict[str, object] = {}
        for name, shape in make.properties.items():
            value = evaluate(shape, view, self)
            properties[name] = convert(value, (kinds.get(name) or kinds.get("*")) if kinds else None)
        facts = type_facts(make.type)
        if facts is not None and facts.tag is not None and make.tags and facts.tag.property not in properties:
            properties[facts.tag.property] = tags_as(self._tags(instance), facts.tag)
        if make.type == ACCOUNT and (known := self._accounts.get(plan.environment_of(instance))) is not None:
            # Several resources speak of one account in one region.
            known.properties.update({name: value for name, value in properties.items() if value is not None})
            return
        draft = Draft(plan.address(instance, suffix), make.type, instance, properties, {})
        if make.type == ACCOUNT:
            self._accounts[plan.environment_of(instance)] = draft
        self._drafts[draft.address] = draft
        if primary:
            self._primary[id(instance)] = draft

    def resources(self) -> Iterator[Resource]:
        for plan, instance, fold in self._folds:
            self._fold(plan, instance, fold)
        for draft in (*self._drafts.values(), *self._alone.values()):
            plan = self._plan_of[id(draft.instance)]
            environment = plan.environment_of(draft.instance)
            missing = self._missing_of(draft, plan)
            primary = self._primary.get(id(draft.instance)) is draft
            names = (
                self.names(draft.instance)
                if primary
                else Names(
                    reference(draft.address, "Ref", "it is a part of another resource"),
                    reference(draft.address, "Arn", "it is a part of another resource"),
                )
            )
            properties = settled(draft, missing)
            if draft.instance.new and not plan.document.gaps:
                # What only parts of it say, and none does.
                properties = {**dict.fromkeys(name for name, _ in _told_by_parts(draft.type)), **properties}
            parts = {name: told[0].part for name, told in draft.told.items()}
            source = ResourceSource(
                plan.source, draft.instance, parts, paths_of, plan.sensitive.of(draft.instance, *parts.values())
            )
            kept = plan.source.is_kept(draft.instance)
            yield resource_of(draft, properties, names, environment, source, plan.shown, kept)

    def _fold(self, plan: _Plan, instance: Instance, fold: Fold) -> None:
        view = View.of(instance, plan.source.is_dynamic)
        if fold.when is not None and fold.when(view, self) in (None, False):
            return
        kind = _made_by(fold.wholes)
        kinds = _facts(kind)
        values = {
            name: convert(evaluate(shape, view, self), (kinds.get(name) or kinds.get("*")) if kinds else None)
            for name, shape in fold.properties.items()
        }
        joins = self._each(view, fold) if fold.many else [self.join(view, fold.key, fold.wholes, fold.match)]
        for join in joins:
            candidates = (join.sure,) if join.sure is not None else join.maybe
            targets = [draft for each in candidates if (draft := self._primary.get(id(each))) is not None]
            for draft in targets:
                for name, value in values.items():
                    told = Told(value, instance, join.sure is not None, join.note, join.why, name in fold.listed)
                    draft.told.setdefault(name, []).append(told)
            if not targets and kind:
                self._stand_alone(plan, instance, kind, join, values, fold)

    def _each(self, view: View, fold: Fold) -> list[Join]:
        value = view.read(fold.key)
        if value is None or isinstance(value, LeftOut):
            return []
        wholes = self._wholes(fold.wholes)
        return self._joiner.each(view, fold.key, wholes, self._plan_of[id(view.instance)].references)

    def _stand_alone(
        self, plan: _Plan, instance: Instance, kind: str, join: Join, values: dict[str, object], fold: Fold
    ) -> None:
        """A part of what is in no plan: the whole is known as far as its parts say it."""
        place = None if join.literal is None or instance.type.startswith(EVERYWHERE) else plan.environment_of(instance)
        key = (kind, join.literal or plan.address(instance), place)
        draft = self._alone.get(key)
        if draft is None:
            draft = self._alone[key] = Draft(plan.address(instance), kind, instance, {}, {})
        for name, value in values.items():
            draft.told.setdefault(name, []).append(Told(value, instance, True, None, None, name in fold.listed))

    def _missing_of(self, draft: Draft, plan: _Plan) -> dict[str, Unknown]:
        """What a part would say and none says, where that does not mean that it is not there."""
        gap = plan.document.gaps[0].what if plan.document.gaps else None
        if draft.instance.new and gap is None:
            return {}
        found: dict[str, Unknown] = {}
        if gap is not None and draft.type in _PRINCIPALS:
            found["Policies"] = Unknown("not-collected", f"{gap}, and a policy of it may be there")
        for name, new_only in _told_by_parts(draft.type):
            if gap is not None:
                found[name] = Unknown("not-collected", f"{gap}, and {name} may be there")
            elif new_only and draft.instance.managed:
                why = f"{draft.instance.address} exists already, and nothing in the plan says its {name}"
                found[name] = Unknown("known-after-apply", why)
        return found

    # What shapes ask.

    def value(self, view: View, name: str) -> object:
        value = view.read(name)
        if value in (None, "", [], {}) or not isinstance(value, str | bool | int | float | list | dict | Unknown):
            return None
        if isinstance(value, Unknown):
            found = self._symbol(view, name)
            required = is_required(
                view.instance.type, tuple(step for step in (*view.path, name) if isinstance(step, str))
            )
            # What must be written is there, whatever it is.
            return replace(value, present=required) if found is None else found
        return value

    def _symbol(self, view: View, name: str) -> object:
        """What the text shows of an argument that is not known; None where it shows nothing."""
        key = (view.instance.address, view.path, name)
        if key in self._asking:
            return None
        self._asking.add(key)
        try:
            return self._plan_of[id(view.instance)].source.symbol(view, name, self._attribute)
        finally:
            self._asking.discard(key)

    def _attribute(self, instance: Instance, attribute: str) -> object:
        """An attribute of a resource of the plan: known, a name that is given, or a reference."""
        plan = self._plan_of[id(instance)]
        view = View.of(instance, plan.source.is_dynamic)
        if instance.mode == "data":
            if instance.type == DOCUMENT and attribute in ("json", "minified_json"):
                return plan.documents.whole(instance, self._symbol)
            value = view.read(attribute)
            return value if isinstance(value, str | bool | int | float | list | dict | Unknown) else view.why(attribute)
        value = self.value(view, attribute)
        if value is not None and not isinstance(value, Unknown):
            return value
        mapped = mapped_type(instance.type)
        make = mapped.makes[0] if mapped is not None and mapped.makes else None
        address = plan.address(instance)
        if make is not None:
            form = ARN_FORMS.get(make.type)
            called = attribute
            if attribute == "id" and instance.type.startswith(PREFIX):
                called = stands_for_id(instance.type, make.type) or attribute
                form = None
            if called == make.arn or (called == "id" and instance.type in ID_IS_ARN):
                return self.names(instance).arn
            if called == make.name or (called == "id" and not (form is not None and form.ref == "other")):
                return self.names(instance).name
            attribute = called
        detail = f"`{attribute}` of {instance.address} is known after apply"
        if isinstance(value, Reference):
            return value
        if _is_made(instance.type, attribute):
            return reference(address, attribute, detail)
        # Whatever it holds, it holds everywhere: a text that somebody wrote, such as `*`, and perhaps an empty one.
        return Unknown("known-after-apply", detail, (address, attribute))

    def join(self, view: View, name: str, types: tuple[str, ...], match: tuple[str, ...] = ()) -> Join:
        plan = self._plan_of[id(view.instance)]
        references = plan.references
        types = self._wholes(types)
        if not match and isinstance(view.read(name), Unknown):
            target = plan.source.target(view, name)
            if target is not None and target.mode == "managed" and target.type in types:
                return Join(target)
        return (
            self._joiner.alike(view, types, match, references)
            if match
            else self._joiner.join(view, name, types, references)
        )

    def _wholes(self, types: tuple[str, ...]) -> tuple[str, ...]:
        if not self._cloud_control:
            return types
        return with_cloud_control(types, tuple(_made_by((each,)) for each in types))

    def pointer(self, view: View, name: str, types: tuple[str, ...], attribute: str = "Ref") -> object:
        value = view.read(name)
        if isinstance(value, list):
            return value or None
        if (
            isinstance(value, Unknown)
            and (shown := self._symbol(view, name)) is not None
            and not isinstance(shown, list)
        ):
            # The text says what the plan leaves to be guessed.
            join = self.join(view, name, types)
            sure = join.sure is not None and join.literal is None
            if not (isinstance(shown, Unknown) and not isinstance(shown, Reference)) or not sure:
                return shown
        join = self.join(view, name, types)
        if join.sure is not None and join.literal is None:
            plan = self._plan_of[id(join.sure)]
            detail = f"`{name}` names {join.sure.address}, whose id is known after apply"
            return noted(reference(plan.address(join.sure), attribute, detail), join.note)
        if join.literal is not None:
            return join.literal
        return self.value(view, name)

    def document(self, view: View, name: str) -> object:
        plan = self._plan_of[id(view.instance)]
        found = plan.documents.read(view, name, self._symbol, plan.source.is_opaque)
        return in_json(found) or found.unknown if isinstance(found, Text) else found

    def shown(self, view: View, name: str) -> object:
        if len(view.written or ()) == 1:
            (written,) = view.written or ()
            said = written.get(name)
            if isinstance(said, dict) and "constant_value" in said:
                return said["constant_value"]
        found = self._symbol(view, name)
        detail = f"how `{name}` of {view.instance.address} is written is not known"
        return Unknown("not-collected", detail) if found is None else found

    def environment(self, instance: Instance) -> Mapping[str, str | None]:
        found = self._plan_of[id(instance)].environment_of(instance)
        return {"account": found.account, "region": found.region, "partition": found.partition}

    def own(self, instance: Instance) -> object:
        name = self.names(instance).name
        if isinstance(name, str):
            return name
        address = self._plan_of[id(instance)].address(instance)
        return reference(address, "Ref", f"the id of {instance.address} is known after apply")

    def _is_chosen(self, view: View, name: str) -> bool:
        return self._plan_of[id(view.instance)].source.is_chosen(view, name)

    def _place(self, instance: Instance) -> Environment:
        return self._plan_of[id(instance)].environment_of(instance)

    def names(self, instance: Instance) -> Names:
        """What others call what the resource makes first."""
        known = self._names.get(id(instance))
        if known is None:
            self._names[id(instance)] = known = self._named(instance)
        return known

    def _named(self, instance: Instance) -> Names:
        plan = self._plan_of[id(instance)]
        mapped = mapped_type(instance.type)
        address = plan.address(instance)
        make = mapped.makes[0] if mapped is not None and mapped.makes else None
        if make is None:
            return Names(instance.after.get("id"), instance.after.get("arn"))
        view = View.of(instance)
        name = self.value(view, make.name) if make.name is not None else instance.after.get("id")
        if name is None or (isinstance(name, Unknown) and not view.references(make.name or "")):
            name = self._made_up(view, make.name or "")
        arn = instance.after.get(make.arn) if make.arn is not None else None
        also = other_name(make.type)
        other = instance.after.get(_called(instance, also)) if also is not None else None
        environment = plan.environment_of(instance)
        return names_of(make.type, address, name, arn, other, environment, instance.after.get("path"))

    def _made_up(self, view: View, name: str) -> object:
        """A name that Terraform makes up behind a prefix; None where AWS makes one up."""
        arguments = provider_types().arguments(view.instance.type) or {}
        if f"{name}_prefix" not in arguments:
            return None
        prefix = self.value(view, f"{name}_prefix")
        address = self._plan_of[id(view.instance)].address(view.instance)
        later = reference(address, "Ref", f"the name of {view.instance.address} is known after apply")
        return text_of([prefix if isinstance(prefix, str | Text | Unknown) else "terraform-", later])

    def _tags(self, instance: Instance) -> object:
        view = View.of(instance)
        everything = view.read("tags_all") if "tags_all" in _names_in(instance) else None
        own = view.read("tags")
        if isinstance(everything, dict):
            return dict(everything)
        known = own if isinstance(own, dict) else {}
        if (
            "tags_all" in _names_in(instance)
            and everything is not None
            and self._plan_of[id(instance)].providers.may_add_tags(instance)
        ):
            # `default_tags` of the provider may add some.
            return OpenMap(dict(known), view.why("tags_all"))
        if isinstance(own, Unknown):
            return own
        return dict(known) or None


def _is_made(kind: str, attribute: str) -> bool:
    """Whether AWS makes the attribute, so that it is no text of somebody's own."""
    if attribute == "id":
        return True
    if not kind.startswith(("aws_", PREFIX)) or attribute in _OF_SOMEBODY:
        return False
    arguments = provider_types().arguments(kind)
    return arguments is None or arguments.get(attribute, "x") == "x"


def _called(instance: Instance, property_name: str) -> str:
    return attribute_name(property_name) if instance.type.startswith(PREFIX) else "name"


def _names_in(instance: Instance) -> Mapping[str, object]:
    unknown = {} if instance.unknown is True else instance.unknown
    return {**instance.after, **unknown}


def _once(instances: Iterator[Instance]) -> Iterator[Instance]:
    seen: set[str] = set()
    for each in instances:
        if each.address not in seen:
            seen.add(each.address)
            yield each


def _made_by(wholes: tuple[str, ...]) -> str:
    mapped: Mapped | None = mapped_type(wholes[0])
    return mapped.makes[0].type if mapped is not None and mapped.makes else ""


# Computed attributes that hold what a function, a stack or a user puts there.
_OF_SOMEBODY = frozenset(["result", "output", "outputs", "content", "body", "value", "secret_string"])


@cache
def _told_by_parts(kind: str) -> tuple[tuple[str, bool], ...]:
    from scanner.inputs.terraform.table import all_types

    found: dict[str, bool] = {}
    for mapped in all_types().values():
        for fold in mapped.folds:
            if _made_by(fold.wholes) == kind:
                for name in fold.properties:
                    found[name] = found.get(name, False) or name in fold.new_only
    return tuple(found.items())


__all__ = ["PlanFile", "PlanGap", "PlanReading", "read_plans"]
