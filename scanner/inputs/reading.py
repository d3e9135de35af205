"""Everything that a scan was pointed at, as one inventory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from scanner.base import progress
from scanner.base.net import Net
from scanner.base.problem import Level, Problem, ProblemsError, did_you_mean
from scanner.base.record import mutable, record
from scanner.base.repository import repository_root
from scanner.inputs.cdk.assembly import AssemblyStack, read_assembly
from scanner.inputs.cdk.constructs import Constructs
from scanner.inputs.cloudformation.environment import Environment
from scanner.inputs.cloudformation.exports import Exports
from scanner.inputs.cloudformation.includes import Open
from scanner.inputs.cloudformation.nesting import (
    NestedTemplate,
    elsewhere,
    handed_down,
    likely_file,
    may_exist,
    nested_stacks,
    output_of,
    refused,
    template_of,
)
from scanner.inputs.cloudformation.parameter_files import ParameterFile, find_stage_file, stage_names
from scanner.inputs.cloudformation.settings import Settings, of_stack
from scanner.inputs.cloudformation.stack import Stack
from scanner.inputs.cloudformation.template import Template, open_template
from scanner.inputs.discovery import LEADS_OUT, Discovery, Found
from scanner.model.dependency_trace import Trace
from scanner.model.resource import Inventory, Resource
from scanner.model.resource_counts import Census
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.text.document import Document
from scanner.text.reading import MAX_BYTES, decode, read

if TYPE_CHECKING:
    from scanner.inputs.cluster_dump import Dump
    from scanner.inputs.snapshot import AccountState

DEEPEST = 20
PARAMETERS = "--parameters"
MOST_NESTED = 2_500
"""Nested stacks of one scan. CloudFormation changes no more in one operation (AWS CloudFormation quotas)."""
_MOST_NAMED = 10
_NO_ASSETS: Mapping[str, Path] = {}


@record
class Input:
    """One line of the report's `inputs`; `digest` is of the bytes as read."""

    kind: str
    path: str
    digest: str


@record
class Gap:
    """Something that was not seen, for the coverage ledger; `types` are those that it is told of."""

    what: str
    unknown: Unknown
    path: str
    types: tuple[str, ...] = ()
    # Whether it is of an account: what is missing there may be of any type, where no types are named.
    account: bool = False


