"""One run of AWS's own SAM translator, cut off from AWS.

No session is made and nothing is asked: the region is given, the names of managed policies come from the shipped table,
and applications of the Serverless Application Repository are left as they are. The translator insists on artifacts in
S3; what lies in a local folder until `sam package` stands in for that, and is put back afterwards.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, unquote

from scanner.base.error import TenantproofError
from scanner.base.extras import MissingExtraError
from scanner.base.record import record
from scanner.inputs.cloudformation.environment import Environment
from scanner.shipped_data import data_file

SERVERLESS = "AWS::Serverless::"
MADE_BY = "tenantproof:made-by"
"""The key of generated Metadata that holds the logical id of what a resource was generated from."""

# Values of the pseudo parameters that are not known; the translator leaves references to such values as they stand.
_REGION, _PARTITION = "{{IntrinsicFunction:AWS::Region}}", "{{IntrinsicFunction:AWS::Partition}}"
_PSEUDO = {_REGION: "AWS::Region", _PARTITION: "AWS::Partition"}
_LOCAL = "tenantproof-local-artifact"
_NOT_WRITTEN = "not-written"
# What puts in the artifact's place; resolved, it is a value that is known only after packaging.
_PACKAGED: dict[str, object] = {"Fn::Transform": {"Name": "sam package"}}
_FUNCTIONS = ("AWS::Serverless::Function", "AWS::Serverless::WebFunction")
_ARTIFACTS = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::WebFunction": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::MicrovmImage": "CodeUri",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::WebSocketApi": "DefinitionUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
_QUIET = logging.CRITICAL + 1


@record
class Refusal:
    """What the translator says against a template; `resources` are the logical ids that it names, perhaps none."""

    resources: tuple[str, ...]
    message: str
    property_path: str | None = None
    globals: bool = False


class RefusedError(TenantproofError):
    """The translator does not take the template."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        self.refusals = refusals
        super().__init__("; ".join(refusal.message for refusal in refusals))


def translate(template: dict[str, object], parameters: Mapping[str, object], region: str | None) -> dict[str, object]:
    """The CloudFormation template that SAM makes of `template`, which is changed.

    `parameters` are those that count as literals. Resources say in their Metadata, under `MADE_BY`, what they were made
    of. Raises RefusedError, and MissingExtraError.
    """
    artifacts = _stand_in(template)
    for logical_id, body in _serverless(template):
        body["Metadata"] = {MADE_BY: logical_id}
    with _silence():
        made = _run(template, dict(parameters), region)
    return _restored(made, artifacts)


@record
class _Session:
    """All that the translator asks of a session where it is given one."""

    region_name: str


def _run(template: dict[str, object], parameters: dict[str, object], region: str | None) -> object:
    try:
        from samtranslator.metrics.metrics import DummyMetricsPublisher, Metrics
        from samtranslator.model.exceptions import InvalidDocumentException
        from samtranslator.parser.parser import Parser
        from samtranslator.plugins.application.serverless_app_plugin import ServerlessAppPlugin
        from samtranslator.translator.arn_generator import ArnGenerator
        from samtranslator.translator.translator import Translator
        from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template
    except ImportError:
        raise MissingExtraError("sam") from None

    # Which resource the translator has in hand, for the faults of its own that name none.
    started: list[str] = []

    class Applications(ServerlessAppPlugin):  # type: ignore[misc]  # the package ships no types
        """Stands in for the plugin that asks the Serverless Application Repository, and watches what is in hand."""

        def on_before_transform_template(self, _template: object) -> None:
            return

        def on_before_transform_resource(self, logical_id: str, kind: str, properties: dict[str, object]) -> None:
            started.append(str(logical_id))
            if kind == "AWS::Serverless::Api" and properties.get("AlwaysDeploy") is True:
                # It puts the time into the name of the deployment, which is then another one in each scan.
                properties["AlwaysDeploy"] = False
            if kind != "AWS::Serverless::Application":
                return
            location = properties.get("Location")
            if isinstance(location, dict):
                properties["TemplateUrl"] = {"Fn::Transform": {"Name": "AWS::Serverless::Application"}}
            elif location is not None:
                properties["TemplateUrl"] = location

        def on_after_transform_template(self, _template: object) -> None:
            return

    if region is None:
        parameters = {**parameters, "AWS::Region": _REGION, "AWS::Partition": _PARTITION}
    before = ArnGenerator.BOTO_SESSION_REGION_NAME
    metrics = Metrics("tenantproof", DummyMetricsPublisher())
    try:
        to_py27_compatible_template(template, parameters)
        # Where no region is known the commercial partition is taken, as in ARNs that people write.
        session = _Session(region or "us-east-1")
        translator = Translator(None, Parser(), [Applications()], session, metrics)
        with _policy_templates_read_once():
            made = translator.translate(
                template,
                parameters,
                passthrough_metadata=True,
                get_managed_policy_map=lambda: _managed_policies(_partition(region)),
            )
        return undo_mark_unicode_str_in_template(made)
    except InvalidDocumentException as error:
        raise RefusedError(tuple(_refusal(cause, started) for cause in error.causes)) from None
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever a hostile template makes it raise is about that template
        raise RefusedError((_refusal(error, started),)) from None
    finally:
        ArnGenerator.BOTO_SESSION_REGION_NAME = before
        metrics.publish()  # to nowhere; what was not published is complained of when the program ends


@contextmanager
def _policy_templates_read_once() -> Iterator[None]:
    """The translator reads its own policy templates, and holds them against its own schema, for every template."""
    from samtranslator.translator import translator

    make = translator.make_policy_template_for_function_plugin
    translator.make_policy_template_for_function_plugin = lambda: _policy_templates(make)
    try:
        yield
    finally:
        translator.make_policy_template_for_function_plugin = make


