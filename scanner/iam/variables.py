"""Policy variables: a policy string taken apart into literals, wildcards, variables and holes.

From "IAM policy elements: Variables and tags" (IAM User Guide): variables exist in documents of version 2012-10-17
only, in `Resource` after the fifth colon and in string and ARN conditions; `${*}`, `${?}`, `${$}` are characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import field
from functools import lru_cache

from scanner.base.record import record
from scanner.iam.terms import Term
from scanner.iam.wildcards import Glob, GlobToken, Wild, wild_tokens
from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown

_COLONS_BEFORE_VARIABLES = 5
_ESCAPES = frozenset("*?$")
_WILD = frozenset("*?")
# "IAM policy elements: Variables and tags" tells of defaults, and not of wildcards in them.
_WILD_DEFAULT = Unknown("undeclared", "no document says whether a `*` in the default of a variable is a wildcard")
_WITH_DEFAULT = re.compile(r"\A([^,']+), '([^']*)'\Z")


@record
class Variable:
    """`${key}` or `${key, 'default'}`; `key` is lower case, as keys ignore case.

    `doubt` says why it is not known what the default stands for.
    """

    key: str
    default: str | None = None
    doubt: Unknown | None = None


Token = GlobToken | Variable | Unknown
Lookup = Callable[[str], str | Unknown | None]


@record
class Template:
    """A policy string whose variables wait for a request."""

    tokens: tuple[Token, ...]
    _glob: Glob | None = field(default=None, init=False, repr=False, compare=False)
    _fixed: bool | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def fixed(self) -> bool:
        """Whether it means the same for every request."""
        if self._fixed is None:
            fixed = not any(isinstance(token, Variable | Unknown) for token in self.tokens)
            object.__setattr__(self, "_fixed", fixed)  # as below
            return fixed
        return self._fixed

    @property
    def glob(self) -> Glob:
        """The pattern itself where it is `fixed`."""
        if self._glob is not None:
            return self._glob
        glob = Glob(token for token in self.tokens if isinstance(token, str | Wild))
        object.__setattr__(self, "_glob", glob)  # what it works out of itself
        return glob

    @property
    def keys(self) -> tuple[str, ...]:
        """The condition keys its variables read, in lower case."""
        return tuple(token.key for token in self.tokens if isinstance(token, Variable))

    @property
    def prefix(self) -> str:
        """The literal that whatever it matches begins with; may be empty."""
        first = self.tokens[0] if self.tokens else ""
        return first if isinstance(first, str) else ""

    @property
    def hole(self) -> Unknown | None:
        """The first part that only deployment decides; None where there is none. Policy variables are no holes."""
        return next((token for token in self.tokens if isinstance(token, Unknown)), None)

    def expand(self, lookup: Lookup) -> tuple[list[GlobToken], Unknown | None] | None:
        """The pattern for one request, None where a variable has no value.

        What is unknown stands as `*` in it, and is then returned beside it: no match is sure, a match is not.
        """
        expanded: list[GlobToken] = []
        unknown: Unknown | None = None
        for token in self.tokens:
            if isinstance(token, Variable):
                value = lookup(token.key)
                if value is None:
                    value = token.doubt or token.default
                if value is None:
                    return None
                if isinstance(value, Unknown):
                    unknown = unknown or value
                    expanded.append(Wild.STAR)
                elif value:
                    # A substituted value is data: a `*` in it is only a character.
                    expanded.append(value)
            elif isinstance(token, Unknown):
                unknown = unknown or token
                expanded.append(Wild.STAR)
            else:
                expanded.append(token)
        return expanded, unknown


def variables_of(version: str | Unknown) -> bool | Unknown:
    """Whether a document of this version has variables."""
    return version if isinstance(version, Unknown) else version == "2012-10-17"


def template(term: Term, *, variables: bool, wildcards: bool) -> Template:
    """A string of a condition. Without `variables` a `${...}` is text, without `wildcards` a `*` is."""
    if isinstance(term, str):
        return _of_text(term, variables, wildcards)
    return Template(tuple(_merged(_tokens(_parts(term), variables, wildcards))))


@lru_cache(maxsize=8192)
def _of_text(text: str, variables: bool, wildcards: bool) -> Template:
    """Many rules read the same statements, and many statements say the same."""
    return Template(tuple(_merged(_tokens([text], variables, wildcards))))


def resource_template(term: Term, *, variables: bool | Unknown) -> Template:
    """A string of `Resource`: variables are text up to the fifth colon.

    `variables` is an Unknown where the version of the document is.
    """
    if isinstance(variables, Unknown):
        if "${" in str(term):
            return Template((variables,))
        variables = False
    if not variables or (isinstance(term, str) and "${" not in term):
        return template(term, variables=False, wildcards=True)
    head: list[str | Unknown] = []
    rest: list[str | Unknown] = []
    colons = 0
    inside = False
    for part in _parts(term):
        if isinstance(part, Unknown) or colons == _COLONS_BEFORE_VARIABLES:
            (rest if colons == _COLONS_BEFORE_VARIABLES else head).append(part)
            continue
        for index, character in enumerate(part):
            if part.startswith("${", index):
                inside = True
            elif character == "}":
                inside = False
            elif character == ":" and not inside:
                colons += 1
                if colons == _COLONS_BEFORE_VARIABLES:
                    head.append(part[: index + 1])
                    rest.append(part[index + 1 :])
                    break
        else:
            head.append(part)
    # A hole before the fifth colon may itself hold colons: then the variables after it may already count.
    if colons < _COLONS_BEFORE_VARIABLES and any(isinstance(part, Unknown) for part in head):
        return Template(tuple(_merged(_tokens(head, True, True))))
    return Template(tuple(_merged([*_tokens(head, False, True), *_tokens(rest, True, True)])))


def _parts(term: Term) -> list[str | Unknown]:
    return list(term.parts) if isinstance(term, Text) else [term]


def _tokens(parts: list[str | Unknown], variables: bool, wildcards: bool) -> list[Token]:
    tokens: list[Token] = []
    cut: Unknown | None = None
    for position, part in enumerate(parts):
        if isinstance(part, Unknown):
            tokens.append(part)
            continue
        text = part
        if cut is not None:
            # A `${` before the hole was left open: what it names is unknown up to its closing brace.
            _, brace, text = text.partition("}")
            if not brace:
                continue
            tokens.append(cut)
            cut = None
        elif variables and position and isinstance(parts[position - 1], Unknown):
            # A brace that nothing here opens: the hole before it may end in `${`, and what is between is then a name.
            closes, opens = text.find("}"), text.find("${")
            if closes >= 0 and (opens < 0 or closes < opens):
                text = text[closes + 1 :]
        if variables:
            later = next((other for other in parts[position + 1 :] if isinstance(other, Unknown)), None)
            found, opened = _with_variables(text, wildcards, later is not None)
            tokens.extend(found)
            if opened and later is not None:
                cut = later
                tokens.append(later)
        elif text:
            tokens.extend(wild_tokens(text) if wildcards else [text])
    return tokens


def _with_variables(text: str, wildcards: bool, hole_follows: bool) -> tuple[list[Token], bool]:
    tokens: list[Token] = []
    start = 0
    while (found := text.find("${", start)) >= 0:
        end = text.find("}", found + 2)
        if end < 0:
            if not hole_follows:
                break
            tokens.extend(_literal(text[start:found], wildcards))
            return tokens, True
        tokens.extend(_literal(text[start:found], wildcards))
        content = text[found + 2 : end]
        tokens.append(content if content in _ESCAPES else _variable(content, wildcards))
        start = end + 1
    tokens.extend(_literal(text[start:], wildcards))
    return tokens, False


def _literal(text: str, wildcards: bool) -> list[Token]:
    if not text:
        return []
    return list(wild_tokens(text)) if wildcards else [text]


def _variable(content: str, wildcards: bool) -> Variable:
    match = _WITH_DEFAULT.match(content)
    if match:
        wild = wildcards and not _WILD.isdisjoint(match[2])
        return Variable(match[1].lower(), match[2], _WILD_DEFAULT if wild else None)
    return Variable(content.lower())


def _merged(tokens: Iterable[Token]) -> list[Token]:
    merged: list[Token] = []
    for token in tokens:
        if isinstance(token, str) and merged and isinstance(last := merged[-1], str):
            merged[-1] = last + token
        else:
            merged.append(token)
    return merged
