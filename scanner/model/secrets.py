"""Which values must never be shown: the one place that decides it, for templates, snapshots, evidence and bundles.

By position: properties that hold secrets, and settings in which people leave them, such as environment variables. By
name: parameters, variables, mappings and whatever else people name. By detector: what looks like a credential wherever
it stands. What is taken out is replaced by `<redacted KIND>`, where KIND is all that a rule may ask of it: `plain
text`, or the detector's name. References to where a secret is kept and empty texts are no secrets and stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from scanner.model.secret_detectors import decoded, detected, redaction, scrubbed
from scanner.model.types import type_facts
from scanner.model.unknown import Unknown

PLAIN = "plain text"
SETTING = "plain setting"
"""What says nothing in itself: a switch, a small number, a path in a store of secrets, the address of one."""
PLACEHOLDER = "placeholder"
"""What only says that something is to be put there, such as `YOUR_TOKEN_HERE`."""
Path = tuple[str | int, ...]

# Property names that hold secrets, or code and settings in which people leave them, whatever the type.
_NAMES = frozenset(
    {
        "ADDomainJoinPassword",
        "AccessToken",
        "AccountPassword",
        "ActivationKey",
        "AdminPassword",
        "AdminUserPassword",
        "ApiKeySecret",
        "ApiKeyValue",
        "ApiToken",
        "AppSecret",
        "AppServerPrivateKey",
        "AsmPassword",
        "AuthKey",
        "AuthPassword",
        "AuthToken",
        "AuthorizationPrivateKey",
        "AzureBlobSasToken",
        "BasicAuthConfig",
        "ClientSecret",
        "CredentialString",
        "CrossRealmTrustPrincipalPassword",
        "DbPassword",
        "DomainSigningPrivateKey",
        "EnvironmentVariables",
        "ExtraConnectionAttributes",
        "FallbackCredential",
        "FsxAdminPassword",
        "HECToken",
        "JwtToken",
        "KdcAdminPassword",
        "KerberosKeytab",
        "KeyPassphrase",
        "Keytab",
        "KeytabContent",
        "MasterUserPassword",
        "OAuthToken",
        "OauthToken",
        "Passphrase",
        "Password",
        "Passwords",
        "PreSharedKey",
        "PrivateKey",
        "RefreshToken",
        "RepositoryAccessToken",
        "SasToken",
        "SaslPassword",
        "SecretAccessKey",
        "SecretBinary",
        "SecretKey",
        "SecretString",
        "SecretStringTemplate",
        "SecretToAuthenticateInitiator",
        "SecretToAuthenticateTarget",
        "SecretToken",
        "ServiceAccountPassword",
        "SharedSecret",
        "SmtpPassword",
        "SslClientKeyPassword",
        "SvmAdminPassword",
        "TlsPrivateKey",
        "UserData",
        "UserManagedClientApplicationClientSecret",
        "WalletSecret",
    }
)
# AWS does not give these back either, but nothing in them is secret besides what has a name of its own above.
_NOT_SECRET = {
    "AWS::ApiGatewayV2::Route": ("AuthorizerId",),
    "AWS::Cognito::UserPool": ("EnabledMfas",),
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateData", "TagSpecifications"),
    "AWS::EFS::FileSystem": ("ReplicationConfiguration",),
    "AWS::ElastiCache::ReplicationGroup": ("EngineVersion", "KmsKeyId", "NodeGroupConfiguration", "SecurityGroupIds"),
    "AWS::Events::EventBusPolicy": ("Action", "Condition", "Principal"),
    "AWS::S3::Bucket": ("AccessControl", "LifecycleConfiguration", "ReplicationConfiguration"),
}
_ENVIRONMENTS = (("Environment", "Variables"), ("ContainerDefinitions", "Environment"), ("Environment",))
# Where every value is a setting of somebody's program, by the names that lead there.
_SETTINGS = frozenset(
    {
        ("Environment", "Variables"),
        ("ContainerDefinitions", "Environment"),
        ("ContainerProperties", "Environment"),
        ("Environment", "EnvironmentVariables"),
        ("EnvironmentVariables",),
        ("StageVariables",),
        ("OriginCustomHeaders",),
        ("RuntimeEnvironmentVariables",),
        ("PrimaryContainer", "Environment"),
        ("Containers", "Environment"),
        # A header that a request must have is often what only a distribution knows.
        ("HttpHeaderConfig", "Values"),
        # Scripts, as user data is.
        ("OnCreate", "Content"),
        ("OnStart", "Content"),
        ("StudioLifecycleConfigContent",),
    }
)
# What names a value that stands beside it.
_BESIDE = (
    "Name",
    "Key",
    "ParameterKey",
    "OptionName",
    "HeaderName",
    "name",
    "key",
    "ParameterName",
    "OutputKey",
    "Variable",
)
VALUES = frozenset(("Value", "ParameterValue", "HeaderValue", "value", "DefaultValue", "StringValue", "OutputValue"))
# Names that people give to what holds a secret; what only leads to one (its ARN, id, length, rotation) is none.
_SPEAKS = re.compile(
    # What ends in one of these is one, wherever the word begins: `DBPassword`, `rootpassword`.
    r"(?:(?i:pass(?:word|wd|phrase|code)s?|pwd|secrets?|tokens?|credentials?"
    r"|(?:api|private|access|auth|signing|encryption|shared|secret|session|account|licen[cs]e|webhook|hmac|jwt)"
    r"[-_. ]?key"
    # The header by which an origin knows its distribution ("Restrict access to Application Load Balancers").
    r"|origin-?verify)"
    # Short ones are a word of their own: `DBPass` and no bypass.
    r"|(?:(?<![A-Za-z])(?i:pass|pw|psk|creds)|(?<=[A-Za-z0-9])(?:Pass|Pw|Psk|PSK|Creds)))"
    r"(?:[-_. ]?(?:(?i:value|text|base64|b64|pem|json)|[0-9]{1,3}))?$"
)
# Of what stands in a path, keys that are no names; `RefreshToken` and `ConditionalPassword` are.
_NO_NAMES = frozenset({"Properties", "Ref", "Condition"})
# What a variable is called is no secret, and rules ask for it.
_NAMING = frozenset({"Key", "Name", "Type", "OptionName", "Namespace", "ParameterKey", "HeaderName"})
_REFERENCE = re.compile(
    r"\s*\{\{resolve:(?:[^{}$]|\$(?!\{)|\$\{[^{}]{1,255}\}){1,2048}\}\}\s*|\s*arn:aws[a-z-]*:[^\s]{1,2048}|\s*\$\{[^{}]{1,255}\}\s*"
    # Where a request or its caller has the value ("Parameter mapping", API Gateway Developer Guide).
    r"|\s*(?:method\.request|integration\.re(?:quest|sponse)|context|stageVariables)\.[\w.$-]{1,255}\s*"
    r"|\s*\$(?:request|context|stageVariables)\.[\w.$-]{1,255}\s*"
    # A text of JSON whose values are all given elsewhere: `{"password": "${DatabasePassword}"}`.
    r"|\s*+\{(?:\s*+\"[^\"\\{}]{1,255}\"\s*+:\s*+\"\$\{[^{}\"]{1,255}\}\"\s*+,?+){1,64}\s*+\}\s*+"
    # What somebody is asked to put in: `<<Enter your password>>`.
    r"|\s*<{1,2}(?!redacted )[^<>]{1,80}>{1,2}\s*"
)
_SETTING = re.compile(
    r"(?i)(?:true|false|none|null|enabled|disabled|required|optional|[0-9]{1,5}|/\S*+|[^\s/]++/\S++|arn:\S++)"
)
# No key is issued that says `my key`, while a password may; `changeme` is a password wherever it is not changed.
_PLACEHOLDER = re.compile(
    r"(?i)(?:my[-_ ]?[a-z_ -]{0,30}(?:key|token)"
    r"|your[-_ ]?[a-z_ -]{0,40}(?:key|token|secret|password|here)"
    r"|(?:insert|enter|put|replace|add|paste)[-_ ][a-z_ -]{0,60}(?:here|me|this)"
    r"|[a-z_ -]{0,40}placeholder[a-z_ -]{0,20}|to[-_ ]be[-_ ](?:replaced|set|defined|filled)|tbd|todo"
    r"|x{4,64}|[*]{3,64})"
)
_REDACTED = re.compile(r"<redacted [a-z -]{1,40}>")


def kind_of(value: object) -> str:
    """What is found in a value that is taken out as a whole, plain or in Base64.

    A detector's name, a placeholder, or plain text: of a setting, or of anything else. More no rule may ask of it.
    """
    if not isinstance(value, str):
        return kind_of(str(value)) if isinstance(value, int | float) else PLAIN
    plain = decoded(value)
    for text in (value, plain):
        for _start, _end, kind in detected(text):
            return kind
    if _PLACEHOLDER.fullmatch(plain or value) is not None:
        return PLACEHOLDER
    return SETTING if _SETTING.fullmatch(plain or value) is not None else PLAIN


def speaks_of_secret(name: str) -> bool:
    """Whether what people call so is likely to be a secret itself, not only to lead to one."""
    return _SPEAKS.search(name) is not None


def is_reference(value: object) -> bool:
    """Whether the value says where a secret is kept, or is none at all."""
    return isinstance(value, str) and (not value.strip() or value in _UNITS or _REFERENCE.fullmatch(value) is not None)


def is_secret(type_name: str, keys: Sequence[str | int], value: object) -> bool:
    """Whether evidence at the path is not shown. Booleans, absent values and references are no secrets."""
    if value is None or isinstance(value, bool | Unknown):
        return False
    names = _names(keys)
    if type_name.startswith(KUBERNETES) and any(
        _is_secret_of_cluster(type_name, names[:end]) for end in range(1, len(names) + 1)
    ):
        return not is_reference(value)
    if any(name in _NAMES for name in names) or _holds_secret(value):
        return not is_reference(value)
    if isinstance(value, int | float):
        return False
    if any(names[: len(path)] == path for path in _ENVIRONMENTS):
        return True
    if names[:1] and names[0] in _NOT_SECRET.get(type_name, ()):
        return False
    facts = type_facts(type_name)
    dotted = ".".join(names)
    return facts is not None and any(
        dotted == path or dotted.startswith(path + ".") for path in (p.replace(".*", "") for p in facts.write_only)
    )


def secret_places(type_name: str, node: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Where in a resource's properties, or in any other data of the project, a scalar is secret, and of what kind.

    Intrinsic functions are looked through: what one of their arguments says is said where they stand. `path` is where
    the node itself stands. Places that only a detector finds are not among them: see `detected`.
    """
    if node is None or isinstance(node, bool):
        return
    names = _names(path)
    named = _is_named(names) or any(_is_name_of_secret(type_name, names[:end]) for end in range(1, len(names) + 1))
    search = _Search(type_name, path)
    search.look(node, names, _steps_of(type_name, names), named, 0)
    yield from search.found


