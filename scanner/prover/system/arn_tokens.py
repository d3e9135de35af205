"""ARN forms as patterns of the prover."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from scanner.iam.arn_syntax import PLACE, Characters, hole_pieces, last_characters, partition_of
from scanner.iam.resource_arns import ArnForm, Hole
from scanner.prover.solver.pattern import Among, Pattern, Token
from scanner.prover.system.standins import Ground

_COMMON = "aws"
ANY_NAME, PLAIN, _WHOLE = "any", "plain", "whole"
"""Names that a pattern takes in: all, those of deployment too; those without delimiters; those that end as names do."""


def form_pattern(form: ArnForm, account: str | None, region: str | None = None) -> Pattern:
    """Every ARN of the form; `account` is whose, None for anybody's.

    An account is of one partition, which is told by the `region` of its stack.
    """
    known = region is not None and account is not None and partition_of(region) == _COMMON
    return _pattern(form, _COMMON if known else None, None, account, ANY_NAME)


def usual_patterns(form: ArnForm, ground: Ground) -> tuple[Pattern, ...]:
    """The ARNs of the form where the scanned stack is, those with the plainest names first."""
    ways = (
        (PLAIN, _WHOLE)
        if any(isinstance(piece, Hole) and piece.alphabet != "segment" for piece in form.pieces)
        else (PLAIN,)
    )
    return tuple(_pattern(form, "aws", ground.region, ground.account, usual) for usual in ways)


@lru_cache(maxsize=8192)
def _pattern(form: ArnForm, partition: str | None, region: str | None, account: str | None, usual: str) -> Pattern:
    fixed = {"Partition": partition, "Region": region, "Account": account, "AccountId": account}
    tokens: list[Token] = []
    for piece in form.pieces:
        if isinstance(piece, str):
            tokens.extend(piece)
            continue
        known = fixed.get(piece.name)
        if known is not None:
            tokens.extend(known)
            continue
        tokens.extend(_of_hole(form.service, piece, usual))
    return Pattern(tuple(tokens))


def spelled(form: ArnForm, values: Mapping[str, tuple[Token, ...]]) -> Pattern:
    """The form with its holes filled, and with any name for those that `values` does not have."""
    tokens: list[Token] = []
    for piece in form.pieces:
        if isinstance(piece, str):
            tokens.extend(piece)
        elif piece.name in values:
            tokens.extend(values[piece.name])
        else:
            tokens.extend(_of_hole(form.service, piece))
    return Pattern(tuple(tokens))


def rest_tokens(rest: str, service: str, usual: str = ANY_NAME) -> tuple[Token, ...]:
    """What follows a parent's ARN in a child's, such as `/stream/${StreamLabel}`, of the service's names.

    With PLAIN those that a reader expects.
    """
    tokens: list[Token] = []
    for piece in ArnForm(rest, ()).pieces:
        tokens.extend(piece if isinstance(piece, str) else _of_hole(service, piece, usual))
    return tuple(tokens)


def _of_hole(service: str, hole: Hole, usual: str = ANY_NAME) -> Iterator[Token]:
    """Any name that the hole may have.

    One that deployment makes is a single hole, so lengths count for `usual` names only. Where a resource is,
    and what AWS adds to a name, is none that is made later.
    """
    made = hole.name not in PLACE and usual == ANY_NAME
    pieces = hole_pieces(service, hole)
    for number, piece in enumerate(pieces):
        if isinstance(piece, str):
            yield from piece
            made = False
            continue
        if made:
            yield Among(piece.chars, piece.inverted, many=True, holes=True)
            continue
        plain = _without_delimiters(piece) if usual != ANY_NAME else piece
        chars = plain if usual == PLAIN else piece
        last = last_characters(service, hole.name) if usual != ANY_NAME else None
        for _ in range(piece.least - 1):
            yield Among(chars.chars, chars.inverted)
        if usual == _WHOLE and plain is not piece and not number:
            yield Among(plain.chars, plain.inverted)  # nor begins with one
        many = piece.most is None or piece.most > piece.least
        yield Among(chars.chars, chars.inverted, many=many)
        if last is not None:
            yield Among(last)
        elif many and usual == _WHOLE and number + 1 == len(pieces) and plain is not piece:
            yield Among(plain.chars, plain.inverted)  # no path ends with a slash


def _without_delimiters(piece: Characters) -> Characters:
    there = [each for each in "/:" if (each in piece.chars) != piece.inverted]
    if not there:
        return piece
    without = "".join(each for each in piece.chars if each not in there)
    chars = piece.chars + "".join(there) if piece.inverted else without
    return Characters(chars, piece.inverted, piece.least, piece.most)
