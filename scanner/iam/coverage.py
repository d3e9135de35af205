"""Whether a pattern of a policy covers all that a question asks about, in three values.

A question may hold wildcards of its own (`s3:*`, `arn:aws:kms:*:*:key/*`) and holes; a hole with a symbol is the
same value wherever the symbol stands, so `${Bucket.Arn}/*` covers an object of that bucket whatever its name.
"""

from __future__ import annotations

from scanner.iam.terms import Term, Terms, is_settled
from scanner.iam.variables import Template, Token, Variable
from scanner.iam.wildcards import Glob, GlobToken, Wild, wild_tokens
from scanner.model.partial_text import Text, text_of
from scanner.model.truth import Truth, disj, negate
from scanner.model.unknown import Unknown

# Characters no policy can hold: one for the question's own wildcards, then one for each hole.
_WILDCARD = "\U000f0000"
_FIRST_HOLE = 0xF0001
_LONGEST_OVERLAP = 2_000


def lowered(term: Term) -> Term:
    """Actions ignore case."""
    if isinstance(term, str):
        return term.lower()
    if isinstance(term, Text):
        return Text(tuple(part.lower() if isinstance(part, str) else part for part in term.parts))
    return term


def covers(pattern: Template, question: Term, *, some_request: bool) -> Truth:
    """Whether everything the question stands for matches the pattern.

    A policy variable in the pattern matches anything with `some_request`, else nothing surely.
    """
    if isinstance(question, str) and pattern.fixed:
        text = _without_wildcards(question)
        return pattern.glob.matches(text) and not (_WILDCARD in text and Wild.ANY in pattern.tokens)
    tokens, question = _without_common_head(pattern.tokens, question)
    holes: dict[tuple[str, ...], str] = {}
    text, question_hole = _encoded(question, holes)
    sure: list[GlobToken] = []
    possible: list[GlobToken] = []
    unknown = question_hole
    for token in tokens:
        if isinstance(token, Variable):
            sure.append(Wild.STAR if some_request else _fresh(holes, None))
            possible.append(Wild.STAR)
        elif isinstance(token, Unknown):
            unknown = unknown or token
            sure.append(_fresh(holes, token))
            possible.append(Wild.STAR)
        else:
            sure.append(token)
            possible.append(token)
    if Glob(sure).matches(text) and not (Wild.ANY in sure and (question_hole or _WILDCARD in text)):
        return True
    if unknown is None:
        return False
    if question_hole is None:
        return unknown if Glob(possible).matches(text) and _reach_wildcards(tokens, text) else False
    return unknown if _ends_agree(possible, question) else False


def _reach_wildcards(tokens: tuple[Token, ...], text: str) -> bool:
    """Whether a wildcard of the question meets one of the pattern: the name that deployment gives holds none."""
    if _WILDCARD not in text or not any(isinstance(token, Unknown) and is_settled(token) for token in tokens):
        return True
    reached = {0}
    for token in tokens:
        if isinstance(token, str):
            reached = {at + len(token) for at in reached if text.startswith(token, at)}
        elif token is Wild.ANY:
            reached = {at + 1 for at in reached if at < len(text)}
        else:
            named = isinstance(token, Unknown) and is_settled(token)
            reached = {after for at in reached for after in _spanned(text, at, named)}
    return len(text) in reached


def _spanned(text: str, start: int, named: bool) -> range:
    stop = text.find(_WILDCARD, start) if named else -1
    return range(start, (len(text) if stop < 0 else stop) + 1)


def _without_common_head(tokens: tuple[Token, ...], question: Term) -> tuple[tuple[Token, ...], Term]:
    """Both without the literals and symbols they begin with alike: after the same text only the rest decides."""
    left = list(tokens)
    right = list(question.parts) if isinstance(question, Text) else [question]
    while left and right:
        mine, theirs = left[0], right[0]
        if isinstance(mine, str) and isinstance(theirs, str):
            length = next((at for at, pair in enumerate(zip(mine, theirs, strict=False)) if pair[0] != pair[1]), None)
            if length is None:
                length = min(len(mine), len(theirs))
            left[0], right[0] = mine[length:], theirs[length:]
            emptied = [rest for rest in (left, right) if rest[0] == ""]
            for rest in emptied:
                del rest[0]
            if not emptied:
                break
        elif isinstance(mine, Unknown) and mine.symbol is not None and mine == theirs:
            del left[0], right[0]
        else:
            break
    return tuple(left), text_of(right)