@mutable
class Reading:
    """The inventory, and what it was made of. `ignored` counts files that are no templates; `gaps` are what was not
    seen."""

    inventory: Inventory = field(default_factory=Inventory)
    inputs: list[Input] = field(default_factory=list)
    ignored: int = 0
    sql_left: int = 0
    """How many of those are SQL, which is read beside a tenancy.yaml only."""
    problems: list[Problem] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)
    """Addresses of stores that the tenancy does not speak of."""
    called: list[tuple[str, str, list[int]]] = field(default_factory=list)
    """Roles by address and name, with the numbers of the entries under `principals` that mean each."""
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Accounts of an organisation that the snapshot leaves out, and why."""
    accounts: list[AccountState] = field(default_factory=list)
    """Every account that snapshots name, and what became of it."""
    templates: list[Template] = field(default_factory=list)
    exports: Exports = field(default_factory=Exports)
    opened: dict[str, str] = field(default_factory=dict)
    """Digests of the bytes of every template and included file, by real path."""
    shown: dict[str, str] = field(default_factory=dict)
    """What reports call each file that was read, by its path."""
    not_whole: list[str] = field(default_factory=list)
    """What plans of Terraform leave out of what there will be."""
    crashes: list[str] = field(default_factory=list)
    """Tracebacks of what the scanner failed on."""
    counted: Census | None = None
    """Of all that a report is about, where the inventory is but a part of it."""

    @property
    def census(self) -> Census:
        """What the report counts: the resources of the inventory, or all that it is about where that is but a part."""
        return self.counted if self.counted is not None else Census.of(self.inventory.resources)


def read_inputs(discovery: Discovery, settings: Settings, trace: Trace | None = None) -> Reading:
    """Reads all that was found. What cannot be read is a problem, and the rest is still read.

    `trace`, where given, is told what is asked of one file for another, now and later.
    """
    reader = _Reader(settings, Reading(ignored=discovery.ignored, problems=list(discovery.problems)), trace)
    reader.read(discovery)
    return reader.reading


def nested_output(stack: Stack, logical_id: str, output: str, _: World) -> Unknown:
    """The output of a nested stack that was not read."""
    detail = f"output `{output}` of nested stack `{logical_id}` is not in the files scanned"
    return Unknown("missing-file", detail, ("output", stack.address, logical_id, output), None, True)


class _Reader:
    """One pass over what was found: each file is read once, nested ones as parts of the stacks around them."""

    def __init__(self, settings: Settings, reading: Reading, trace: Trace | None) -> None:
        self.reading = reading
        self.reading.inventory.trace = trace
        self._settings = settings
        self._exports = self.reading.exports
        self._exports.trace = trace
        self._documents: dict[Path, Document | None] = {}
        self._reals: dict[Path, Path] = {}
        self._children: dict[tuple[str, str], Stack] = {}
        self._nested: set[Path] = set()
        self._found: frozenset[str] = frozenset()  # real paths of what is read anyway
        self._opened = 0
        # The parameters of the stage that was asked for, by the folder they were looked for from.
        self._stages: dict[Path, ParameterFile | None] = {}
        self._stacks: set[str] = set()  # what stacks are called for whom a parameter is given
        self._sql: list[Found] = []
        self._dumps: dict[str, Dump] = {}
        self._shown_templates: tuple[str, ...] = ()
        self._plans: list[Found] = []
        self._synthesized = False  # whether an assembly has a stage of that name

    def read(self, discovery: Discovery) -> None:
        plain: list[tuple[Found, Template]] = []
        self._found = frozenset(each.real for each in discovery.found)
        self._shown_templates = tuple(each.shown for each in discovery.found if each.kind == "template")
        for at, found in enumerate(discovery.found):
            progress.step("files read", at, len(discovery.found))
            self._alone(found.shown, lambda it=found: self._one(it, plain))  # type: ignore[misc]  # mypy does not infer a lambda with a default
        for template in self._whole(plain):
            self._alone(template.document.path, lambda it=template: self._take(it))  # type: ignore[misc]  # likewise
        self._alone("exports", lambda: self._exports.add(template.stack for template in self.reading.templates))
        for template in self.reading.templates:
            self._alone(template.document.path, lambda it=template: self._resources(it))  # type: ignore[misc]  # likewise
        if self._plans:
            self._alone(self._plans[0].shown, self._terraform)
        self._alone(self._sql[0].shown if self._sql else "SQL", self._schemas)
        self._alone("the objects of Kubernetes", self._clusters)
        self._alone(PARAMETERS, self._undeclared)
        if self.reading.templates and not self._synthesized:
            self.reading.problems.extend(_unstaged(self._settings, self._stages))
        # A file that is read in two places is wrong once.
        self.reading.problems[:] = dict.fromkeys(self.reading.problems)

    def _one(self, found: Found, plain: list[tuple[Found, Template]]) -> None:
        """Reads one file or folder; a template joins `plain` until it is known whether another nests it."""
        if found.kind == "assembly":
            self._assembly(found)
        elif found.kind == "snapshot":
            self._snapshot(found)
        elif found.kind == "config":
            self._config(found)
        elif found.kind in ("manifest", "dump"):
            self._manifest(found)
        elif found.kind == "sql":
            self._sql.append(found)
        elif found.kind == "terraform":
            self._plans.append(found)
        else:
            document = self._document(found.path, found.shown)
            if document is not None:
                plain.append((found, self._open(document, found.path)))

    def _resources(self, template: Template) -> None:
        resources = list(template.resources())
        self.reading.inventory.add(resources)
        self._hand_on(resources)

    def _alone(self, shown: str, read: Callable[[], None]) -> None:
        """Reads it, and where the scanner fails on it says so and goes on with the rest."""
        net = Net()
        net.run(shown, read, None)
        for problem in net.problems:
            self.reading.problems.append(problem)
            gap = Unknown("scanner-error", problem.message)
            self.reading.gaps.append(Gap(f"what {shown} holds", gap, shown))
        self.reading.crashes += net.crashes

    def _whole(self, plain: list[tuple[Found, Template]]) -> Iterator[Template]:
        """The templates that no other nests, each with what it nests.

        A file that a stack nests is a part of that stack, and not a second one beside it. Where files nest each other
        in a circle, the first of them counts as the one around.
        """
        inner: set[Path] = set()
        for found, template in plain:
            self._alone(found.shown, lambda of=template, at=found.path: inner.update(self._inner(of, at)))  # type: ignore[misc]  # mypy does not infer a lambda with defaults
        whole: list[tuple[Path, list[Template]]] = []
        for found, template in sorted(plain, key=lambda each: self._real(each[0].path) in inner):
            real = self._real(found.path)
            if real not in self._nested:
                parts: list[Template] = []
                self._alone(
                    found.shown,
                    lambda to=parts, of=template, at=found.path, around=(real,): to.extend(  # type: ignore[misc]  # mypy does not infer a lambda with defaults
                        self._descend(of, at, _NO_ASSETS, Constructs(), around)
                    ),
                )
                whole.append((real, [template, *parts]))
        for real, parts in whole:
            # Parameters may lead to a file that was taken for a stack of its own before.
            if real not in self._nested:
                yield from parts

    def _inner(self, template: Template, path: Path) -> Iterator[Path]:
        """The files that it nests right away, as far as some world makes them."""
        for logical_id in nested_stacks(template.stack):
            child = self._nested_template(template.stack, logical_id, path).path
            if child is not None and "\0" not in str(child) and may_exist(template.stack, logical_id):
                yield child.resolve()

    def _nested_template(
        self, stack: Stack, logical_id: str, path: Path, assets: Mapping[str, Path] = _NO_ASSETS
    ) -> NestedTemplate:
        return template_of(stack, logical_id, path.parent, assets, self._settings.templates)

    def _snapshot(self, found: Found) -> None:
        from scanner.inputs.snapshot import read_snapshot

        snapshot = read_snapshot(found.path, found.shown)
        if snapshot.digest is not None:
            self.reading.inputs.append(Input("snapshot", found.shown, snapshot.digest))
        self.reading.inventory.add(snapshot.resources)
        self.reading.inventory.unread.add(snapshot.unread)
        self.reading.gaps.extend(
            Gap(each.what, each.unknown, each.path, each.types, account=True) for each in snapshot.gaps
        )
        self.reading.accounts.extend(snapshot.accounts)
        for account in snapshot.left_out:
            what = f"account {account.account}" + (f" ({account.name})" if account.name else "")
            self.reading.left_out.append((what, account.reason))
        self.reading.problems.extend(snapshot.problems)
        self._beside(found, stacks=False)

    def _beside(self, found: Found, *, stacks: bool) -> None:
        """Templates in a folder that is read as a whole, to which its manifest does not lead."""
        from scanner.inputs.beside_manifest import MOST_LOOKED_AT, templates_beside

        known = {*self.reading.opened, *self._found}
        beside = templates_beside(found.path, known, stacks=stacks)
        if not beside.whole:
            message = (
                f"more than {MOST_LOOKED_AT:,} files lie beside the manifest, and not all were looked at for templates"
            )
            self.reading.problems.append(Problem(found.shown, message))
        for link in beside.out:
            self.reading.problems.append(Problem(f"{found.shown}/{link}", LEADS_OUT, level="warning"))
        if left := [each.inside for each in beside.templates if each.made]:
            more = f" and {len(left) - 1} more" if len(left) > 1 else ""
            message = f"no stack of the manifest leads to the template {left[0]}{more} beside it, which is not read"
            hint = "`cdk synth` into an empty folder leaves none behind; name what others deploy"
            self.reading.problems.append(Problem(found.shown, message, hint=hint, level="warning"))
        for each in beside.templates:
            if not each.made:
                shown = f"{found.shown}/{each.inside}"
                message = "this template is not named by the manifest that it lies beside; it is read all the same"
                self.reading.problems.append(Problem(shown, message))
                document = self._document(each.path, shown)
                if document is not None:
                    self._take(self._open(document, each.path))

    def _terraform(self) -> None:
        """All plans at once: what one names may be in another."""
        from scanner.inputs.terraform.document import MAX_BYTES as MOST
        from scanner.inputs.terraform.reader import PlanFile, read_plans

        files: list[PlanFile] = []
        for found in self._plans:
            raw = self._settings.contents.get(found.path.resolve()) or self._bytes(found.path, found.shown, MOST)
            if raw is not None:
                files.append(PlanFile(found.path, found.shown, raw, found.named))
        plans = read_plans(files, self._settings)
        self.reading.inputs.extend(Input(kind, shown, digest) for kind, shown, digest in plans.digests)
        self.reading.inventory.add(plans.resources)
        self.reading.inventory.unread.add(plans.unread)
        self.reading.not_whole += plans.not_whole
        self.reading.gaps.extend(Gap(each.what, each.unknown, each.path, each.types) for each in plans.gaps)
        self.reading.problems.extend(plans.problems)
        self.reading.crashes += plans.crashes

    def _config(self, found: Found) -> None:
        import hashlib

        from scanner.inputs.aws_config import read_config_file

        raw, recorded = read_config_file(found.path, found.shown)
        if raw is not None:
            self.reading.inputs.append(Input("aws-config", found.shown, "sha256:" + hashlib.sha256(raw).hexdigest()))
        self.reading.inventory.add(recorded.resources)
        self.reading.inventory.unread.add(recorded.unread)
        self.reading.gaps.extend(Gap(each.what, each.unknown, each.path, each.types) for each in recorded.gaps)
        self.reading.problems.extend(recorded.problems)

    def _manifest(self, found: Found) -> None:
        """The objects of Kubernetes in a file, which also other tools write in the same form."""
        from scanner.inputs.cluster_dump import MOST_OF_DUMP, Dump, add_document, documents_of, is_dump
        from scanner.inputs.kubernetes import objects_in

        raw = self._bytes(found.path, found.shown, MOST_OF_DUMP if found.kind == "dump" else MAX_BYTES)
        if raw is None:
            return
        try:
            documents = documents_of(raw, found.shown)
        except ProblemsError as problems:
            if b"{{" in raw:
                why = "it is a template of Helm or the like; scan what that makes of it"
                gap = Gap(f"the Kubernetes objects of {found.shown}", Unknown("macro", why), found.shown)
                self.reading.gaps.append(gap)
                self.reading.problems.append(Problem(found.shown, why, level="warning"))
            else:
                self.reading.problems.extend(problems.problems)
            return
        printed = [each for each in documents if is_dump(each.data)]
        objects = objects_in([each for each in documents if each not in printed])
        if printed:
            folder = found.shown.rpartition("/")[0] or "."
            dump = self._dumps.setdefault(folder, Dump(folder))
            before = len(dump.resources)
            for document in printed:
                add_document(dump, document)
            objects += dump.resources[before:]
        elif not objects:
            self.reading.ignored += 1
            return
        self._note("kubernetes", found, raw)
        self.reading.inventory.add(objects)

    def _clusters(self) -> None:
        """What was and was not listed of each cluster, and whom its bindings name without an object of their own."""
        for dump in self._dumps.values():
            self.reading.inventory.add([dump.listing()])
            missing = dict(dump.missing())
            known: dict[str, Unknown | None] = dict.fromkeys(dump.listed)
            self.reading.inventory.unread.read_cluster(dump.folder, {**known, **missing})
            self.reading.problems += [Problem(path, message, level="warning") for path, message in dump.notes]
        if any(kind.startswith("Kubernetes::") for kind in self.reading.inventory.types):
            from scanner.inputs.cluster_subjects import subjects_in

            for found in list(subjects_in(self.reading.inventory)):
                if isinstance(found, tuple):
                    unread, by = found
                    self.reading.gaps.append(Gap(unread.what, unread.unknown, by.address.partition("#")[0]))
                else:
                    self.reading.inventory.add([found])

    def _hand_on(self, resources: list[Resource]) -> None:
        """What templates hand to a cluster is there as well."""
        for each in resources:
            if each.type == "Custom::AWSCDK-EKS-KubernetesResource":
                from scanner.inputs.kubernetes import Unread, handed_objects

                for made in handed_objects(each):
                    if isinstance(made, Unread):
                        self.reading.gaps.append(Gap(made.what, made.unknown, each.address.partition("#")[0]))
                    else:
                        self.reading.inventory.add([made])

    def _schemas(self) -> None:
        """The SQL of each folder as one database, for a declared tenancy: nothing else asks for it."""
        read = [found for found in self._sql if self._settings.sql or found.named]
        self.reading.ignored += len(self._sql) - len(read)
        self.reading.sql_left += len(self._sql) - len(read)
        if not read:
            return
        from scanner.inputs.sql.declared import Declared
        from scanner.inputs.sql.migrations import folder_of, ordered
        from scanner.inputs.sql.schema import SqlFile, schema_of

        folders: dict[PurePath, list[Found]] = {}
        for found in read:
            folders.setdefault(folder_of(found.path), []).append(found)
        for folder, several in folders.items():
            order = ordered([found.path for found in several])
            self.reading.ignored += len(several) - len(order.files)  # what only undoes others
            files: list[SqlFile] = []
            for found in (several[at] for at in order.files):
                raw = self._bytes(found.path, found.shown)
                if raw is None:
                    continue
                try:
                    files.append(SqlFile(found.shown, decode(raw, found.shown)))
                except ProblemsError as problems:
                    self.reading.problems.extend(problems.problems)
                    continue
                self._note("sql", found, raw)
            declared = Declared.of(self._settings.database, folder.as_posix())
            runs_in = None
            if declared.resource is not None:
                from scanner.inputs.sql.hosts import host_of

                runs_in = host_of(declared.resource, self.reading.inventory)
                self.reading.problems += runs_in.problems
                declared = replace(declared, version=declared.version or runs_in.version)
            resources, missed = schema_of(files, declared, order.tool)
            if runs_in is not None:
                runs_in.tell(resources)
            self.reading.inventory.add(resources)
            self.reading.gaps.extend(Gap(each.what, each.unknown, each.path) for each in missed)

    def _real(self, path: Path) -> Path:
        """The path without links; asked several times of each file, and a folder's links are followed each time."""
        real = self._reals.get(path)
        if real is None:
            real = self._reals[path] = path.resolve()
        return real

    def _bytes(self, path: Path, shown: str, most: int = MAX_BYTES) -> bytes | None:
        try:
            with path.open("rb") as file:
                return file.read(most + 1)
        except OSError as error:
            message = f"cannot be read: {(error.strerror or str(error)).lower()}"
            self.reading.problems.append(Problem(shown, message))
            return None

    def _note(self, kind: str, found: Found, raw: bytes) -> None:
        digest = hashlib.sha256(raw).hexdigest()
        self.reading.opened[str(self._real(found.path))] = digest
        self.reading.inputs.append(Input(kind, found.shown, f"sha256:{digest}"))

    def _assembly(self, found: Found) -> None:
        assembly = read_assembly(found.path, found.shown, repository_root(found.path))
        self.reading.problems.extend(assembly.problems)
        try:
            digest = hashlib.sha256((found.path / "manifest.json").read_bytes()).hexdigest()
        except OSError:
            return
        self.reading.inputs.append(Input("cdk-assembly", found.shown, "sha256:" + digest))
        empty: list[str] = []
        for stack in assembly.stacks:
            document = self._document(stack.template, stack.shown)
            if document is not None:
                template = self._open_stack(document, stack, found.path)
                if not template.stack.bodies and not template.macros and not template.problems:
                    empty.append(stack.stack_name)
                self._take(template)
                above = (stack.template.resolve(),)
                for part in self._descend(template, stack.template, stack.assets, stack.constructs, above, stack.root):
                    self._take(part)

        if assembly.understood:
            self._beside(found, stacks=bool(assembly.stacks))
        if empty:
            # "cdk deploy" skips such stacks, and removes those that are deployed.
            names = ", ".join(f"`{name}`" for name in empty[:_MOST_NAMED]) + (
                "" if len(empty) <= _MOST_NAMED else ", …"
            )
            message = f"{len(empty)} of the assembly's {len(assembly.stacks)} stacks have no resources: {names}"
            self.reading.problems.append(Problem(found.shown, message, level="warning"))

    def _open_stack(self, document: Document, stack: AssemblyStack, folder: Path) -> Template:
        own = stack.stage is None or self._settings.stage in (stack.stage, stack.stage.rpartition("/")[2])
        self._synthesized = self._synthesized or (own and stack.stage is not None)
        account = stack.account or self._settings.account
        region = stack.region or self._settings.region
        address = f"{stack.artifact}#"
        return open_template(
            document,
            self._settings,
            self._exports.read,
            self._output,
            environment=Environment(address, account, region, stack.stack_name),
            given={**stack.parameters, **self._given(folder, stack.artifact, stack.stack_name, staged=own)},
            address=address,
            constructs=stack.constructs.of(stack.template.name),
            tags=stack.tags,
            stage=stack.stage or self._settings.stage,
            includes=self._includes(stack.template, stack.shown, stack.root),
            may_be_empty=True,
        )

    def _open(self, document: Document, path: Path) -> Template:
        return open_template(
            document,
            self._settings,
            self._exports.read,
            self._output,
            given=self._given(path.parent, path.stem, path.name.partition(".")[0]),
            stage=self._settings.stage,
            includes=self._includes(path, document.path),
        )

    def _given(self, folder: Path, *stack: str, staged: bool = True) -> dict[str, object]:
        """The values of a stack's parameters: those of the stage's file, and over them those that the user gave.

        `staged` is False for a stack that is of another stage.
        """
        self._stacks.update(stack)
        stage = self._settings.stage if staged else None
        if stage is not None and folder not in self._stages:
            try:
                self._stages[folder] = file = find_stage_file(folder, stage)
                if file is not None and all(each.path != file.shown for each in self.reading.inputs):
                    self.reading.inputs.append(Input("parameters", file.shown, file.digest))
            except ProblemsError as problems:
                self._stages[folder] = ParameterFile("", {})
                self.reading.problems.extend(problems.problems)
        file = self._stages.get(folder) if staged else None
        return {
            **of_stack(file.values if file is not None else {}, stack),
            **of_stack(self._settings.parameters, stack),
        }

    def _descend(
        self,
        template: Template,
        path: Path,
        assets: Mapping[str, Path],
        constructs: Constructs,
        above: tuple[Path, ...],
        root: Path | None = None,
    ) -> Iterator[Template]:
        """Reads the templates that this one nests, and those in them. Nothing outside `root` is read."""
        stack = template.stack
        for logical_id in nested_stacks(stack):
            nested = self._nested_template(stack, logical_id, path, assets)
            if nested.missing is not None:
                message = f"asset `{nested.missing}` of nested stack `{logical_id}` has no file in the assembly"
                self._at_address(template, logical_id, message)
            if nested.address is not None:
                self._propose(template, logical_id, nested.address)
            if nested.gap is not None:
                what = f"the resources of nested stack `{logical_id}` of {stack.path}"
                self.reading.gaps.append(Gap(what, nested.gap, stack.path))
            child = nested.path
            if child is None or not self._may_read(child, path.parent, root, template, logical_id, above):
                continue
            shown = f"{stack.path.rpartition('/')[0]}/{child.name}".lstrip("/")
            if child.parent != path.parent:
                shown = self._shown(child, path, stack.path)
            document = self._document(child, shown)
            if document is None:
                continue
            if root is not None or may_exist(stack, logical_id):
                # What is nested where nothing ever is made may be deployed by itself all the same.
                self._nested.add(child.resolve())
            self._opened += 1
            if self._opened > MOST_NESTED:
                message = f"there are more than {MOST_NESTED:,} nested stacks; the rest is not read"
                self.reading.problems.append(Problem(stack.path, message))
                return
            address = f"{stack.address}{logical_id}/"
            inside = constructs.nested(path.name, logical_id)
            inner = open_template(
                document,
                self._settings,
                self._exports.read,
                self._output,
                environment=stack.environment.nested(address),
                given=handed_down(stack, logical_id),
                address=address,
                constructs=inside.of(child.name),
                tags=stack.tags,
                around=(stack, logical_id),
                stage=template.stage,
                includes=self._includes(child, shown, root),
            )
            self._children[stack.address, logical_id] = inner.stack
            declared = document.data.get("Parameters") if isinstance(document.data, dict) else None
            for keys, message, hint in refused(stack, logical_id, declared if isinstance(declared, dict) else {}):
                place = template.document.place(keys)
                self.reading.problems.append(Problem(template.document.path, message, place.line, place.column, hint))
            yield inner
            yield from self._descend(inner, child, assets, inside, (*above, child.resolve()), root)

    def _may_read(
        self, child: Path, folder: Path, root: Path | None, template: Template, logical_id: str, above: tuple[Path, ...]
    ) -> bool:
        """Whether the file is there, inside what was scanned, and not one of those that lead to it."""
        name = f"the template of nested stack `{logical_id}`"
        why: str | None = None
        try:
            real = child.resolve()
            # An assembly, a repository, or without one the folder of the template, is as far as a template may point.
            root = root or (repository_root(folder) or folder).resolve()
            if not real.is_relative_to(root):
                why = "leads out of the project"
            elif real in above:
                why = "is one of those it is nested in"
            elif len(above) > DEEPEST:
                why = f"is nested deeper than {DEEPEST} levels"
            elif not child.is_file():
                why = f"is not there: `{child.name}`"
        except (OSError, RuntimeError, ValueError):
            why = "has a name that no file can have"
        if why is not None:
            self._at_address(template, logical_id, f"{name} {why}")
        return why is None

    def _at_address(
        self, template: Template, logical_id: str, message: str, hint: str | None = None, level: Level = "error"
    ) -> None:
        """Tells what is wrong with a nested template where that is named."""
        place = template.document.place(("Resources", logical_id, "Properties", "TemplateURL"))
        path = template.document.path
        self.reading.problems.append(Problem(path, message, place.line, place.column, hint, level=level))

    def _propose(self, template: Template, logical_id: str, address: str) -> None:
        """Tells of the one file that may be what lies at the address: that it is, only the project can say."""
        likely = likely_file(address, self._shown_templates)
        if likely is None or likely == template.document.path:
            return
        shared = 0
        for mine, theirs in zip(reversed(address.split("/")), reversed(likely.split("/")), strict=False):
            if mine != theirs:
                break
            shared += 1
        folder = "/".join(likely.split("/")[:-shared]) or "."
        begins = "/".join(address.split("/")[:-shared]) + "/"
        message = f"the template of nested stack `{logical_id}` may be `{likely}`, and is not read: `{address}`"
        hint = f'say `templates: {{"{begins}": {folder}/}}` in tenantproof.yaml where it is'
        self._at_address(template, logical_id, message, hint, "warning")

    def _includes(self, template: Path, shown: str, root: Path | None = None) -> Open:
        """Opens the files that a template includes, inside what was scanned."""

        def open_(location: str, whole: bool) -> Document | str:
            try:
                file = template.parent / location
                real = file.resolve()
                within = (root or repository_root(template.parent) or template.parent).resolve()
                if not real.is_relative_to(within):
                    return "leads out of the project"
                if real == template.resolve():
                    return "is the template itself"
                if not real.is_file():
                    return "is not there"
            except (OSError, RuntimeError, ValueError):
                return "has a name that no file can have"
            document = self._document(real, self._shown(file, template, shown))
            if whole:
                # A part of this stack, and no stack of its own.
                self._nested.add(real)
            if document is None:
                return "cannot be read"
            return "holds nothing" if document.data is None else document

        return open_

    def _shown(self, child: Path, parent: Path, shown: str) -> str:
        """The child's path as reports show it, by its way from the parent's."""
        steps = [*shown.split("/")[:-1]]
        for step in child.relative_to(parent.parent).parts if child.is_relative_to(parent.parent) else (child.name,):
            if step == "..":
                steps = steps[:-1]
            elif step != ".":
                steps.append(step)
        return "/".join(steps)

    def _output(self, stack: Stack, logical_id: str, output: str, world: World) -> object:
        child = self._children.get((stack.address, logical_id))
        if child is None:
            return nested_output(stack, logical_id, output, world)
        return output_of(child, logical_id, output, world)

    def _take(self, template: Template) -> None:
        self.reading.templates.append(template)
        self.reading.problems.extend(template.problems)
        path = template.document.path
        self.reading.gaps.extend(Gap(f"what {macro.subject} makes of {path}", macro, path) for macro in template.macros)
        for logical_id, what in elsewhere(template.stack):
            why = f"what the template of {what} `{logical_id}` makes is not read; name that template, too"
            self.reading.gaps.append(
                Gap(f"the resources of {what} `{logical_id}` of {path}", Unknown("missing-file", why), path)
            )

    def _undeclared(self) -> None:
        declared = sorted({name for template in self.reading.templates for name in template.stack.parameters})
        self.reading.problems.extend(undeclared(self._settings.asked_for, declared, PARAMETERS))
        for of in dict.fromkeys(key.partition(":")[0] for key in sorted(self._settings.asked_for) if ":" in key):
            if of not in self._stacks and self.reading.templates:
                hint = did_you_mean(of, self._stacks)
                message = f"no stack is called `{of}`, so its parameters hold for none"
                self.reading.problems.append(Problem(PARAMETERS, message, hint=hint, level="warning"))
        for file in filter(None, self._stages.values()):
            self.reading.problems.extend(undeclared(file.values.keys() - file.optional, declared, file.shown))

    def _document(self, path: Path, shown: str) -> Document | None:
        real = self._real(path)
        if real in self._documents:
            return self._documents[real]
        self._documents[real] = document = self._read(path, shown)
        return document

    def _read(self, path: Path, shown: str) -> Document | None:
        given = self._settings.contents.get(self._real(path))
        raw = self._bytes(path, shown) if given is None else given
        if raw is None:
            return None
        digest = hashlib.sha256(raw).hexdigest()
        self.reading.opened[str(self._real(path))] = digest
        self.reading.shown[str(path)] = shown
        self.reading.inputs.append(Input("cloudformation", shown, f"sha256:{digest}"))
        try:
            return read(raw, shown, cloudformation=True)
        except ProblemsError as problems:
            self.reading.problems.extend(problems.problems)
            return None


def undeclared(given: Collection[str], declared: Collection[str], shown: str) -> Iterator[Problem]:
    """Parameters that were given and that no template has: a typing error more often than not."""
    for key in sorted(given):
        name = key.rpartition(":")[2]
        if name not in declared:
            hint = did_you_mean(name, declared)
            yield Problem(shown, f"no template has a parameter `{name}`", hint=hint, level="warning")


def _unstaged(settings: Settings, stages: Mapping[Path, ParameterFile | None]) -> Iterator[Problem]:
    """A stage that nothing speaks of would be judged by the defaults of every other."""
    stage = settings.stage
    if stage is None or settings.staged or any(stages.values()):
        return
    looked = ", ".join(f"`{name}`" for name in (*stage_names(stage), f"[{stage}] in samconfig.toml"))
    message = f"there are no parameters for the stage `{stage}`: looked beside the templates and above for {looked}"
    yield Problem("--stage", message, kind="config")
