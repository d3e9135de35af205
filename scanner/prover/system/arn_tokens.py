"""ARN forms as patterns of the prover."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from scanner.iam.arn_syntax import PLACE, hole_pieces
from scanner.iam.resource_arns import ArnForm, Hole
from scanner.prover.solver.pattern import Among, Pattern, Token
from scanner.prover.system.standins import Ground


def form_pattern(form: ArnForm, account: str | None) -> Pattern:
    """Every ARN of the form; `account` is whose, None for anybody's."""
    return _pattern(form, None, None, account, False)


def usual_pattern(form: ArnForm, ground: Ground) -> Pattern:
    """The ARNs of the form where the scanned stack is."""
    return _pattern(form, "aws", ground.region, ground.account, True)


@lru_cache(maxsize=8192)
def _pattern(form: ArnForm, partition: str | None, region: str | None, account: str | None, usual: bool) -> Pattern:
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
        tokens.extend(_of_hole(form.service, piece, usual=usual))
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


def rest_tokens(rest: str, service: str) -> tuple[Token, ...]:
    """What follows a parent's ARN in a child's, such as `/stream/${StreamLabel}`, of the service's names."""
    tokens: list[Token] = []
    for piece in ArnForm(rest, ()).pieces:
        tokens.extend(piece if isinstance(piece, str) else _of_hole(service, piece))
    return tuple(tokens)


def _of_hole(service: str, hole: Hole, *, usual: bool = False) -> Iterator[Token]:
    """Any name that the hole may have.

    One that deployment makes is a single hole, so lengths count for `usual` names only. Where a resource is,
    and what AWS adds to a name, is none that is made later.
    """
    made = hole.name not in PLACE and not usual
    for piece in hole_pieces(service, hole):
        if isinstance(piece, str):
            yield from piece
            made = False
            continue
        if made:
            yield Among(piece.chars, piece.inverted, many=True, holes=True)
            continue
        for _ in range(piece.least - 1):
            yield Among(piece.chars, piece.inverted)
        yield Among(piece.chars, piece.inverted, many=piece.most is None or piece.most > piece.least)
