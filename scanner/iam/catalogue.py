"""Every AWS action: access level, resource types, condition keys, and whether a request carries a given key.

Compiled by `scripts/compile_actions.py` into `actions.jsonl`, one line a service, decoded only when asked for. The
first line is the header, each other one a list of

- the service prefix,
- its condition keys: `[key, type]`,
- its resource types: `[name, ARN, [key...]]`,
- its actions: `[name, access level, [key...], [[resource type, required, [key...]]...]]`,

where a key or resource type inside a list is its position in the list before. The facts are those of AWS's "Service
Authorization Reference" on `date`. An action that is younger is unknown here, which is not the same as no action.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import field
from functools import lru_cache
from typing import Any, Literal

from scanner.base.record import mutable, record
from scanner.iam.key_presence import KeyNames, KeyPresence, Presence, PresenceLine, key_presence
from scanner.shipped_data import data_file

AccessLevel = Literal["List", "Read", "Write", "Tagging", "Permissions management"]

# Claims that AWS STS keeps in the session, so later requests carry them; all others are seen while the role is assumed
# and never again ("IAM and AWS STS condition context keys": OIDC federation, SAML role permissions policies).
_OIDC_SESSION_CLAIMS = frozenset({"amr", "aud", "sub", "id", "app_id", "user_id"})
_SAML_SESSION_CLAIMS = frozenset({"namequalifier", "sub", "sub_type"})
# "AWS global condition context keys": those used with Boolean operators.
_GLOBAL_BOOLEANS = frozenset(
    {
        "aws:multifactorauthpresent", "aws:principalisawsservice", "aws:securetransport",
        "aws:viaawsmcpservice", "aws:viaawsservice",
    }
)  # fmt: skip
_CACHED_MATCHES = 250_000  # actions over all remembered patterns; some 2 MB
_LONGEST_NAME = 256  # no action or service is nearly as long, so a longer pattern matches none


@record
class ActionResource:
    """A resource type an action works on; `arn` has holes such as `${Account}`, empty where AWS gives none.

    `required` means that the action cannot be allowed without naming such a resource.
    """

    name: str
    arn: str
    required: bool
    condition_keys: tuple[str, ...]


@record
class Action:
    """`name` is in AWS's own spelling, `dynamodb:GetItem`; `condition_keys` include those of its resource types."""

    name: str
    access_level: AccessLevel
    resources: tuple[ActionResource, ...]
    condition_keys: tuple[str, ...]


@mutable
class _Service:
    """One decoded line; actions become objects when asked for."""

    prefix: str
    keys: list[tuple[str, str | None]]
    resources: list[tuple[str, str, list[int]]]
    rows: dict[str, tuple[str, AccessLevel, list[int], list[tuple[int, int, list[int]]]]]
    built: dict[str, Action] = field(default_factory=dict)
    shared: dict[tuple[int, int, tuple[int, ...]], ActionResource] = field(default_factory=dict)
    typed: KeyNames | None = None

    def action(self, lower_name: str) -> Action | None:
        found = self.built.get(lower_name)
        if found is None and lower_name in self.rows:
            found = self.built[lower_name] = self._build(lower_name)
        return found

    def _build(self, lower_name: str) -> Action:
        name, level, own, targets = self.rows[lower_name]
        listed = set(own)
        resources = []
        for at, required, extra in targets:
            listed.update(extra, self.resources[at][2])
            resources.append(self._resource(at, required, extra))
        keys = tuple(self.keys[at][0] for at in sorted(listed))
        return Action(f"{self.prefix}:{name}", level, tuple(resources), keys)

    def _resource(self, at: int, required: int, extra: list[int]) -> ActionResource:
        same = (at, required, tuple(extra))
        found = self.shared.get(same)
        if found is None:
            name, arn, own = self.resources[at]
            keys = tuple(self.keys[key][0] for key in sorted({*own, *extra}))
            found = self.shared[same] = ActionResource(name, arn, bool(required), keys)
        return found

    def key_type(self, condition_key: str) -> str | None:
        if self.typed is None:
            self.typed = KeyNames(key for key, _ in self.keys)
        name = self.typed.find(condition_key)
        return dict(self.keys)[name] if name else None

    def unplaced(self) -> Iterator[str]:
        """Keys that the service defines and lists with no action at all."""
        used: set[int] = set()
        for _, _, own, targets in self.rows.values():
            used.update(own)
            for at, _, extra in targets:
                used.update(extra, self.resources[at][2])
        return (key for at, (key, _) in enumerate(self.keys) if at not in used)


