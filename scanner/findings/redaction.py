"""A report for eyes outside: what names an organisation is hidden, what was judged stays.

Accounts, names of resources, roles, tenants, people, files, parameters, domains and addresses become tokens such as
`account-1` or `name-14`: the same name the same token everywhere in one report. Tokens are numbers in the order of
appearance and no digests, so that nothing can be found by trying; they mean nothing in another report. Sentences that
people wrote (reasons, statements) and lines of source are left out whole, for no list of names is ever complete.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast, is_typeddict

from scanner.findings import report_document
from scanner.findings.fix_text import is_of_rule
from scanner.findings.name_search import KnownNames
from scanner.findings.report_document import ReportDocument

LEFT_OUT = "(left out)"
# Fields whose words are the report's or AWS's own, and never a name.
_CLOSED = frozenset(
    (
        "as_of", "at", "basis", "cause", "controls", "date", "decision", "digest", "ended", "exit_code", "fail_on",
        "framework", "frameworks", "from", "generated_at", "hides", "kind", "layer", "level", "origin", "over", "reach",
        "references", "regions", "region", "required", "rule", "rules", "rules_digest", "schema", "severity", "sha256",
        "started", "state", "status", "theorem", "to", "unknown_fails", "until", "verdict", "version", "first_seen",
        "skip", "select", "source_kind",
    )
)  # fmt: skip
# Sentences of people.
_SPOKEN = frozenset(("because", "compensating", "statement", "reason"))
# Paths and addresses, each part of which is a name.
_PLACES = frozenset(("address", "path", "principal", "construct_path", "stack", "role"))
# Sentences of ours, in which names stand between backticks or are known from elsewhere.
_SENTENCES = frozenset(("message", "detail", "what", "hint", "assumptions", "fix"))
# Neither a name nor a place for one that is not known from elsewhere.
_TOLD = frozenset(("type", "action", "title", "explanation", "fingerprint", "id", "line", "why_no_deny"))
# Tables whose keys are names.
_KEYED = frozenset(("parameters", "tenants", "accounts", "from", "indexes"))
# What kind of token a field's whole value becomes.
_WHOLE = {
    "account": "account", "approved_by": "person", "attachment": "file", "by": "run", "commit": "commit",
    "entity": "organisation", "logical_id": "name", "owner": "person",
    "period": "period", "policy": "name", "system": "system", "tenant": "tenant",
    "ticket": "ticket", "caller_tenant": "tenant", "owner_tenant": "tenant", "table": "name", "bucket": "name",
    "function": "name", "name": "name", "stage": "name",
}  # fmt: skip
_ARN = re.compile(r"arn:aws[a-z-]*:[^\s`\"',;()\[\]{}<>]*(?:\$\{[^}]*\}[^\s`\"',;()\[\]{}<>]*)*")
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_V4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_V6 = re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+"
_URL = re.compile(rf"(?<=//){_HOST}[A-Za-z]{{2,24}}")
# Without a scheme only under a known end: `context.authorizer` is no domain.
_DOMAIN = re.compile(
    rf"(?<![\w./@-]){_HOST}(?:com|net|org|info|biz|gov|edu|mil|int|eu|io|ai|co|dev|app|cloud|tech|online|site|store|xyz|"
    "page|health|healthcare|care|clinic|hospital|doctor|dental|medical|surgery|pharmacy|example|test|invalid|local|"
    "localdomain|internal|corp|lan|home|at|au|be|br|ca|ch|cz|de|dk|es|fi|fr|ie|il|in|it|jp|kr|mx|nl|no|nz|pl|pt|se|sg|"
    r"uk|us|za)(?![\w-])"
)
_SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com")
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_QUOTED = re.compile(r"`([^`\n]+)`")
_NAMED = re.compile(r"\b(?:parameter|condition|mapping|export|import|tenant|stack)s? `([^`\n]+)`")
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_PROPERTIES = re.compile(r"[A-Z][A-Za-z0-9]*(?:\[[0-9*]*\]|\.[A-Z][A-Za-z0-9]*)*")
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9*?/_-]+")
_PART = re.compile(r"[^/#:]+")
_DISTINCT = re.compile(r"[a-z][A-Z]|[0-9_.@-]")
_FILES = frozenset(("yaml", "yml", "json", "ts", "js", "py", "template", "txt", "md", "toml", "tf", "sql", "html"))
# Words of ARNs, of paths and of AWS that a name may be, and that hide nothing.
_OURS = frozenset(
    [
        "role",
        "user",
        "group",
        "policy",
        "table",
        "index",
        "stream",
        "function",
        "layer",
        "key",
        "alias",
        "secret",
        "topic",
        "queue",
        "bucket",
        "object",
        "parameter",
        "assumed-role",
        "federated-user",
        "root",
        "session",
        "db",
        "cluster",
        "snapshot",
        "stack",
        "instance",
        "vpc",
        "subnet",
        "security-group",
        "rest",
        "api",
        "restapis",
        "log-group",
        "trail",
        "rule",
        "backup-vault",
        "userpool",
        "identitypool",
        "accesspoint",
        "oidc-provider",
        "saml-provider",
        "aws",
        "service-role",
        "standin",
        "default",
        "allow",
        "deny",
        "true",
        "false",
        "none",
        "null",
        "cdk",
        "out",
        "infra",
        "template",
        "src",
        "lib",
        "tenancy.yaml",
        "exceptions.yaml",
        "decisions.yaml",
        "template.yaml",
        "inferred",
    ]
)


def redact(report: ReportDocument) -> ReportDocument:
    """A report of the same form, in which no name of the given one is left."""
    names = _Names(_words(report), frozenset(_own_fixes(report)))
    for certain in (True, False):
        names.collect("", report, certain=certain)
    return cast("ReportDocument", names.hidden("", report))


def _own_fixes(report: ReportDocument) -> Iterator[str]:
    """The rules' own, also where what a provider calls their properties stands behind them: no name is in them."""
    for rule in report["rules"].values():
        yield rule["fix"]
    for each in report["findings"]:
        fix, own = each.get("fix", ""), report["rules"].get(each["rule"])
        if own is not None and is_of_rule(fix, own["fix"]):
            yield fix


