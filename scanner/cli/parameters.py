"""`--parameters`, in every form that people have such a file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.inputs.cloudformation.parameter_files import ParameterFile, parse_parameters
from scanner.inputs.cloudformation.settings import Settings
from scanner.text.reading import MAX_BYTES


@record
class Given:
    """`optional` are names that no template need have; `staged` is whether a file knew the stage asked for."""

    values: Mapping[str, object]
    optional: frozenset[str] = frozenset()
    staged: bool = False


def given_parameters(given: Sequence[str], stage: str | None) -> Given:
    """`Key=value`, `Stack:Key=value`, or a file in one of the forms of `inputs.parameter_files`.

    Raises ProblemsError.
    """
    values: dict[str, object] = {}
    optional: set[str] = set()
    staged = False
    for text in given:
        name, equals, value = text.partition("=")
        if equals and not Path(text).is_file():
            values[name.strip()] = value
            optional.discard(name.strip())
            continue
        file = _file(Path(text), stage)
        optional = (optional | file.optional) - (file.values.keys() - file.optional)
        values.update(file.values)
        staged = staged or file.staged
    return Given(values, frozenset(optional), staged)


def settings_of(options: argparse.Namespace) -> Settings:
    """What `--parameters`, `--stage`, `--account` and `--region` say. Raises ProblemsError."""
    given = given_parameters(options.parameters, options.stage)
    return Settings(
        given.values,
        account=options.account,
        region=options.region,
        optional=given.optional,
        stage=options.stage,
        staged=given.staged,
    )


def _file(path: Path, stage: str | None) -> ParameterFile:
    shown = path.as_posix()
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        message = f"cannot be read: {(getattr(error, 'strerror', None) or str(error)).lower()}"
        raise ProblemsError([Problem(shown, message, hint="write Key=value or name a file", kind="config")]) from None
    return parse_parameters(raw, shown, stage)