@lru_cache(maxsize=1)
def _policy_templates(make: Callable[[], object]) -> object:
    """The plugin keeps nothing of the templates that it is used for: a policy is made of a copy."""
    return make()


def _refusal(error: Exception, started: list[str]) -> Refusal:
    message = getattr(error, "message", None)
    if not isinstance(message, str):
        # A fault of the translator's own: the resource in hand is what it could not take.
        what = "nested too deep" if isinstance(error, RecursionError) else type(error).__name__
        return Refusal(tuple(started[-1:]), f"cannot be read by the SAM translator ({what})")
    named = getattr(error, "_logical_id", None)
    named = named if isinstance(named, list) else [named]
    is_global = type(error).__name__ == "InvalidGlobalsSectionException"
    text = getattr(error, "_message", None)
    path = getattr(error, "key_path", None)
    return Refusal(
        () if is_global else tuple(str(each) for each in named if isinstance(each, str)),
        text if isinstance(text, str) else message,
        path if isinstance(path, str) else None,
        is_global,
    )


@contextmanager
def _silence() -> Iterator[None]:
    """Keeps what the translator prints, logs or warns of away from the user, whose problems are told otherwise."""
    logger = logging.getLogger("samtranslator")
    level = logger.level
    with open(os.devnull, "w", encoding="utf-8") as nowhere, warnings.catch_warnings():  # noqa: PTH123  # a device
        warnings.simplefilter("ignore")
        logger.setLevel(_QUIET)
        try:
            with redirect_stdout(nowhere), redirect_stderr(nowhere):
                yield
        finally:
            logger.setLevel(level)


def _partition(region: str | None) -> str:
    return Environment("", None, region).partition or "aws"


@lru_cache(maxsize=4)
def _managed_policies(partition: str) -> dict[str, str]:
    """ARN by name of every AWS-managed policy that the shipped table knows."""
    from zipfile import ZipFile

    with ZipFile(Path(data_file("managed_policies.zip"))) as archive:
        names = archive.namelist()
    return {name.rpartition("/")[2]: f"arn:{partition}:iam::aws:policy/{name}" for name in names}


def _serverless(template: Mapping[str, object]) -> Iterator[tuple[str, dict[str, object]]]:
    resources = template.get("Resources")
    for logical_id, body in resources.items() if isinstance(resources, dict) else ():
        if isinstance(body, dict) and str(body.get("Type", "")).startswith(SERVERLESS):
            yield logical_id, body


def _stand_in(template: dict[str, object]) -> dict[str, object]:
    """Puts an address in S3 in the place of every local artifact; gives what stood there, by the address's key."""
    kept: dict[str, object] = {_NOT_WRITTEN: _PACKAGED}
    shared = template.get("Globals")
    functions = shared.get("Function") if isinstance(shared, dict) else None
    functions = functions if isinstance(functions, dict) else {}
    if "CodeUri" in functions:
        functions["CodeUri"] = _in_s3(functions["CodeUri"], kept)
    for _, body in _serverless(template):
        kind = str(body["Type"])
        properties = body.setdefault("Properties", {}) if kind in _ARTIFACTS else None
        if not isinstance(properties, dict):
            continue
        name = _ARTIFACTS[kind]
        if name in properties:
            properties[name] = _in_s3(properties[name], kept)
        if kind in _FUNCTIONS and not any(
            each in where for where in (properties, functions) for each in ("CodeUri", "InlineCode", "ImageUri")
        ):
            # `sam build` makes the code of a function and says where it is.
            package = properties.get("PackageType", functions.get("PackageType"))
            if package == "Image":
                properties["ImageUri"] = _LOCAL
            else:
                properties["CodeUri"] = f"s3://{_LOCAL}/{_NOT_WRITTEN}"
    return kept


def _in_s3(artifact: object, kept: dict[str, object]) -> object:
    if isinstance(artifact, str) and artifact.startswith("s3://"):
        return artifact
    if isinstance(artifact, dict) and artifact.get("Bucket") and artifact.get("Key"):
        return artifact
    # Versions and layers are named by a digest of the address, so the same artifact has to have the same one.
    key = quote(artifact, safe="") if isinstance(artifact, str) and artifact else f"value-{len(kept)}"
    kept[key] = artifact if isinstance(artifact, str) and artifact else _PACKAGED
    return f"s3://{_LOCAL}/{key}"


def _restored(node: object, artifacts: Mapping[str, object]) -> dict[str, object]:
    def restore(node: object) -> object:
        if isinstance(node, dict):
            if (node.get("S3Bucket") or node.get("Bucket")) == _LOCAL:
                key = str(node.get("S3Key") or node.get("Key"))
                return artifacts.get(key, unquote(key))
            if node.get("ImageUri") == _LOCAL:
                return _PACKAGED
            return {
                str(key): restore_in_sub(child) if key == "Fn::Sub" else restore(child) for key, child in node.items()
            }
        if isinstance(node, list):
            return [restore(child) for child in node]
        if isinstance(node, str) and node in _PSEUDO:
            return {"Ref": _PSEUDO[node]}
        return node

    def restore_in_sub(node: object) -> object:
        if isinstance(node, str):
            return _as_references(node)
        if isinstance(node, list) and node and isinstance(node[0], str):
            return [_as_references(node[0]), *(restore(child) for child in node[1:])]
        return restore(node)

    restored = restore(node)
    return restored if isinstance(restored, dict) else {}


def _as_references(text: str) -> str:
    for value, name in _PSEUDO.items():
        text = text.replace(value, f"${{{name}}}")
    return text