def _words(report: ReportDocument) -> frozenset[str]:
    """Words that the rules use: a resource may be called so, and that tells nobody anything."""
    texts = (text for rule in report["rules"].values() for text in (rule["title"], rule["why"], rule["fix"]))
    return frozenset(word.lower() for text in texts for word in _WORD.findall(text)) | _OURS


class _Names:
    """The names found, each with its token."""

    def __init__(self, words: frozenset[str], kept: frozenset[str]) -> None:
        self._words = words
        self._kept = kept
        self._numbers: dict[str, int] = {}
        self._tokens: list[str] = []
        self._counts: dict[str, int] = {}
        self._known: KnownNames | None = None
        self._texts: dict[str, str] = {}
        self._distinct: set[str] = set()

    # What there is to hide.

    def collect(self, field: str, node: object, *, certain: bool) -> None:
        """First what is `certain` to be a name by where it stands or by its form, then what may be one."""
        if isinstance(node, Mapping):
            for key, value in node.items():
                name = str(key)
                if field in _KEYED:
                    self._name("account" if _ACCOUNT.fullmatch(name) else "name", name)
                if (name == "rules" and isinstance(value, Mapping)) or (name == "path" and "snippet" in node):
                    continue
                self.collect(name, value, certain=certain)
        elif isinstance(node, list | tuple):
            for each in node:
                self.collect(field, each, certain=certain)
        elif isinstance(node, str) and field not in _CLOSED | _SPOKEN | {"snippet"} and node not in self._kept:
            if certain:
                self._certain(field, node)
            else:
                self._possible(field, node)

    def _certain(self, field: str, text: str) -> None:
        for kind, found in _patterns(text):
            self._name(kind, found)
        for arn in _ARN.findall(text):
            self._arn(arn)
        if field in _PLACES:
            self._parts(text)
        elif field in _WHOLE:
            self._name(_WHOLE[field], text)
        elif field in _SENTENCES:
            for quoted in _NAMED.findall(text):
                self._name("name", quoted)

    def _possible(self, field: str, text: str) -> None:
        if field in _SENTENCES:
            for quoted in _QUOTED.findall(text):
                self._value(quoted)
        elif field not in _TOLD and field not in _PLACES and field not in _WHOLE:
            self._value(text)

    def _value(self, text: str) -> None:
        """A string of a template: a name, unless all its words are those of rules or of AWS."""
        plain = text.strip()
        if _PROPERTIES.fullmatch(plain) and not _ARN.search(plain) and "." in plain:
            return
        if _ACTION.fullmatch(plain) or _ARN.search(plain):
            return
        if all(word.lower() in self._words or word.isdigit() for word in _WORD.findall(plain)):
            return
        self._name("value", plain)

    def _parts(self, text: str) -> None:
        """A path or an address: the file as a whole, and each name in it."""
        path, _, below = text.partition("#")
        if not path.startswith("arn:"):
            self._name("file", path)
            for part in _PART.findall(path):
                stem = part.rpartition(".")[0] if part.rpartition(".")[2] in _FILES else part
                if stem.lower() not in self._words:
                    self._name("name", stem)
        for part in _PART.findall(below):
            self._name("name", part)

    def _arn(self, arn: str) -> None:
        _, _, _, _, account, rest = [*arn.split(":", 5), "", "", "", "", ""][:6]
        if account.isdigit():
            self._name("account", account)
        for part in _PART.findall(rest):
            name = part.removesuffix("-standin").strip("*?")
            if name and not name.startswith("${"):
                self._name("name", name)

    def _name(self, kind: str, text: str) -> None:
        name = text.strip().lower()
        if not name or not any(map(str.isalnum, name)) or name in _OURS or name in self._numbers:
            return
        if name.startswith("aws::") or (name.isdigit() and kind != "account"):
            return
        kind = "account" if _ACCOUNT.fullmatch(name) else kind
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self._numbers[name] = len(self._tokens)
        if len(name) >= _SHORT and _DISTINCT.search(text):
            self._distinct.add(name)
        self._tokens.append(f"{kind}-{self._counts[kind]}{_ending(text) if kind == 'file' else ''}")

    # What is left of it.

    def hidden(self, field: str, node: object) -> object:
        if isinstance(node, Mapping):
            if field == "rules":
                return self._rules(node)
            if field == "tool":
                return dict(node)
            keep = field in _SECTIONS
            return {
                (key if keep or str(key) in _FIELDS else self._text(str(key))): self.hidden(str(key), value)
                for key, value in node.items()
            }
        if field == "snippet":
            return []
        if isinstance(node, list | tuple):
            return [self.hidden(field, each) for each in node]
        if not isinstance(node, str):
            return node
        if field in _SPOKEN:
            return LEFT_OUT if node else node
        closed = (field in _CLOSED and not _ARN.search(node)) or (field == "type" and node.startswith("AWS::"))
        return node if closed or node in self._kept else self._text(node)

    def _rules(self, rules: Mapping[str, object]) -> object:
        """Rules are known to all, and are kept but for names that no common word can be."""
        known = self._searched(name for name in self._numbers if name in self._distinct)

        def told(node: object) -> object:
            if isinstance(node, Mapping):
                return {key: told(value) for key, value in node.items()}
            if isinstance(node, list):
                return [told(each) for each in node]
            return self._replaced(node, known) if isinstance(node, str) else node

        return {id_: told(rule) for id_, rule in rules.items()}

    def _text(self, text: str) -> str:
        known = self._texts.get(text)
        if known is None:
            known = self._texts[text] = self._hide(text)
        return known

    def _hide(self, text: str) -> str:
        if self._known is None:
            self._known = self._searched(self._numbers)
        return self._replaced(text, self._known)

    def _replaced(self, text: str, known: KnownNames) -> str:
        return known.replaced(text, lambda name: self._tokens[self._numbers[name]])

    def _searched(self, names: Iterable[str]) -> KnownNames:
        """A short name, or one that is a common word, is replaced as a word only."""
        return KnownNames(names, lambda name: len(name) < _SHORT or name in self._words)


