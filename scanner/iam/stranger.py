"""What somebody of no account, organisation or network of one's own can put into a request.

A stranger has an account, an organisation, a VPC, an endpoint and a public address of its own, and chooses whatever a
caller chooses: tags of its own principals, request parameters, headers. What the service fills in about the caller,
it cannot choose. Which keys those are is taken from "AWS global condition context keys" (IAM User Guide), and for keys
of services from the pages of the "Service Authorization Reference".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

from scanner.base.record import record
from scanner.iam.policy_document import Condition
from scanner.iam.terms import ARN_SEGMENTS
from scanner.iam.wildcards import Wild, wild_tokens
from scanner.model.number_text import number_of

# A value of a request, a list for a key with several values, or None for a key that it does not carry.
Value = str | list[str] | None
ABSENT: Value = None
_WORD = "stranger"
_MOST_STATES = 20_000
# "Resource IDs" (EC2 User Guide) and `OrganizationId` (Organizations API): eight and ten characters at least.
_SHORTEST_ID = 8
# "Blocking public access to your Amazon S3 storage": networks wider than these are everybody's.
_NARROWEST_PUBLIC = {4: 7, 6: 31}
# Public addresses to call from, of networks that belong to nobody in particular: the first that no policy names.
_ADDRESSES = ("192.0.2.77", "198.51.100.77", "8.8.4.4", "93.184.216.34", "151.101.1.69", "2001:db8::77")
_ACCOUNTS = ("700070007000", "700170017001", "700270027002", "700370037003")
_OWN_ACCOUNTS = ("300030003000", "300130013001", "300230023002", "300330033003")


@record
class Stranger:
    """Names that no document in question mentions. `own` is the account of the resource that is asked about."""

    account: str
    own: str
    organisation: str = "o-stranger00"
    arn: str = field(default="")

    @classmethod
    def to(cls, words: str) -> Stranger:
        """One whom a text, that of the document, does not name."""
        account = next((each for each in _ACCOUNTS if each not in words), _ACCOUNTS[0])
        own = next((each for each in _OWN_ACCOUNTS if each not in words), _OWN_ACCOUNTS[0])
        return cls(account, own, arn=f"arn:aws:iam::{account}:role/{_WORD}")

    def values(self, key: str, conditions: Sequence[Condition]) -> list[Value]:
        """What it may present under a key, in lower case, in view of the conditions that read it; no value twice."""
        fixed = self._fixed(key, conditions)
        found = fixed if fixed is not None else list(_chosen(conditions))
        return [value for index, value in enumerate(found) if value not in found[:index]]

    def at(self, conditions: Sequence[Condition]) -> Iterable[Value]:
        """What whoever is inside the networks of the conditions presents."""
        return _chosen(conditions)

    def chooses(self, key: str) -> bool:
        """Whether the value of the key, in lower case, is up to the caller."""
        return self._fixed(key, ()) is None

    def _fixed(self, key: str, conditions: Sequence[Condition]) -> list[Value] | None:
        """For a key that the service fills in; None for one whose value the caller chooses."""
        if key in ("aws:sourceip",):
            return [*_addresses(conditions), ABSENT]
        patterns = [value for one in conditions for value in one.values.items if isinstance(value, str)]
        if key in _ARNS:
            accounts = self.accounts(each.split(":")[4] for each in patterns if each.count(":") >= ARN_SEGMENTS - 1)
            bounds = [each.replace("ACCOUNT", account) for each in _ARNS[key] for account in accounts]
            met = [word for bound in bounds for pattern in patterns for word in arn_witnesses(pattern, bound)]
            # One of its own whatever the policy says: what is unknown in a pattern may match it.
            mine = [word for bound in bounds if (word := witness(bound, "*")) is not None]
            return [self.arn, *met] if key == "aws:principalarn" else [ABSENT, *mine, *met]
        if key == "aws:userid":
            own = f"AROASTRANGER0000:{_WORD}"
            return [own, *(word for each in patterns if (word := witness(each, "AROASTRANGER0000:*")) is not None)]
        if key in ("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"):
            heads = (each.partition("/")[0] for each in patterns)
            owners = (self.organisation, *_namesakes("o-", heads))
            return [*([f"{owner}/r-{_WORD}/ou-{_WORD}/"] for owner in owners), ABSENT]
        if key in ("aws:principalaccount", "kms:calleraccount"):
            return [*self.accounts(patterns)]
        if key == "aws:resourceaccount":
            return [self.own]
        if key in ("aws:resourceorgid", "aws:resourceorgpaths"):
            # That of the owner, which a policy may name: it tells the resource, not the caller.
            return [*(word for word in map(_instance, patterns) if "${" not in word), "o-owner00000", ABSENT]
        if key in _ABOUT_CALLER:
            return [each for value in _ABOUT_CALLER[key] for each in self._named(value, patterns)]
        # Claims of a token that somebody else issues, such as `accounts.google.com:sub`.
        return [_WORD, ABSENT] if ":" in key and "." in key.partition(":")[0] else None

    def accounts(self, patterns: Iterable[str]) -> list[str]:
        """Its account, and for each pattern with a wildcard one more that meets it: `1*` is a tenth of all accounts."""
        met = (witness(each, "?" * len(self.account)) for each in patterns)
        filled = (_filled(each, self.account) for each in met if each is not None and "x" in each)
        return list(dict.fromkeys((self.account, *filled)))

    def _named(self, value: str | None, patterns: Sequence[str]) -> Iterable[Value]:
        if value == "ACCOUNT":
            yield from self.accounts(patterns)
            return
        yield value
        if value is not None:
            prefix, dash, _ = value.partition("-")
            yield from _namesakes(prefix + dash, patterns if dash else ())


_ARNS = {
    "aws:principalarn": ("arn:aws:iam::ACCOUNT:*", "arn:aws:sts::ACCOUNT:*"),
    # A bucket's ARN has no account, so another's bucket is one of another name.
    "aws:sourcearn": ("arn:aws:*:*:ACCOUNT:*", f"arn:aws:s3:::*{_WORD}*"),
    "aws:sourcevpcarn": ("arn:aws:ec2:*:ACCOUNT:vpc/*",),
    "s3:dataaccesspointarn": ("arn:aws:s3:*:ACCOUNT:accesspoint/*",),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": ("arn:aws:kms:*:ACCOUNT:key/*",),
    "aws:ssmsourceinstancearn": ("arn:aws:ec2:*:ACCOUNT:instance/*",),
}
_ABOUT_CALLER: dict[str, tuple[str | None, ...]] = {
    "aws:principalorgid": ("o-stranger00", None),
    "aws:principalisawsservice": ("false",),
    "aws:principalservicename": (None,),
    "aws:principalservicenameslist": (None,),
    "aws:sourceaccount": ("ACCOUNT", None),
    "aws:sourceowner": ("ACCOUNT", None),
    "aws:sourceorgid": ("o-stranger00", None),
    "aws:sourcevpc": ("vpc-0stranger", None),
    "aws:sourcevpce": ("vpce-0stranger", None),
    "aws:ec2instancesourcevpc": ("vpc-0stranger", None),
    "aws:vpceaccount": ("ACCOUNT", None),
    "aws:vpceorgid": ("o-stranger00", None),
    # "Blocking public access to file systems": only a mount target, inside the VPC, makes it true.
    "elasticfilesystem:accessedviamounttarget": ("false", None),
    "s3:dataaccesspointaccount": ("ACCOUNT", None),
    # "How to use an external ID": agreed between two, so nobody else's guess.
    "sts:externalid": (_WORD, None),
}


def _chosen(conditions: Sequence[Condition]) -> Iterable[Value]:
    """Values that a caller would try: each that a condition names, what stands beside it, and none at all."""
    for condition in conditions:
        family = condition.operator.family
        for value in condition.values.items:
            if not isinstance(value, str):
                continue
            if family == "numeric":
                yield from _beside(value)
            elif family == "ip":
                yield from _inside(value)
            elif family != "null":
                yield _instance(value)
        if family == "bool":
            yield from ("true", "false")
        if family == "date":
            yield from ("1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z")
        if family in ("ip", "numeric"):
            yield from ("10.77.7.7", "0")
    yield _WORD
    yield ABSENT


def _filled(pattern: str, digits: str) -> str:
    return "".join(digit if each == "x" else each for each, digit in zip(pattern, digits, strict=True))


def _namesakes(prefix: str, patterns: Iterable[str]) -> Iterable[str]:
    """Ids of its own that begin as the one meant; what AWS makes of an id is as long as one at least."""
    for pattern in patterns:
        head = pattern.partition("*")[0].partition("?")[0]
        if head != pattern and len(head.removeprefix(prefix)) < _SHORTEST_ID:
            met = witness(pattern, f"{prefix}*")
            if met is not None:
                yield met


def _beside(value: str) -> Iterable[str]:
    yield value
    number = number_of(value)
    if number is None:
        return
    yield from (repr(number - 1), repr(number + 1))


def _inside(value: str) -> Iterable[str]:
    from ipaddress import ip_network  # 3 ms, and few policies name addresses

    try:
        yield str(ip_network(value, strict=False).network_address)
    except ValueError:
        return


def _addresses(conditions: Sequence[Condition]) -> Iterable[str]:
    """Addresses to call from: one outside all networks that are somebody's, and one in each that is everybody's."""
    from ipaddress import ip_address, ip_network

    networks = []
    for condition in conditions:
        for value in condition.values.items:
            try:
                networks.append(ip_network(value, strict=False) if isinstance(value, str) else None)
            except ValueError:
                continue
    known = [each for each in networks if each is not None]
    narrow = [each for each in known if each.prefixlen > _NARROWEST_PUBLIC[each.version]]
    for address in _ADDRESSES:
        if not any(ip_address(address) in each for each in narrow):
            yield address
    for each in known:
        if each not in narrow:
            yield str(each.network_address + 0x08080404 % each.num_addresses)


def _instance(pattern: str) -> str:
    """A string that the pattern matches, as one of its values would be written."""
    return pattern.replace("*", _WORD).replace("?", "x")


def witness(first: str, second: str) -> str | None:
    """The shortest string that two patterns with `*` and `?` both match, or None."""
    left, right = _flat(first), _flat(second)
    start = (0, 0)
    seen: dict[tuple[int, int], tuple[tuple[int, int], str]] = {}
    queue = [start]
    for place in queue:
        if len(seen) > _MOST_STATES:
            return None
        i, j = place
        if i == len(left) and j == len(right):
            return _walked(seen, place)
        here = left[i] if i < len(left) else None
        there = right[j] if j < len(right) else None
        steps: list[tuple[tuple[int, int], str]] = []
        if here is Wild.STAR:
            steps.append(((i + 1, j), ""))
        if there is Wild.STAR:
            steps.append(((i, j + 1), ""))
        if here is not None and there is not None:
            after = (i if here is Wild.STAR else i + 1, j if there is Wild.STAR else j + 1)
            if not isinstance(here, str):
                if not (here is Wild.STAR and there is Wild.STAR):
                    steps.append((after, there if isinstance(there, str) else "x"))
            elif not isinstance(there, str) or here == there:
                steps.append((after, here))
        for step, character in steps:
            if step not in seen and step != start:
                seen[step] = (place, character)
                queue.append(step)
    return None


def arn_witnesses(pattern: str, bound: str) -> Iterable[str]:
    """ARNs that both match: segment by segment, and where wildcards of the pattern reach over colons."""
    mine, theirs = pattern.split(":", ARN_SEGMENTS - 1), bound.split(":", ARN_SEGMENTS - 1)
    if len(mine) == ARN_SEGMENTS:
        segments = [witness(one, two) for one, two in zip(mine, theirs, strict=True)]
        if None not in segments:
            yield ":".join(each for each in segments if each is not None)
    whole = witness(pattern, bound)
    if whole is not None:
        found = whole.split(":", ARN_SEGMENTS - 1)
        if len(found) == ARN_SEGMENTS and all(
            witness(one, two) is not None for one, two in zip(found, theirs, strict=True)
        ):
            yield whole


def _walked(seen: dict[tuple[int, int], tuple[tuple[int, int], str]], place: tuple[int, int]) -> str:
    characters: list[str] = []
    while place in seen:
        place, character = seen[place]
        characters.append(character)
    return "".join(reversed(characters))


def _flat(pattern: str) -> list[str | Wild]:
    return [one for token in wild_tokens(pattern) for one in (token if isinstance(token, str) else (token,))]