def without_secrets(type_name: str, node: object, path: Path = ()) -> tuple[object, list[Path]]:
    """The node with what is secret replaced, also what detectors find, and where whole values were."""
    if node is None or isinstance(node, bool):
        return node, []
    places = dict(secret_places(type_name, node, path))
    return _replaced(node, path, places), list(places)


def _replaced(node: object, path: Path, places: Mapping[Path, str]) -> object:
    if (kind := places.get(path)) is not None:
        return redaction(kind)
    if isinstance(node, Mapping):
        return {key: _replaced(child, (*path, key), places) for key, child in node.items()}
    if isinstance(node, list):
        return [_replaced(child, (*path, place), places) for place, child in enumerate(node)]
    return scrubbed(node) if isinstance(node, str) else node


class _Step:
    """What a key says below some names of a type: asked for every key of every template, and mostly the same ones."""

    __slots__ = ("below", "is_function", "is_naming", "is_secret", "is_skipped", "is_value", "names")

    def __init__(self, type_name: str, names: tuple[str, ...], name: str) -> None:
        global _made  # noqa: PLW0603  # as `_steps` is
        _made += 1
        self.names = (*names, name) if _is_name(name) else names
        # These lead to a value and hold none.
        self.is_skipped = name in _LEADING
        self.is_function = name.startswith("Fn::")
        self.is_naming = name in _NAMING
        self.is_value = name in VALUES
        self.is_secret = _is_name_of_secret(type_name, self.names)
        self.below: dict[str, _Step] = {}