_SHORT = 5


def _fields() -> frozenset[str]:
    """Keys that the report's form gives its tables."""
    kinds = (each for each in vars(report_document).values() if isinstance(each, type) and is_typeddict(each))
    return frozenset(name for kind in kinds for name in kind.__annotations__)


_FIELDS = _fields()
# Tables whose keys are the report's own.
_SECTIONS = frozenset(("", "verdicts", "open", "options"))


def _ending(path: str) -> str:
    ending = path.rpartition(".")[2].lower()
    return f".{ending}" if ending in _FILES else ""


def _patterns(text: str) -> Iterator[tuple[str, str]]:
    """What is told by its form, wherever it stands."""
    for found in _EMAIL.findall(text):
        yield "person", found
        yield "domain", found.partition("@")[2]
    yield from (("address", each) for each in _addresses(text))
    yield from (("account", each) for each in _ACCOUNT.findall(text))
    for found in (*_URL.findall(text), *_DOMAIN.findall(text)):
        if not _SERVICE.fullmatch(found) and found != "docs.aws.amazon.com":
            yield "domain", found


def _addresses(text: str) -> Iterable[str]:
    """Addresses of somebody: `0.0.0.0` and `::` are everybody's."""
    for found in (*_V4.findall(text), *_V6.findall(text)):
        try:
            address = ipaddress.ip_address(found)
        except ValueError:
            continue
        if not address.is_unspecified:
            yield found
