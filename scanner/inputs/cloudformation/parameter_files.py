"""Files of template parameters, in every form that people have them, and the file of one stage beside a template.

After "Parameters" in the AWS CloudFormation User Guide, "Use parameter override functions with CodePipeline pipelines",
"Runtime context" of the CDK guide and "AWS SAM CLI configuration file".
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from scanner.base.problem import Problem, ProblemsError, did_you_mean
from scanner.base.record import record
from scanner.text.project_file import find_project_file, read_project_bytes
from scanner.text.reading import read

SAMCONFIG = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
_SUFFIXES = ("json", "yaml", "yml")
_PARAMETER = re.compile(r"(?:[A-Za-z0-9_.-]+:)?[A-Za-z0-9]{1,255}")
_SECTIONS = ("global", "deploy")
"""Of a `samconfig` file; what `deploy` says counts over what all commands share."""

Values = dict[str, object]


@record
class ParameterFile:
    """`values` are by name, or by `Stack:Name` where they are one stack's.

    `optional` are names that no template need have: a context says more than parameters. `staged` is whether the file
    says what holds for the stage that was asked for.
    """

    shown: str
    values: Mapping[str, object]
    optional: frozenset[str] = frozenset()
    staged: bool = False
    digest: str = ""


def stage_names(stage: str) -> tuple[str, ...]:
    """What the parameters file of a stage may be called, beside a template or in a folder above it."""
    forms = (f"parameters.{stage}", f"{stage}.parameters", f"parameters/{stage}")
    return tuple(f"{form}.{suffix}" for form in forms for suffix in _SUFFIXES)


def find_stage_file(folder: Path, stage: str) -> ParameterFile | None:
    """The parameters of the stage from the nearest file up to the root of the repository. Raises ProblemsError."""
    names = stage_names(stage)
    path = find_project_file(folder, names)
    if path is not None:
        others = [name for name in names if (at := folder_of(path, names) / name).is_file() and at != path]
        shown, raw = read_project_bytes(path, "config")
        if others:
            message = f"the stage `{stage}` has another parameters file beside this one: `{others[0]}`"
            raise ProblemsError([Problem(shown, message, kind="config")])
        found = parse_parameters(raw, shown, stage)
        return replace(found, staged=True, digest=_digest(raw))
    config = find_project_file(folder, SAMCONFIG)
    if config is None:
        return None
    shown, raw = read_project_bytes(config, "config")
    data = _data(raw, shown)
    if not (_is_samconfig(data) and isinstance(data, Mapping) and stage in data):
        return None
    return replace(_samconfig(data, shown, stage), digest=_digest(raw))


def folder_of(path: Path, names: tuple[str, ...]) -> Path:
    """The folder that the name counts from, for some names have a folder in them."""
    return path.parent.parent if f"{path.parent.name}/{path.name}" in names else path.parent


def parse_parameters(raw: bytes, shown: str, stage: str | None) -> ParameterFile:
    """The parameters in a file's bytes. Raises ProblemsError."""
    data = _data(raw, shown)
    if _is_samconfig(data):
        return _samconfig(data, shown, stage)
    if not isinstance(data, Mapping):
        return ParameterFile(shown, _plain(data, shown))
    if isinstance(context := data.get("context"), Mapping):
        # Feature flags and what CDK looked up stand there beside parameters.
        values = {
            str(key): value
            for key, value in context.items()
            if _PARAMETER.fullmatch(str(key)) and not isinstance(value, Mapping)
        }
        return ParameterFile(shown, values, frozenset(values))
    stages = data.get("stages")
    if not (isinstance(stages, Mapping) and all(isinstance(each, Mapping | list) for each in stages.values())):
        return ParameterFile(shown, _plain(data, shown))
    shared = _plain({key: value for key, value in data.items() if key != "stages"}, shown)
    if stage is None:
        message = f"has parameters for the stages {_listed(stages)}"
        raise ProblemsError([Problem(shown, message, hint="say which with --stage", kind="config")])
    if stage not in stages:
        message = f"has no parameters for the stage `{stage}`, only for {_listed(stages)}"
        raise ProblemsError([Problem(shown, message, hint=did_you_mean(stage, map(str, stages)), kind="config")])
    return ParameterFile(shown, {**shared, **_plain(stages[stage], shown)}, staged=True)