_LEADING = frozenset({"Ref", "Fn::GetAtt", "Fn::ImportValue", "Fn::FindInMap", "Condition", "Fn::Transform"})
_MOST_STEPS = 20_000
_made = 0
"""Steps since all were forgotten."""
_steps: dict[tuple[str, tuple[str, ...]], dict[str, _Step]] = {}


def _steps_of(type_name: str, names: tuple[str, ...]) -> dict[str, _Step]:
    global _made  # noqa: PLW0603  # as `_steps` is
    if _made > _MOST_STEPS:
        # Names may be the user's own, and of these there is no end.
        _steps.clear()
        _made = 0
    return _steps.setdefault((type_name, names), {})


class _Search:
    """The places in one value, with the kind of each."""

    def __init__(self, type_name: str, path: Path) -> None:
        self.found: list[tuple[Path, str]] = []
        self._type_name = type_name
        self._path = [*path]

    def look(self, node: object, names: tuple[str, ...], below: dict[str, _Step], named: bool, depth: int) -> None:
        """`names` are those of the path, and `below` is what is known of keys there; it grows."""
        if depth > _DEEPEST:
            return
        if node.__class__ is str:
            if named and _is_told(node):
                self.found.append((tuple(self._path), kind_of(node)))
        elif isinstance(node, Mapping):
            path = self._path
            for key, child in node.items():
                name = key if key.__class__ is str else str(key)
                step = below.get(name)
                if step is None:
                    if len(below) > _MOST_BELOW:
                        below.clear()
                    step = below[name] = _Step(self._type_name, names, name)
                if step.is_skipped:
                    continue
                if step.is_function:
                    inside = named
                elif named and step.is_naming:
                    continue
                else:
                    inside = (
                        named
                        or step.is_secret
                        or (step.is_value and (_is_said_secret(node) or _is_called_secret(node, names)))
                    )
                path.append(name)
                if name == "Fn::If" and isinstance(child, list):
                    for place, arm in enumerate(child[1:], 1):
                        path.append(place)
                        self.look(arm, step.names, step.below, inside, depth + 1)
                        path.pop()
                elif name == "Fn::Join" and isinstance(child, list):
                    sign, pieces = child if len(child) == _SIGN_AND_PIECES else ("", child)
                    if isinstance(sign, str) and isinstance(pieces, list):
                        path.append(1)
                        self._items(pieces, step.names, step.below, inside, depth + 2, sign)
                        path.pop()
                else:
                    self.look(child, step.names, step.below, inside, depth + 1)
                path.pop()
        elif isinstance(node, list):
            sign_of_options = " " if any(map(is_option, node)) else None
            self._items(node, names, below, named, depth, sign_of_options)
        elif named and _is_told(node):
            self.found.append((tuple(self._path), kind_of(node)))

    def _items(  # what is carried along, and the sign
        self,
        items: list[object],
        names: tuple[str, ...],
        below: dict[str, _Step],
        named: bool,
        depth: int,
        sign: str | None,
    ) -> None:
        """`sign` is what stands between them where they make one text together, or the arguments of one command."""
        path = self._path
        before: object = None
        given = _given_in_pieces(items, sign) if sign is not None else {}
        for place, child in enumerate(items):
            flag, before = before, child
            path.append(place)
            if place in given:
                self.found.append((tuple(path), given[place]))
            else:
                inside = named or (_asks_for_secret(flag) and not is_option(child))
                self.look(child, names, below, inside, depth + 1)
            path.pop()


