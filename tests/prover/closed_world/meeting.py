"""Texts that several patterns have in common."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import lru_cache

from tests.prover.closed_world.reference import Form

# A token is a character, `*` any text, `?` any character, NAME one or more characters of names, PATH with slashes too.
STAR, ANY, NAME, NAMES, PATHS = "\1", "\2", "\3", "\4", "\5"
_LETTERS = "x1"
Tokens = tuple[str, ...]


@lru_cache(maxsize=65536)
def tokens(pattern: str) -> Tokens:
    return tuple(STAR if each == "*" else ANY if each == "?" else each for each in pattern)


@lru_cache(maxsize=8192)
def form_tokens(form: Form) -> Tokens:
    made: list[str] = list(tokens(form.parts[0]))
    for at, name in enumerate(form.variables):
        lower = name.lower()
        if lower == "partition":
            made += "aws"
        elif lower in ("region", "account", "accountid"):
            made += "us-east-1" if lower == "region" else "111122223333"
        else:
            made += [NAME, PATHS if form.is_path(at) else NAMES]
        made += tokens(form.parts[at + 1])
    return tuple(made)


@lru_cache(maxsize=262144)
def meet(*patterns: Tokens) -> str | None:
    """A shortest text that all patterns match, None where there is none."""
    start = tuple(0 for _ in patterns)
    ends = tuple(len(each) for each in patterns)
    seen = {start: ""}
    queue = deque([start])
    while queue:
        at = queue.popleft()
        text = seen[at]
        if at == ends:
            return text
        for after, letter in _moves(patterns, at):
            if after not in seen:
                seen[after] = text + letter
                queue.append(after) if letter else queue.appendleft(after)
    return None


def _moves(patterns: tuple[Tokens, ...], at: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], str]]:
    here = [each[index] if index < len(each) else None for each, index in zip(patterns, at, strict=True)]
    for number, token in enumerate(here):
        if token in (STAR, NAMES, PATHS):
            yield (*at[:number], at[number] + 1, *at[number + 1 :]), ""
    if None in here:
        return
    literal = next((token for token in here if token is not None and token > PATHS), None)
    after = tuple(index if token in (STAR, NAMES, PATHS) else index + 1 for index, token in zip(at, here, strict=True))
    for letter in (literal,) if literal else _LETTERS:
        if all(_takes(token, letter) for token in here):
            yield after, letter


def _takes(token: str | None, letter: str) -> bool:
    if token in (STAR, ANY):
        return True
    if token in (NAME, NAMES):
        return letter not in ":/"
    if token == PATHS:
        return letter != ":"
    return token == letter