class Catalogue:
    """All services. Names, patterns and keys are compared without case, as IAM does."""

    def __init__(self, text: bytes, table: KeyPresence) -> None:
        head, *lines = text.splitlines()
        header: dict[str, Any] = json.loads(head)
        self.date: str = header["date"]
        self.source: str = header["source"]
        self.check: dict[str, int | str] = header["check"]
        self._rcp_services = frozenset(header["resource_control_policies"])
        self._lines: dict[str, bytes] = dict(zip(header["services"], lines, strict=True))
        self._decoded: dict[str, _Service] = {}
        self._listed: dict[str, KeyNames] = {}
        self._unplaced: dict[str, KeyNames] = {}
        self._matches: dict[str, tuple[Action, ...]] = {}
        self._remembered = 0
        self._table = table

    def services(self) -> tuple[str, ...]:
        """Every service prefix, sorted."""
        return tuple(self._lines)

    def supports_resource_control_policies(self, service: str) -> bool:
        """Whether RCPs bind requests to the service, by its prefix: the catalogue's own list; no other service is bound
        by one."""
        return service.lower() in self._rcp_services

    def action(self, name: str) -> Action | None:
        """The action of this name, or None where the catalogue has none (a typo, or younger than `date`)."""
        prefix, colon, rest = name.lower().partition(":")
        service = self._service(prefix) if colon else None
        return service.action(rest) if service else None

    def matching(self, pattern: str) -> tuple[Action, ...]:
        """The actions an `Action` element matches: `dynamodb:*`, `s3:Get*`, `ec2:Describe?pcs`, `*`; sorted by name."""
        lower = pattern.lower()
        found = self._matches.get(lower)
        if found is None:
            found = tuple(self._find(lower))
            self._remembered += len(found) + 1
            if self._remembered > _CACHED_MATCHES:
                self._matches.clear()
                self._remembered = len(found) + 1
            self._matches[lower] = found
        return found

    def _find(self, pattern: str) -> Iterator[Action]:
        prefix, colon, rest = pattern.partition(":")
        if not colon:
            # Every name has a colon, so without one only stars can match.
            if not pattern or pattern.strip("*"):
                return
            rest = "*"
        matches_service, matches_name = _matcher(prefix), _matcher(rest)
        for name in self._lines:
            service = self._service(name) if matches_service(name) else None
            for lower_name in service.rows if service else ():
                action = service.action(lower_name) if service and matches_name(lower_name) else None
                if action:
                    yield action

    def presence(self, action: str, condition_key: str) -> Presence:
        """Whether a request for `action`, signed by an IAM principal, carries `condition_key`.

        `action` is one name, not a pattern. Where nothing is known, of a name the catalogue lacks or a key of a
        service it lacks, the answer is `sometimes`: both cases must then be tried.
        """
        known = self.action(action)
        if known is None:
            return "sometimes"
        line = self._table.line(known.name, condition_key)
        if line is not None:
            return line.presence
        if self._lists(known, condition_key):
            return "sometimes"
        return self._unlisted(known, condition_key.lower())

    def evidence(self, action: str, condition_key: str) -> PresenceLine | None:
        """The hand-written line behind `presence`, if it is not the listing that decides."""
        known = self.action(action)
        return self._table.line(known.name, condition_key) if known else None

    def multivalued(self, condition_key: str) -> bool | None:
        """Whether a request can carry several values of the key at once; None for a key AWS does not describe."""
        lower = condition_key.lower()
        if lower in self._table.multivalued:
            return True
        prefix = lower.partition(":")[0]
        service = self._service(prefix) or (self._service("sts") if _is_federated(prefix) else None)
        if service is None:
            return False if self._table.knows(condition_key) else None
        kind = service.key_type(condition_key)
        return kind.startswith("ArrayOf") if kind else None

    def type_of(self, condition_key: str) -> str | None:
        """The type that the reference gives a key, such as `Bool`; None for a key that it does not describe."""
        prefix = condition_key.lower().partition(":")[0]
        if prefix == "aws":
            return "Bool" if condition_key.lower() in _GLOBAL_BOOLEANS else None
        service = self._service(prefix)
        return service.key_type(condition_key) if service else None

    def _unlisted(self, action: Action, key: str) -> Presence:
        """Presence of a key that neither the table nor the listing of `action` has."""
        prefix, colon, name = key.partition(":")
        if not colon:
            return "never"  # every key of a request has a prefix
        if prefix == "aws":
            return _unlisted_global(action, name)
        if _is_federated(prefix):
            return _unlisted_claim(action, prefix, key.rpartition(":")[2])
        service = self._service(prefix)
        if service is None:
            return "sometimes"
        if action.name.lower().startswith(f"{prefix}:") and self._unplaced_keys(service).find(key):
            return "sometimes"  # defined by the service, but without saying for which actions
        return "never"

    def _lists(self, action: Action, condition_key: str) -> bool:
        names = self._listed.get(action.name)
        if names is None:
            names = self._listed[action.name] = KeyNames(action.condition_keys)
        return names.find(condition_key) is not None

    def _unplaced_keys(self, service: _Service) -> KeyNames:
        names = self._unplaced.get(service.prefix)
        if names is None:
            names = self._unplaced[service.prefix] = KeyNames(service.unplaced())
        return names

    def _service(self, prefix: str) -> _Service | None:
        found = self._decoded.get(prefix)
        if found is None and prefix in self._lines:
            name, keys, resources, rows = json.loads(self._lines[prefix])
            found = self._decoded[prefix] = _Service(name, keys, resources, {row[0].lower(): row for row in rows})
        return found


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The shipped catalogue, read once."""
    return Catalogue(data_file("actions.jsonl").read_bytes(), key_presence())


def _is_federated(prefix: str) -> bool:
    return prefix == "saml" or "." in prefix


def _unlisted_global(action: Action, name: str) -> Presence:
    if name == "tagkeys" or name.startswith("requesttag/"):
        return "never"  # only calls that can pass tags have them, and those list them
    if name.startswith("resourcetag/"):
        # The listing is known to lag behind what services support, so only an action on no resource surely lacks it.
        return "sometimes" if action.resources else "never"
    return "sometimes"


def _unlisted_claim(action: Action, prefix: str, claim: str) -> Presence:
    if prefix == "saml":
        return "sometimes" if claim in _SAML_SESSION_CLAIMS else "never"
    if action.name == "sts:AssumeRoleWithWebIdentity":
        return "sometimes"  # providers outside the reference, such as a cluster's own, may send any claim
    return "sometimes" if claim in _OIDC_SESSION_CLAIMS else "never"


def _matcher(pattern: str) -> Callable[[str], bool]:
    """A test for names in which `*` stands for any run of characters and `?` for one."""
    literal = pattern.rstrip("*")
    if "*" not in literal and "?" not in literal:
        return literal.__eq__ if literal == pattern else lambda name: name.startswith(literal)
    if sum(character != "*" for character in pattern) > _LONGEST_NAME:
        return lambda _: False
    return lambda name: _matches(pattern, name)


def _matches(pattern: str, name: str) -> bool:
    """Greedy with one point of return, so the time is at most pattern length times name length."""
    at, star = 0, -1
    here = resume = 0
    while here < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, here
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", name[here]):
            at += 1
            here += 1
        elif star >= 0:
            resume += 1
            at, here = star + 1, resume
        else:
            return False
    return not pattern[at:].strip("*")