_MOST_BELOW = 2_000


def _is_called_secret(node: Mapping[str, object], names: tuple[str, ...]) -> bool:
    """Whether what stands beside a value, below these names, calls it one."""
    name = next((name for key in _BESIDE if isinstance(name := node.get(key), str)), None)
    return name is not None and (speaks_of_secret(name) or _is_header_of_caller((*names, name)))


_SIGN_AND_PIECES = 2


def _given_in_pieces(pieces: Sequence[object], sign: str) -> dict[int, str]:
    """Which texts hold a part of what detectors find in all together and in none alone, and of what kind it is.

    Such as `["postgres://app:", "word", "@", {"Ref": "Host"}]`, or `["curl", "-u", "app:word"]`.
    """
    spans: list[tuple[int, int, int]] = []
    text = ""
    for place, piece in enumerate(pieces):
        start = len(text)
        text += piece if isinstance(piece, str) else "${x}"
        if isinstance(piece, str) and piece.strip():
            spans.append((start, len(text), place))
        text += sign
    return {
        place: kind
        for first, last, kind in detected(text)
        for start, end, place in spans
        if first < end and start < last and not (start <= first and last <= end and _is_found_alone(text[start:end]))
    }


def _is_found_alone(text: str) -> bool:
    return any(True for _ in detected(text))