def _digest(raw: bytes) -> str:
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def _data(raw: bytes, shown: str) -> object:
    if not shown.endswith(".toml"):
        return read(raw, shown, cloudformation=False).data
    import tomllib

    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        # A TOMLDecodeError names its line in its words.
        raise ProblemsError([Problem(shown, f"is not valid TOML: {str(error).lower()}", kind="config")]) from None


def _plain(data: object, shown: str) -> Values:
    """`{Parameters: {…}}`, a mapping, or CloudFormation's list of keys and values."""
    if isinstance(data, Mapping) and isinstance(data.get("Parameters"), Mapping | list):
        data = data["Parameters"]
    if isinstance(data, list):
        # The form of `aws cloudformation deploy --parameter-overrides file://…` and `create-stack --parameters`.
        pairs = [(each.get("ParameterKey"), each.get("ParameterValue")) for each in data if isinstance(each, Mapping)]
        if len(pairs) == len(data) and all(isinstance(key, str) for key, _ in pairs):
            return {str(key): value for key, value in pairs if value is not None}
        overrides = [each.partition("=") for each in data if isinstance(each, str) and "=" in each]
        if len(overrides) == len(data):
            return {key: value for key, _, value in overrides}
    elif isinstance(data, Mapping) and all(not isinstance(value, Mapping) for value in data.values()):
        return {str(key): value for key, value in data.items()}
    message = "not a file of parameters: a mapping from names to values, or a list of ParameterKey and ParameterValue"
    raise ProblemsError([Problem(shown, message, 1, 1, kind="config")])


def _is_samconfig(data: object) -> bool:
    """Whether some environment of the file speaks of a command's parameters."""
    return isinstance(data, Mapping) and any(
        isinstance(command, Mapping) and isinstance(command.get("parameters"), Mapping)
        for environment in data.values()
        if isinstance(environment, Mapping)
        for command in environment.values()
    )


def _samconfig(data: object, shown: str, stage: str | None) -> ParameterFile:
    assert isinstance(data, Mapping)  # noqa: S101  # `_is_samconfig` says so
    environments = {str(key): value for key, value in data.items() if isinstance(value, Mapping)}
    name = stage or "default"
    if name not in environments:
        message = f"has no environment `{name}`, only {_listed(environments)}"
        hint = did_you_mean(name, environments) if stage else "say which with --stage"
        raise ProblemsError([Problem(shown, message, hint=hint, kind="config")])
    values: Values = {}
    for command in _SECTIONS:
        section = environments[name].get(command)
        parameters = section.get("parameters") if isinstance(section, Mapping) else None
        overrides = parameters.get("parameter_overrides") if isinstance(parameters, Mapping) else None
        if overrides is not None:
            values.update(_overrides(overrides, shown, name))
    return ParameterFile(shown, values, staged=stage is not None)


def _overrides(given: object, shown: str, name: str) -> Values:
    """`Key=value` or `ParameterKey=Key,ParameterValue=value`, in one string as for a shell or in a list."""
    if isinstance(given, Mapping):
        return _plain(given, shown)
    words: list[str] = []
    try:
        for each in given if isinstance(given, list) else [given]:
            if not isinstance(each, str):
                raise TypeError(each)
            words.extend(shlex.split(each) if isinstance(given, str) else [each.strip()])
        values: Values = {}
        for word in words:
            long = re.fullmatch(r"ParameterKey=([^,]*),ParameterValue=(.*)", word, re.DOTALL)
            key, equals, value = (long[1], "=", long[2]) if long else word.partition("=")
            if not equals:
                raise ValueError(word)
            # In a list each item has quotes of its own around the value.
            values[key] = value.strip('"') if isinstance(given, list) else value
    except (TypeError, ValueError):
        message = f"`parameter_overrides` of environment `{name}` is not a text or list of Key=value"
        raise ProblemsError([Problem(shown, message, kind="config")]) from None
    return values


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(f"`{name}`" for name in names)