def any_covers(patterns: list[Template], terms: Terms, question: Term, *, some_request: bool) -> Truth:
    """As `covers`, for a list; `terms.more` is the answer where none covers and the list may go on."""
    found = disj(covers(pattern, question, some_request=some_request) for pattern in patterns)
    return terms.more if found is False and terms.more is not None else found


def none_overlaps(patterns: list[Template], terms: Terms, question: Term) -> Truth:
    """Whether nothing the question stands for matches any of the patterns, as `NotAction` asks."""
    found = disj(_overlaps(pattern, question) for pattern in patterns)
    if found is False and terms.more is not None:
        return terms.more
    return negate(found)


def _overlaps(pattern: Template, question: Term) -> Truth:
    hole = pattern.hole or (question.unknown if isinstance(question, Text) else None)
    if isinstance(question, Unknown):
        hole = question
    left: list[GlobToken] = [Wild.STAR if isinstance(token, Variable | Unknown) else token for token in pattern.tokens]
    right: list[GlobToken] = []
    for part in question.parts if isinstance(question, Text) else (question,):
        right.extend(wild_tokens(part) if isinstance(part, str) else [Wild.STAR])
    if not _intersect(left, right):
        return False
    if hole is None:
        return True
    return True if covers(pattern, question, some_request=True) is True else hole


def _intersect(left: list[GlobToken], right: list[GlobToken]) -> bool:
    """Whether some string matches both."""
    first, second = _flat(left), _flat(right)
    if len(first) > _LONGEST_OVERLAP or len(second) > _LONGEST_OVERLAP:
        return True
    row = [False] * (len(second) + 1)
    row[0] = True
    for column, token in enumerate(second):
        row[column + 1] = row[column] and token is Wild.STAR
    for one in first:
        following = [row[0] and one is Wild.STAR] + [False] * len(second)
        for column, other in enumerate(second):
            if one is Wild.STAR or other is Wild.STAR:
                following[column + 1] = row[column + 1] or following[column] or row[column]
            else:
                following[column + 1] = row[column] and (one is Wild.ANY or other is Wild.ANY or one == other)
            if one is Wild.STAR and other is not Wild.STAR:
                following[column + 1] = row[column + 1] or following[column]
            elif other is Wild.STAR and one is not Wild.STAR:
                following[column + 1] = following[column] or row[column + 1]
        row = following
    return row[-1]


def _flat(tokens: list[GlobToken]) -> list[GlobToken]:
    flat: list[GlobToken] = []
    for token in tokens:
        flat.extend(token) if isinstance(token, str) else flat.append(token)
    return flat


def _encoded(question: Term, holes: dict[tuple[str, ...], str]) -> tuple[str, Unknown | None]:
    parts = question.parts if isinstance(question, Text) else (question,)
    hole: Unknown | None = None
    text: list[str] = []
    for part in parts:
        if isinstance(part, str):
            text.append(_without_wildcards(part))
        else:
            hole = hole or part
            text.append(_fresh(holes, part))
    return "".join(text), hole


def _without_wildcards(text: str) -> str:
    return text.replace("*", _WILDCARD).replace("?", _WILDCARD)


def _fresh(holes: dict[tuple[str, ...], str], unknown: Unknown | None) -> str:
    """A character for the hole: the same for the same symbol, otherwise a new one."""
    symbol = unknown.symbol if unknown is not None and unknown.symbol is not None else ("", str(len(holes)))
    return holes.setdefault(symbol, chr(_FIRST_HOLE + len(holes)))


def _ends_agree(pattern: list[GlobToken], question: Term) -> bool:
    """Whether the literal ends of both leave room for a match; holes in between may be anything."""
    if not isinstance(question, Text):
        return True
    head = pattern[0] if pattern and isinstance(pattern[0], str) else ""
    tail = pattern[-1] if pattern and isinstance(pattern[-1], str) else ""
    prefix, suffix = question.prefix, question.suffix
    for character in "*?":
        prefix, suffix = prefix.partition(character)[0], suffix.rpartition(character)[2]
    if not (head.startswith(prefix) or prefix.startswith(head)):
        return False
    return tail.endswith(suffix) or suffix.endswith(tail)