def is_option(item: object) -> bool:
    """Whether an item of a command is an option, which has its value in the next."""
    return isinstance(item, str) and _FLAG.fullmatch(item) is not None


def _asks_for_secret(item: object) -> bool:
    return isinstance(item, str) and is_option(item) and speaks_of_secret(item.lstrip("-"))


_FLAG = re.compile(r"--?[A-Za-z][\w-]{0,60}")


def _is_said_secret(node: Mapping[str, object]) -> bool:
    """`IsValueSecret` of the parameters of a connection ("ConnectionHttpParameters", EventBridge API Reference)."""
    return str(node.get("IsValueSecret")).lower() == "true"


def _is_header_of_caller(names: tuple[str, ...]) -> bool:
    """Whether it is the header that signs a caller in, among parameters of a request."""
    return names[-1].lower().endswith("authorization") and not _CALLING.isdisjoint(names[:-1])


_CALLING = frozenset({"HeaderParameters", "RequestParameters"})
_DEEPEST = 200


# `TokenValidityUnits: {AccessToken: minutes}`: a rule asks for the unit, and a unit is nobody's secret.
_UNITS = frozenset({"seconds", "minutes", "hours", "days"})


def _is_told(value: object) -> bool:
    if isinstance(value, str):
        return value not in _UNITS and not is_reference(value) and _REDACTED.fullmatch(value) is None
    return isinstance(value, int | float) and not isinstance(value, bool)


KUBERNETES = "Kubernetes::"
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def _is_secret_of_cluster(type_name: str, names: tuple[str, ...]) -> bool:
    """Whether all that stands at the path of an object is secret: of a Secret its data, of a container its variables.

    ("Secrets", "Define Environment Variables for a Container".) `kubectl apply` keeps the whole object in an
    annotation, with all secrets that it had.
    """
    if len(names) < 2:  # noqa: PLR2004  # the name and what it stands in
        return False
    if names[-2:] == ("annotations", _APPLIED):
        return True
    if type_name == "Kubernetes::core::Secret" and names[0] in ("data", "stringData"):
        return True
    return names[-2:] == ("env", "value")


def _is_named(names: tuple[str, ...]) -> bool:
    return any(name in _NAMES for name in names) or _is_setting(names)


@lru_cache(4_096)
def _is_name_of_secret(type_name: str, names: tuple[str, ...]) -> bool:
    """By the last of the names; those above have been asked."""
    if not names:
        return False
    if type_name.startswith(KUBERNETES) and _is_secret_of_cluster(type_name, names):
        return True
    if names[-1] in _NAMES or _is_setting(names):
        return True
    if type_name.startswith(("AWS::", "Alexa::")) and type_name != "AWS::CloudFormation::CustomResource":
        if (type_name, names) in _BY_TYPE:
            return True
        if _is_header_of_caller(names):
            return True
        if not speaks_of_secret(names[-1]):
            return False
        # Below what a type leaves open, such as a map of parameters, names are the user's own.
        if any(name in _OPEN for name in names[:-1]):
            return True
        facts = type_facts(type_name)
        return facts is not None and ".".join(names) in (each.replace(".*", "") for each in facts.write_only)
    return speaks_of_secret(names[-1])


