"""Names that a policy has in letters and that deployment may give to what is asked for.

A key's id, copied from an account where the stack was deployed before, may be that of the key in the files. The solver
holds a made name for none that stands in a policy; here such a policy is read a second time, with the one as the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.model.unknown import Reference, Unknown
from scanner.prover.solver.alphabet import FIRST_HOLE
from scanner.prover.solver.pattern import FIRST_FREE_HOLE, Token, Wild
from scanner.prover.solver.question import Holes

_DELIMITERS = frozenset("/:")
# "What's in a Secrets Manager secret?" (AWS Secrets Manager User Guide): a hyphen and six characters end its ARN.
_RANDOM = 7
_LONGEST_HEAD = 40  # what holds partition and service of an ARN


class NamedLater:
    """`why` says what is open as soon as a policy was found to have such a name."""

    def __init__(self, asked: Sequence[Token], holes: Holes) -> None:
        self.why: Unknown | None = None
        self._could_be = holes.could_be
        self._made = tuple(_made_names(asked, holes)) if holes.any else ()
        self._random = _random_end(asked)

    def spellings(self, tokens: Sequence[Token]) -> Iterator[list[Token]]:
        """A policy's string with what may be the name of what is asked for as that name."""
        if not (self._made or self._random):
            return
        rests = [(list(tokens), len(tokens))]
        spelled = _with_random(tokens, self._random) if self._random else None
        if spelled is not None:
            self._told(_text(tokens), "the secret asked about")
            yield spelled
            rests.append((spelled, len(spelled) - _RANDOM))
        for written, end in rests:
            for start, stop in _names_in(written[:end]):
                text = _text(written[start:stop])
                for character, reference in self._made:
                    if self._could_be(reference, text):
                        self._told(text, f"`{reference.resource.rpartition('#')[2]}`")
                        yield [*written[:start], character, *written[stop:]]

    def _told(self, name: str, owner: str) -> None:
        detail = f"a policy names `{name}`, which may be {owner}: its name or id is made at deployment"
        self.why = self.why or Unknown("deploy-time", detail)


def _made_names(asked: Sequence[Token], holes: Holes) -> Iterator[tuple[str, Reference]]:
    """The names in an ARN that deployment makes, with their characters."""
    for token in asked:
        if isinstance(token, str) and FIRST_HOLE <= ord(token) < FIRST_FREE_HOLE:
            unknown = holes.unknown(token)
            if isinstance(unknown, Reference):
                yield token, unknown


def _random_end(asked: Sequence[Token]) -> tuple[str, ...]:
    """The hyphen and the stand-in for what AWS puts behind a secret's name; empty of what is no secret."""
    end = tuple(each for each in asked[-_RANDOM:] if isinstance(each, str))
    if len(end) < _RANDOM or end[0] != "-":
        return ()
    return end if _text(asked[:_LONGEST_HEAD]).split(":")[2:3] == ["secretsmanager"] else ()


def _with_random(tokens: Sequence[Token], end: tuple[str, ...]) -> list[Token] | None:
    """A policy's string with the characters behind a secret's name as those that AWS adds; None without any."""
    at = next((at for at in range(len(tokens) - 1, -1, -1) if tokens[at] == "-"), len(tokens))
    drawn = [*tokens[at + 1 :]]
    star = [drawn.pop()] if drawn and drawn[-1] is Wild.STAR else []
    if len(drawn) >= len(end) or (len(drawn) < len(end) - 1 and not star):
        return None
    if not any(map(_is_drawn, drawn)) or not all(_is_drawn(each) or each is Wild.ANY for each in drawn):
        return None
    made = (mine if _is_drawn(each) else each for mine, each in zip(end[1:], drawn, strict=False))
    return [*tokens[:at], "-", *made, *star]


def _is_drawn(token: Token) -> bool:
    return isinstance(token, str) and token.isalnum()


def _names_in(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where a policy's string has a whole part of an ARN in letters."""
    start = 0
    for at in range(len(tokens) + 1):
        token = tokens[at] if at < len(tokens) else "/"
        if isinstance(token, str) and token not in _DELIMITERS:
            continue
        if at > start and isinstance(token, str) and (start == 0 or tokens[start - 1] in _DELIMITERS):
            yield start, at
        start = at + 1


def _text(tokens: Sequence[Token]) -> str:
    return "".join(each if isinstance(each, str) and ord(each) < FIRST_HOLE else "*" for each in tokens)
