"""Where a resource has a secret in plain text: by its place and name, or by what a detector finds.

`scanner.model.secrets` knows places, names and detectors. Values are never handed back: only where one stands, and of
what kind it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from scanner.model.deferred import OPEN, MaybeMap, OpenMap, settle, settle_all
from scanner.model.partial_text import Encoded, Text
from scanner.model.secrets import (
    PLACEHOLDER,
    PLAIN,
    SETTING,
    VALUES,
    decoded,
    detected,
    is_option,
    is_reference,
    kind_of,
    secret_places,
    speaks_of_secret,
)
from scanner.model.types import type_facts
from scanner.model.unknown import MaybeList, OpenList, Reference, Unknown
from scanner.model.unread_properties import WITHOUT_SECRETS

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope
    from scanner.model.resource import Resource
    from scanner.model.world import World

Path = tuple[str | int, ...]
# Places where whole programs, settings or documents stand: not all of it is secret, so a name or a detector decides.
_SETTINGS = re.compile(
    r"^(?:.*\.)?(?:Environment|EnvironmentVariables|StageVariables|OriginCustomHeaders|RuntimeEnvironmentVariables"
    r"|UserData|OptionSettings|Parameters|ExtraConnectionAttributes|DefinitionString|DefinitionSubstitutions"
    r"|AirflowConfigurationOptions|ProvisioningParameters|ParameterOverrides|PipelineObjects)(?:\..*)?$"
)
_BESIDE = ("Name", "Key", "ParameterKey", "OptionName", "HeaderName", "ParameterName", "Variable")
_REDACTED = re.compile(r"<redacted ([a-z -]{1,40})>")
_SAID = (PLAIN, SETTING, PLACEHOLDER)
_NOTHING = (SETTING, PLACEHOLDER)
_MADE = ("deploy-time", "dynamic-reference", "import")
# What is generated holds no secret yet.
_GENERATED = "GenerateSecretString"
_PARAMETER = "AWS::SSM::Parameter"
# Judged by a rule of its own.
_AWS_KEYS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"})
_PROJECT = "AWS::CodeBuild::Project"
# Steps and parameters with their defaults ("Schemas, features, and examples", Systems Manager User Guide).
_DOCUMENT = "AWS::SSM::Document"
_SYSTEMS_MANAGER = "AWS::SSM::"
# A parameter of the document, or one of the parameter store.
_GIVEN_TO_STEP = re.compile(r"\s*\{\{[^{}]{1,2048}\}\}\s*")
# Where what else there may be stands for.
_REST: Path = ("...",)
_INIT = "AWS::CloudFormation::Init"
# The ARN of the function or topic behind a custom resource.
_LEADS_TO = "ServiceToken"


def plain_secrets(_: Sequence[object], scope: Scope) -> object:
    """`{Place, Kind}` of each; open where a value in such a place is not known. Raises UndecidedError."""
    here = scope.resource
    properties = settle_all(here.fields.get("Properties"), scope.world)
    if isinstance(properties, Unknown):
        return OpenList([], properties.plain())
    if scope.world.spreads:
        found = [each for way in _ways(properties) for each in [_secrets_of(here, way, scope)]]
        doubts = [each.unknown for each in found if isinstance(each, OpenList)]
        if doubts:
            return OpenList([], doubts[0])
        return MaybeList.of([], [one for each in found for one in each], OPEN)
    return _secrets_of(here, properties, scope)


def _ways(value: object) -> list[object]:
    """The properties with everything in them that is there in some world, each of its values in one of them."""
    most = max((len(values) for each in _maps(value) for values in each.maybe.values()), default=1)
    return [_way(value, number) for number in range(most)]


def _maps(value: object) -> Iterator[MaybeMap]:
    if isinstance(value, MaybeMap):
        yield value
        for each in (each for values in value.maybe.values() for each in values):
            yield from _maps(each)
    for _key, child in _children(value):
        yield from _maps(child)


def _children(value: object) -> Iterable[tuple[str | int, object]]:
    if isinstance(value, Mapping):
        return value.items()
    items = [*value, *(value.maybe if isinstance(value, MaybeList) else ())] if isinstance(value, list) else []
    return enumerate(items)


def _way(value: object, number: int) -> object:
    if isinstance(value, MaybeMap):
        if len(value.maybe) > 1 and any(key in VALUES or key in _BESIDE for key in value.maybe):
            return value.unknown  # a name and its value, each of which may be several
        if any(True for values in value.maybe.values() for each in values for _map in _maps(each)):
            return value.unknown
        chosen = {key: each[min(number, len(each) - 1)] for key, each in value.maybe.items() if each}
        return {key: _way(child, number) for key, child in {**value, **chosen}.items()}
    if isinstance(value, MaybeList):
        return [_way(child, number) for _place, child in _children(value)]
    if isinstance(value, OpenMap):
        return OpenMap({key: _way(child, number) for key, child in value.items()}, value.unknown)
    if isinstance(value, OpenList):
        return OpenList([_way(child, number) for child in value], value.unknown)
    if isinstance(value, dict):
        return {key: _way(child, number) for key, child in value.items()}
    return [_way(child, number) for child in value] if isinstance(value, list) else value


def _secrets_of(here: Resource, properties: object, scope: Scope) -> list[object]:
    found: dict[str, dict[str, object]] = {}
    doubt: Unknown | None = None
    named = dict(secret_places(here.type, _shown(properties)))
    for path, value in _leaves(properties):
        if path == _REST and here.live and here.type in WITHOUT_SECRETS:
            continue
        if path == _REST and "UnreadSecrets" in here.fields:
            # A plan holds the arguments that are not read as properties, too.
            unread = settle_all(here.fields["UnreadSecrets"], scope.world)
            if isinstance(unread, list):
                found |= {str(each["Place"]): each for each in unread}
                doubt = doubt or (unread.unknown if isinstance(unread, OpenList) else None)
                continue
        place = ".".join(map(str, path))
        kind, why = _judged(here.type, path, value, properties, named.get(path))
        doubt = doubt or why
        if kind is not None:
            found[place] = {"Place": place, "Kind": kind}
    for path, value in _leaves(_set_up(here, scope.world)):
        place = ".".join(map(str, path))
        kind = _found(value)
        if kind is not None:
            found[place] = {"Place": place, "Kind": kind}
    return list(found.values()) if doubt is None else OpenList(found.values(), doubt.plain())


def _set_up(here: Resource, world: World) -> object:
    """What cfn-init writes on an instance: files and commands ("AWS::CloudFormation::Init")."""
    metadata = settle(here.fields.get("Metadata"), world)
    told = metadata.get(_INIT) if isinstance(metadata, Mapping) else None
    return {"Metadata": {_INIT: settle_all(told, world)}} if told is not None else {}


def _found(value: object) -> str | None:
    """The kind that a detector finds, or found before it was taken out."""
    pieces = (part for part in value.parts if isinstance(part, str)) if isinstance(value, Text) else (value,)
    for piece in pieces:
        if isinstance(piece, str):
            kinds = [kind for _start, _end, kind in detected(piece)]
            kinds += [each for each in _REDACTED.findall(piece) if each not in _SAID]
            if kinds:
                return kinds[0]
    return None


def _judged(
    type_name: str, path: Path, value: object, properties: object, named: str | None
) -> tuple[str | None, Unknown | None]:
    """The kind of secret that stands there in plain text, and why that cannot be told."""
    if _GENERATED in path or path == (_LEADS_TO,):
        return None, None
    name = _name(type_name, path, properties)
    if type_name == _PROJECT and name in _AWS_KEYS:
        return None, None
    if named is not None and named not in _SAID:
        # By what stands beside it, such as the option of a command.
        return named, None
    whole = named is not None and not _is_setting(type_name, path)
    spoken = isinstance(name, str) and speaks_of_secret(name)
    secret = whole or (_is_setting(type_name, path) and spoken)
    if isinstance(value, Encoded) and value.text is not None:
        value = value.text
    elif isinstance(value, str):
        value = decoded(value) or value
    if isinstance(value, Unknown | Text) and _holds_more(type_name, path):
        # No text stands there: whatever it is, its own values are not known.
        return None, value if isinstance(value, Unknown) else next(iter(value.holes), None)
    if isinstance(value, Unknown) and _REDACTED.fullmatch(value.subject):
        value = value.subject
    if isinstance(value, Unknown):
        # What deployment makes or looks up stands in no file, nor does one value that is given then.
        leads = isinstance(value, Reference) or value.cause in _MADE
        # In a program or a document there may be anything, whoever is sure that it is a text.
        anything = value.cause != "parameter" and (not value.present or _is_setting(type_name, path))
        return None, value if (secret or anything) and not leads else None
    if isinstance(name, Unknown):
        told = isinstance(value, str) and kind_of(value) not in _NOTHING and not is_reference(value)
        return None, name if told else None
    if isinstance(value, Text):
        kind = _found(value)
        if kind is not None or not secret or value.prefix.startswith(("{{resolve:", "arn:")):
            return kind, None
        doubt = next(
            (hole for hole in value.holes if not isinstance(hole, Reference) and hole.cause not in _MADE), None
        )
        return None, doubt
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or (type_name.startswith(_SYSTEMS_MANAGER) and _GIVEN_TO_STEP.fullmatch(value)):
        return None, None
    redacted = _REDACTED.fullmatch(value)
    if redacted is not None and redacted[1] == PLACEHOLDER:
        return None, None
    if redacted is not None and redacted[1] == SETTING:
        return (PLAIN if whole else None), None
    if redacted is not None:
        return (redacted[1] if secret or redacted[1] != PLAIN else None), None
    # What was taken out of the middle of a text, such as a definition in JSON, says what it was.
    inside = next((each for each in _REDACTED.findall(value) if secret or each not in _SAID), None)
    if inside is not None:
        return inside, None
    kind = next((kind for _start, _end, kind in detected(value)), None)
    if kind is not None:
        return kind, None
    if secret and not is_reference(value) and kind_of(value) not in ((PLACEHOLDER,) if whole else _NOTHING):
        return PLAIN, None
    return None, None


def _holds_more(type_name: str, path: Path) -> bool:
    """Whether only a mapping, or a list of them, may stand at the place."""
    facts = type_facts(type_name)
    node: object = facts.values if facts is not None else None
    for key in path:
        if isinstance(key, str):
            node = node.get(key, node.get("*")) if isinstance(node, Mapping) else None
    return node == "m" or (isinstance(node, Mapping) and "|" not in node)


def _is_setting(type_name: str, path: Path) -> bool:
    if type_name == _PARAMETER or (type_name == _DOCUMENT and path[:1] == ("Content",)):
        return True
    return _SETTINGS.fullmatch(".".join(map(str, path))) is not None


def _name(type_name: str, path: Path, properties: object) -> str | Unknown | None:
    """What people call the value: its own key, that of the list it is in, or the name that stands beside it."""
    if type_name == _DOCUMENT and path[:2] == ("Content", "parameters"):
        return str(path[2]) if "default" in path[3:4] else None
    if type_name.startswith(_SYSTEMS_MANAGER) and path and isinstance(path[-1], int):
        return next((key for key in reversed(path) if isinstance(key, str) and key != "Values"), None)
    holder: object = properties
    for key in path[:-1]:
        holder = holder[key] if isinstance(holder, list | dict) else None  # type: ignore[index]  # by its own path
    last = path[-1] if path else None
    if not isinstance(holder, Mapping) or last in _BESIDE:
        return None if last in _BESIDE or not isinstance(last, str) else last
    if type_name != _PARAMETER and last not in VALUES:
        # Beside a name and its value stand a kind, a namespace and the like.
        return last if isinstance(last, str) else None
    keys = ("Name",) if type_name == _PARAMETER else _BESIDE
    beside = next((holder[key] for key in keys if holder.get(key) is not None), None)
    if beside is None or (type_name == _PARAMETER and last != "Value"):
        return None if type_name == _PARAMETER else last if isinstance(last, str) else None
    if isinstance(beside, Unknown):
        return beside
    return str(beside).rpartition("/")[2] if type_name == _PARAMETER else str(beside)


def _leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield from _leaves(child, (*path, str(key)))
        if isinstance(value, OpenMap):
            yield (*path, *_REST), value.unknown
    elif isinstance(value, list):
        for place, child in enumerate(value):
            yield from _leaves(child, (*path, place))
        if isinstance(value, OpenList):
            yield (*path, "..."), value.unknown
    else:
        yield path, value


def _shown(value: object) -> object:
    """As the module of secrets reads it: a word in place of what is not known."""
    if isinstance(value, Mapping):
        return {key: _shown(child) for key, child in value.items()}
    if isinstance(value, list):
        # An option of a command says what follows it.
        options = any(map(is_option, value))
        return [child if options and isinstance(child, str) else _shown(child) for child in value]
    if isinstance(value, Unknown | Text) or (isinstance(value, str) and value):
        return "something"
    return value


__all__ = ["plain_secrets"]