# Maps whose keys are the user's own.
_OPEN = frozenset(
    {
        "Parameters",
        "DefaultArguments",
        "ConnectionProperties",
        "ProviderDetails",
        "Labels",
        "DockerLabels",
        "Options",
        "Metadata",
        "AirflowConfigurationOptions",
        "Configuration",
        "DefinitionSubstitutions",
        "HyperParameters",
        "GlobalParameters",
        "InputParameters",
        "Variables",
        "ContextData",
        "Arguments",
        "BodyParameters",
        "ConfigurationProperties",
        "ConnectorConfiguration",
        "HeaderParameters",
        "NonOverridableArguments",
        "PropertyMap",
        "QueryStringParameters",
        "RequestParameters",
        # Tasks of maintenance windows, and steps of documents (Systems Manager).
        "TaskParameters",
        "inputs",
    }
)
# Neither their names nor CloudFormation's schemas say of these that they are secret; the references of the services do.
_BY_TYPE = frozenset(
    (type_name, tuple(path.split(".")))
    for type_name, paths in {
        "AWS::ApiGateway::ApiKey": ("Value",),
        "AWS::AppFlow::ConnectorProfile": (
            "ConnectorProfileConfig.ConnectorProfileCredentials.Amplitude.ApiKey",
            "ConnectorProfileConfig.ConnectorProfileCredentials.CustomConnector.ApiKey.ApiKey",
            "ConnectorProfileConfig.ConnectorProfileCredentials.CustomConnector.ApiKey.ApiSecretKey",
            "ConnectorProfileConfig.ConnectorProfileCredentials.Datadog.ApiKey",
            "ConnectorProfileConfig.ConnectorProfileCredentials.Singular.ApiKey",
            "ConnectorProfileConfig.ConnectorProfileCredentials.Trendmicro.ApiSecretKey",
        ),
        "AWS::AppSync::ApiKey": ("ApiKeyId",),
        "AWS::DevOpsAgent::Service": ("ServiceDetails.MCPServerNewRelic.AuthorizationConfig.ApiKey.ApiKey",),
        "AWS::InspectorV2::CodeSecurityIntegration": ("CreateIntegrationDetails.gitlabSelfManaged.accessToken",),
        "AWS::Invoicing::ProcurementPortalPreference": ("TestEnvPreference.ProcurementPortalSharedSecret",),
        "AWS::MediaLive::Channel": (
            "EncoderSettings.OutputGroups.OutputGroupSettings.HlsGroupSettings.HlsCdnSettings.HlsAkamaiSettings.Token",
        ),
        "AWS::Pinpoint::APNSChannel": ("TokenKey",),
        "AWS::Pinpoint::APNSSandboxChannel": ("TokenKey",),
        "AWS::Pinpoint::APNSVoipChannel": ("TokenKey",),
        "AWS::Pinpoint::APNSVoipSandboxChannel": ("TokenKey",),
        "AWS::Pinpoint::BaiduChannel": ("ApiKey",),
        "AWS::Pinpoint::GCMChannel": ("ApiKey",),
        "AWS::QuickSight::ActionConnector": (
            "AuthenticationConfig.AuthenticationMetadata.ApiKeyConnectionMetadata.ApiKey",
        ),
        "AWS::SSM::Parameter": ("Value",),
    }.items()
    for path in paths
)


def _is_setting(names: tuple[str, ...]) -> bool:
    return any(names[at : at + size] in _SETTINGS for size in (1, 2) for at in range(len(names) - size + 1))


def _names(keys: Sequence[str | int]) -> tuple[str, ...]:
    return tuple(key for key in keys if isinstance(key, str) and _is_name(key))


def _is_name(key: str) -> bool:
    return key not in _NO_NAMES and not key.startswith("Fn::")


def _holds_secret(value: object) -> bool:
    if isinstance(value, dict):
        return any((key in _NAMES and not is_reference(child)) or _holds_secret(child) for key, child in value.items())
    return isinstance(value, list) and any(_holds_secret(child) for child in value)


__all__ = [
    "PLACEHOLDER",
    "PLAIN",
    "SETTING",
    "VALUES",
    "decoded",
    "detected",
    "is_option",
    "is_reference",
    "is_secret",
    "kind_of",
    "redaction",
    "scrubbed",
    "secret_places",
    "speaks_of_secret",
    "without_secrets",
]
