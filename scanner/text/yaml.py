"""YAML as CloudFormation reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from scanner.base.problem import Problem, ProblemsError
from scanner.text.document import MAX_DEPTH, Document
from scanner.text.lines import Lines

if TYPE_CHECKING:
    from yaml.error import YAMLError

    from scanner.text.composer import Composer

T = TypeVar("T")

# Tokens of PyYAML that open and close a level.
_OPENING = frozenset({"[", "{", "<block sequence start>", "<block mapping start>"})
_CLOSING = frozenset({"]", "}", "<block end>"})


def read_yaml(text: str, path: str, *, cloudformation: bool) -> Document:
    """Read one YAML document into plain data.

    With `cloudformation`, `!Name` is the short form of `Fn::Name`; without, tags of one's own are refused.
    Raises `ProblemsError` for what is not well-formed, holds more than one document, is nested deeper than 200
    levels, or has more than 2,000,000 values once its aliases are expanded.
    """
    return _composed(text, path, lambda composer: composer.document(), cloudformation=cloudformation)


def read_yaml_stream(text: str, path: str) -> list[Document]:
    """Read any number of YAML documents, as `read_yaml` reads one; those that are empty are left out."""
    return _composed(text, path, lambda composer: composer.documents(), cloudformation=False)


def _composed(text: str, path: str, read: Callable[[Composer], T], *, cloudformation: bool) -> T:
    # PyYAML costs 10 ms of import, which a scan of JSON alone need not pay.
    from yaml.error import YAMLError

    from scanner.text.composer import Composer

    text = text.removeprefix("\ufeff")
    try:
        return read(Composer(text, path, cloudformation=cloudformation))
    except YAMLError as error:
        raise ProblemsError([_problem(text, path, error)]) from None
    except UnicodeEncodeError as error:
        line, column = Lines(text).at(error.start)
        message = f"character U+{ord(text[error.start]):04X} is half of a pair and cannot stand alone"
        raise ProblemsError([Problem(path, message, line, column)]) from None


def _problem(text: str, path: str, error: YAMLError) -> Problem:
    """PyYAML's complaint as one sentence with a place."""
    from yaml.error import MarkedYAMLError
    from yaml.reader import Reader, ReaderError

    lines = Lines(text)
    if isinstance(error, ReaderError):
        found = Reader.NON_PRINTABLE.search(text)
        line, column = lines.at(found.start() if found else 0)
        what = f"control character U+{ord(found[0]):04X}" if found else "a character that YAML does not allow"
        return Problem(path, f"not well-formed YAML: {what} is not allowed", line, column)
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Problem(path, f"not well-formed YAML: {str(error).splitlines()[0]}")
    offset = min(error.problem_mark.index, len(text))
    deep = _too_deep(text[: offset + 1])
    if deep is not None:
        return Problem(path, f"nested deeper than {MAX_DEPTH} levels", *lines.at(deep))
    line, column = lines.at(offset)
    if text[offset : offset + 1] == "\t":
        return Problem(path, "not well-formed YAML: a tab stands where YAML takes only spaces", line, column)
    said = (error.problem or "something is wrong here").replace("'", "`")
    if error.context:
        said += f" {error.context}".replace("'", "`")
        if error.context_mark is not None:
            said += f" that begins on line {lines.at(min(error.context_mark.index, len(text)))[0]}"
    return Problem(path, f"not well-formed YAML: {said}", line, column)


def _too_deep(text: str) -> int | None:
    """Where brackets open one level more than we read, or None.

    The scanner looks ahead of the parser's events: from PyYAML 6.0.4 on it gives up on deep brackets before the
    composer has seen the level that is too deep. Limit and sentence are ours whatever a release of the library does.
    """
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return None
    from yaml.error import YAMLError
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class Tokens(Reader, Scanner):
        def __init__(self) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)

    tokens: Any = Tokens()  # Any: the stubs leave its methods without types
    depth = 0
    try:
        while tokens.check_token():
            token = tokens.get_token()
            if token.id in _OPENING:
                depth += 1
                if depth > MAX_DEPTH:
                    return int(token.start_mark.index)
            elif token.id in _CLOSING:
                depth -= 1
    except YAMLError:
        return None
    return None
