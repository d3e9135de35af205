"""`--parameters`, in every form that people have such a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from scanner.text.problem import Problem, Problems
from scanner.text.reading import read

Values = dict[str, object]


def read_parameters(given: Sequence[str]) -> Values:
    """`Key=value`, or a file: a mapping, `{Parameters: {…}}`, or CloudFormation's list of keys and values.

    Raises Problems.
    """
    values: Values = {}
    for text in given:
        name, equals, value = text.partition("=")
        if equals and not Path(text).is_file():
            values[name.strip()] = value
        else:
            values.update(_file(Path(text)))
    return values


def _file(path: Path) -> Values:
    shown = path.as_posix()
    try:
        document = read(path.read_bytes(), shown, cloudformation=False)
    except OSError as error:
        message = f"cannot be read: {(error.strerror or str(error)).lower()}"
        raise Problems([Problem(shown, message, hint="write Key=value or name a file", kind="config")]) from None
    data = document.data
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
    raise Problems([Problem(shown, message, 1, 1, kind="config")])
