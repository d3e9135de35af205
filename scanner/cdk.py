"""A policy validation plugin for the AWS CDK: `cdk synth` fails on what a scan would fail on.

    Validations.of(app).add_plugins(TenantproofPlugin())

Older releases of the CDK take it as `App(policy_validation_beta1=[TenantproofPlugin()])`. The CDK hands over the
templates of its stacks but not those of nested stacks; the assembly that they lie in is scanned as a whole, so nested
stacks, stages and the lines of the program are known ("IPolicyValidationPlugin", AWS CDK API reference).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner._version import __version__
from scanner.base.extras import MissingExtraError
from scanner.findings.report_document import ErrorDocument, FindingDocument, ReportDocument
from scanner.inputs.cdk.assembly import MANIFEST
from scanner.options import Options
from scanner.outputs import stream
from scanner.outputs.shared.deciding import deciding, unread
from scanner.outputs.shared.exit_reason import reason
from scanner.outputs.shared.folding import name_of
from scanner.outputs.shared.listing import place, primary, remedy, sentence
from scanner.outputs.shared.render_options import RenderOptions
from scanner.outputs.shared.report_scope import outcome
from scanner.project_options import options_near
from scanner.scanning import scan

try:
    import aws_cdk
    import jsii
except ImportError:
    raise ImportError(str(MissingExtraError("cdk"))) from None

# Before the interface was stable its names ended in this.
_BETA = "" if hasattr(aws_cdk, "IPolicyValidationPlugin") else "Beta1"
_Interface: Any = getattr(aws_cdk, f"IPolicyValidationPlugin{_BETA}")
_Report: Any = getattr(aws_cdk, f"PolicyValidationPluginReport{_BETA}")
_Violation: Any = getattr(aws_cdk, f"PolicyViolation{_BETA}")
_Resource: Any = getattr(aws_cdk, f"PolicyViolatingResource{_BETA}")


@jsii.implements(_Interface)
class TenantproofPlugin:
    """Scans what was synthesized.

    `options` are those of a scan; without them the project's configuration holds, as for the command. Tenancy and
    exceptions are looked for from `project`, by default the folder that the CDK runs in. `report` is a file for the
    JSON report, from which `tenantproof report` makes any other.
    """

    def __init__(
        self, options: Options | None = None, *, project: str | Path | None = None, report: str | Path | None = None
    ) -> None:
        self._options = options
        self._project = Path() if project is None else Path(project)
        self._file = None if report is None else Path(report)

    @property
    def name(self) -> str:
        """What the CDK's report calls the plugin."""
        return "tenantproof"

    @property
    def version(self) -> str:
        """The version of tenantproof, for the CDK's report."""
        return __version__

    @property
    def rule_ids(self) -> list[str]:
        """Which rules there are is said by the report; the CDK would send these names to AWS."""
        return []

    def validate(self, context: Any) -> Any:  # Any: what jsii hands over has the type of whichever CDK is installed
        """Called by the CDK after synthesis, with the paths of its templates.

        No success wherever a scan would end with another exit code than 0; what could not be read is a violation too.
        """
        templates = [Path(each) for each in context.template_paths]
        options = self._options or options_near([self._project])
        folders = _assemblies(templates)
        result = scan(options=replace(options, paths=folders or templates, project=self._project))
        if self._file is not None:
            self._file.write_bytes(b"".join(stream("json", result.report, RenderOptions())))
        violations = [*_violations(result.report, folders or templates), *_errors(unread(result.report), templates)]
        if result.exit_code and not violations:
            violations = [_violation("tenantproof", reason(result.report), _nowhere(templates), severity="error")]
        return _Report(
            success=not violations,
            violations=violations,
            **({} if _BETA else {"plugin_version": __version__}),
            metadata={"outcome": outcome(result.report), "reason": reason(result.report)},
        )


def _assemblies(templates: Iterable[Path]) -> list[Path]:
    """The outermost folders with a manifest that the templates lie in."""
    found: dict[Path, None] = {}
    for template in templates:
        above = [each for each in template.parents if (each / MANIFEST).is_file()]
        if above:
            found[above[-1]] = None
    return list(found)


def _violations(report: ReportDocument, scanned: Sequence[Path]) -> Iterator[Any]:
    """One for each rule and each thing that is wrong by it, on the resources it is wrong of."""
    groups: dict[tuple[str, str, str], list[FindingDocument]] = {}
    for finding in deciding(report):
        # A leak is told of its own resource alone: its sentence names it.
        of = finding["id"] if finding.get("counterexample") else finding.get("fix", "")
        groups.setdefault((finding["rule"], finding["verdict"], of), []).append(finding)
    for (rule, _, _), findings in groups.items():
        first = findings[0]
        title = report["rules"][rule]["title"] if rule in report["rules"] else rule
        told = sentence(first) if len(findings) == 1 else title
        resources = [_resource(each, scanned) for each in findings]
        yield _violation(rule, told, resources, severity=first["severity"], fix=remedy(first))


def _resource(finding: FindingDocument, scanned: Sequence[Path]) -> Any:
    location, written = finding.get("location"), primary(finding)
    path = _absolute(location["path"], scanned) if location else ""
    evidence = [each["path"] for each in finding.get("evidence", []) if each["path"]]
    where = [] if written is None or written is location else [f"written at {place(written)}"]
    return _Resource(
        resource_logical_id=finding["resource"]["logical_id"] or name_of(finding),
        template_path=path,
        locations=[*evidence, *where],
    )


def _absolute(path: str, scanned: Sequence[Path]) -> str:
    """The CDK finds a construct by the file of its template; a report has the path from the repository's root on."""
    for folder in scanned:
        for above in (folder, *folder.parents):
            if (above / path).is_file():
                return str(above / path)
    return path


def _errors(errors: Iterable[ErrorDocument], templates: Sequence[Path]) -> Iterator[Any]:
    for each in errors:
        place_ = ":".join(str(part) for part in (each["path"], each["line"], each["column"]) if part is not None)
        hint = f", {each['hint']}" if each["hint"] else ""
        message = f"{place_}: {each['message']}{hint}"
        yield _violation(f"tenantproof-{each['kind']}", message, _nowhere(templates), severity="error")


def _nowhere(templates: Sequence[Path]) -> list[Any]:
    """The CDK lets pass what is wrong of no resource at all, whatever the plugin says of success."""
    path = str(templates[0]) if templates else ""
    return [_Resource(resource_logical_id="", template_path=path, locations=[])]


def _violation(rule: str, text: str, resources: Sequence[Any], *, severity: str, fix: str = "") -> Any:
    more = {"fix": fix} if fix else {}
    return _Violation(rule_name=rule, description=text, violating_resources=resources, severity=severity, **more)
