"""Statements of PostgreSQL, as far as they say who may see which rows.

From the PostgreSQL documentation, "SQL Commands": CREATE TABLE, ALTER TABLE, CREATE POLICY, ALTER POLICY, CREATE ROLE,
GRANT and those that take them back. Tokens come from sqlglot; what they mean is read here, for a parser of the whole
language gives up on files that hold one statement it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from scanner.base.extras import MissingExtra
from scanner.base.record import mutable, record

if TYPE_CHECKING:
    from sqlglot.tokenizer_core import Token

_COPY = re.compile(r"^COPY\b[^;]*?\bFROM\s+STDIN\b[^;]*;[^\n]*\n(.*?)^\\\.[^\n]*$", re.I | re.M | re.S)
_OF_PSQL = re.compile(r"^\\[^\n]*", re.M)
# What makes a statement that is not understood matter.
_MATTERS = re.compile(
    r"row\s+level\s+security|\bpolicy\b|\bbypassrls\b|\bsuperuser\b|\bowner\s+to\b|\bset\s+schema\b"
    r"|\b(?:create|alter|drop)\s+(?:table|role|user)\b",
    re.IGNORECASE,
)
_OF_ROLES = re.compile(r"\b(?:bypassrls|superuser|role|user)\b", re.IGNORECASE)
_CONSTRAINTS = ("CONSTRAINT", "PRIMARY KEY", "FOREIGN KEY", "UNIQUE", "CHECK", "EXCLUDE")
_OF_DATA = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "COPY", "COMMENT", "ANALYZE", "VACUUM", "BEGIN", "COMMIT")
_STORED = ("FUNCTION", "PROCEDURE", "TRIGGER", "AGGREGATE", "RULE", "VIEW", "EVENT")


class NotUnderstood(Exception):
    """The statement is not one that can be read."""


@record
class Name:
    """`schema` is empty where none is said."""

    name: str
    schema: str = ""


@record
class CreateTable:
    """`parent` is the table that it is a partition of; `columns` are empty where another statement tells them."""

    table: Name
    columns: tuple[str, ...] = ()
    parent: Name | None = None
    kept: bool = True
    """False for `IF NOT EXISTS`, which may find another table there."""


@record
class DropTable:
    """Tables that are dropped, whether or not with `IF EXISTS`."""

    tables: tuple[Name, ...]


@record
class AlterTable:
    """`enabled` and `forced` are None where nothing is said of them."""

    table: Name
    enabled: bool | None = None
    forced: bool | None = None
    owner: str | None = None
    renamed: str | None = None
    moved: str | None = None
    columns: tuple[str, ...] = ()


@record
class Policy:
    """One of `CREATE POLICY`, or what `ALTER POLICY` changes of it, where None is left as it is."""

    table: Name
    name: str
    new: bool
    command: str | None = None
    permissive: bool | None = None
    roles: tuple[str, ...] | None = None
    using: str | None = None
    check: str | None = None
    renamed: str | None = None


@record
class DropPolicy:
    """`name` is unique within the table only."""

    table: Name
    name: str


@record
class Role:
    """`says` are the options that it names, such as BYPASSRLS and NOSUPERUSER."""

    name: str
    new: bool
    says: frozenset[str] = frozenset()
    members_of: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


@record
class Grant:
    """`on` are tables, or `ALL TABLES IN SCHEMA x`; empty where roles are granted. `taken` is a REVOKE."""

    privileges: tuple[str, ...]
    on: tuple[Name | str, ...]
    to: tuple[str, ...]
    taken: bool = False


@record
class SearchPath:
    """The first schema of a `SET search_path`: where names without a schema are from then on."""

    schema: str


@record
class Unread:
    """A statement that may matter, and that was not understood; `of_roles` where it speaks of these."""

    beginning: str
    of_roles: bool


Said = CreateTable | DropTable | AlterTable | Policy | DropPolicy | Role | Grant | SearchPath | Unread


@record
class Statement:
    """What is said between two offsets of the text."""

    said: Said
    start: int
    end: int


def statements_in(text: str) -> Iterator[Statement]:
    """The statements that matter, in their order. Raises MissingExtra, and NotUnderstood for what is no SQL."""
    for tokens in _split(_tokens(_without_data(text))):
        start, end = tokens[0].start, tokens[-1].end + 1
        try:
            found = [*_read(_Cursor(tokens, text))]
        except NotUnderstood:
            found = []
            if _MATTERS.search(text, start, end):
                of_roles = _OF_ROLES.search(text, start, end) is not None
                found = [Unread(" ".join(text[start:end].split())[:60], of_roles)]
        for said in found:
            yield Statement(said, start, end)


def _without_data(text: str) -> str:
    """The text with the rows of dumps and the commands of psql blanked out, so that offsets stay."""

    def blank(part: str) -> str:
        return re.sub(r"[^\n]", " ", part)

    def data(found: re.Match[str]) -> str:
        return blank(found[0])

    return _OF_PSQL.sub(lambda found: blank(found[0]), _COPY.sub(data, text))


def _tokens(text: str) -> list[Token]:
    try:
        from sqlglot.dialects.postgres import Postgres
        from sqlglot.errors import SqlglotError
    except ImportError:
        raise MissingExtra("sql") from None
    try:
        return Postgres.Tokenizer().tokenize(text)
    except (SqlglotError, RecursionError, ValueError, IndexError) as error:
        raise NotUnderstood(str(error)) from None


def _split(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    statement: list[Token] = []
    for token in tokens:
        if token.token_type.name == "SEMICOLON":
            if statement:
                yield statement
            statement = []
        else:
            statement.append(token)
    if statement:
        yield statement


class _Cursor:
    """The tokens of one statement, from left to right."""

    def __init__(self, tokens: Sequence[Token], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._at = 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._tokens)

    def has(self, *words: str) -> bool:
        """Whether these words come next; they are then passed."""
        at, wanted = self._at, list(words)
        while wanted:
            if at >= len(self._tokens) or not _is_word(self._tokens[at]):
                return False
            said = self._tokens[at].text.upper().split()  # some pairs of words are one token
            if said != wanted[: len(said)]:
                return False
            wanted = wanted[len(said) :]
            at += 1
        self._at = at
        return True

    def any(self, *choices: str) -> str | None:
        return next((each for each in choices if self.has(*each.split())), None)

    def need(self, *words: str) -> None:
        if not self.has(*words):
            raise NotUnderstood

    def symbol(self, text: str) -> bool:
        if self.ended or self._tokens[self._at].text != text or _is_quoted(self._tokens[self._at]):
            return False
        self._at += 1
        return True

    def word(self) -> str:
        """A name: folded to lower case unless it is quoted."""
        if self.ended:
            raise NotUnderstood
        token = self._tokens[self._at]
        if token.token_type.name == "IDENTIFIER":
            self._at += 1
            return token.text
        if not _is_word(token) or not re.fullmatch(r"\w[\w$]*", token.text):
            raise NotUnderstood
        self._at += 1
        return token.text.lower()

    def string(self) -> str:
        if self.ended or not _is_quoted(self._tokens[self._at]):
            raise NotUnderstood
        self._at += 1
        return self._tokens[self._at - 1].text

    def number(self) -> bool:
        found = not self.ended and self._tokens[self._at].text.isdecimal()
        self._at += found
        return found

    def privilege(self) -> str:
        """One privilege, or a role's name, with its columns passed."""
        said = self.any("ALL PRIVILEGES", "ALL")
        if said is not None:
            return "ALL"
        word = self.word()
        if not self.ended and self._tokens[self._at].text == "(":
            self.inside()
        return word

    def name(self) -> Name:
        first = self.word()
        if not self.symbol("."):
            return Name(first)
        second = self.word()
        return Name(self.word(), second) if self.symbol(".") else Name(second, first)

    def listed(self, item: Callable[[], object]) -> list[object]:
        found = [item()]
        while self.symbol(","):
            found.append(item())
        return found

    def words(self) -> tuple[str, ...]:
        return tuple(str(each) for each in self.listed(self.word))

    def names(self) -> tuple[Name, ...]:
        return tuple(each for each in self.listed(self.name) if isinstance(each, Name))

    def inside(self) -> str:
        """The text between two parentheses, as it is written but for white space."""
        first = self._tokens[self._at].end + 1 if not self.ended else 0
        last = self._skip_group()
        return " ".join(self._text[first : last.start].split())

    def items(self) -> Iterator[_Cursor]:
        """The parts of a parenthesised list, each on its own."""
        begin = self._at + 1
        self._skip_group()
        yield from _Cursor(self._tokens[begin : self._at - 1], self._text).parts()

    def parts(self) -> Iterator[_Cursor]:
        """What stands between the commas that no parentheses are around."""
        part: list[Token] = []
        depth = 0
        for token in self._tokens[self._at :]:
            plain = not _is_quoted(token)
            depth += plain and token.text in ("(", "[")
            depth -= plain and token.text in (")", "]")
            if depth == 0 and plain and token.text == ",":
                yield _Cursor(part, self._text)
                part = []
            else:
                part.append(token)
        if part:
            yield _Cursor(part, self._text)

    def _skip_group(self) -> Token:
        if not self.symbol("("):
            raise NotUnderstood
        depth = 1
        while depth:
            if self.ended:
                raise NotUnderstood
            token = self._tokens[self._at]
            self._at += 1
            if not _is_quoted(token):
                depth += token.text == "("
                depth -= token.text == ")"
        return self._tokens[self._at - 1]


def _is_quoted(token: Token) -> bool:
    return token.token_type.name.endswith("STRING") or token.token_type.name == "IDENTIFIER"


def _is_word(token: Token) -> bool:
    return not _is_quoted(token) and token.text[:1].isidentifier()


def _read(cursor: _Cursor) -> Iterator[Said]:
    """What the statement says, nothing where that does not matter. Raises NotUnderstood."""
    if cursor.has("CREATE"):
        cursor.has("OR", "REPLACE")
        yield from _created(cursor)
    elif cursor.has("ALTER"):
        yield from _altered(cursor)
    elif cursor.has("DROP"):
        yield from _dropped(cursor)
    elif (verb := cursor.any("GRANT", "REVOKE")) is not None:
        yield from _granted(cursor, taken=verb == "REVOKE")
    elif cursor.has("SET"):
        cursor.any("LOCAL", "SESSION")
        if cursor.has("SEARCH_PATH"):
            if not cursor.symbol("="):
                cursor.need("TO")
            yield SearchPath(cursor.word())
    elif cursor.any(*_OF_DATA) is None:
        raise NotUnderstood


def _created(cursor: _Cursor) -> Iterator[Said]:
    if cursor.has("POLICY"):
        yield _policy(cursor, new=True)
    elif cursor.any("ROLE", "USER", "GROUP") is not None:
        if not cursor.has("MAPPING"):
            yield _role(cursor, new=True)
    else:
        cursor.any("GLOBAL", "LOCAL")
        passing = cursor.any("TEMPORARY", "TEMP") is not None
        cursor.any("UNLOGGED", "FOREIGN")
        if cursor.has("TABLE"):
            table = _table(cursor)
            if not passing:
                yield table
        elif cursor.any(*_STORED) is None and cursor.any("SCHEMA", "INDEX", "UNIQUE", "SEQUENCE", "TYPE") is None:
            raise NotUnderstood


def _table(cursor: _Cursor) -> CreateTable:
    kept = not cursor.has("IF", "NOT", "EXISTS")
    name = cursor.name()
    if cursor.has("PARTITION", "OF"):
        return CreateTable(name, (), cursor.name(), kept)
    columns: list[str]
    try:
        columns = [item.word() for item in cursor.items() if item.any(*_CONSTRAINTS, "LIKE") is None]
    except NotUnderstood:
        columns = []  # `CREATE TABLE … AS`, or one of a type: its columns are told elsewhere
    return CreateTable(name, tuple(columns), None, kept)


def _altered(cursor: _Cursor) -> Iterator[Said]:
    if cursor.has("POLICY"):
        yield _policy(cursor, new=False)
    elif cursor.any("ROLE", "USER", "GROUP") is not None:
        if not cursor.has("MAPPING"):
            yield _role(cursor, new=False)
    elif cursor.any("TABLE", "FOREIGN TABLE") is not None:
        if cursor.has("ALL"):
            raise NotUnderstood  # of a tablespace
        cursor.has("IF", "EXISTS")
        cursor.has("ONLY")
        table = cursor.name()
        cursor.symbol("*")
        for part in cursor.parts():
            action = _action(part, table)
            if action is not None:
                yield action
    elif cursor.any("DEFAULT PRIVILEGES", "SEQUENCE", "INDEX", "TYPE", "SCHEMA", "DATABASE", *_STORED) is None:
        raise NotUnderstood


def _action(part: _Cursor, table: Name) -> AlterTable | None:
    if part.has("ENABLE", "ROW", "LEVEL", "SECURITY"):
        return AlterTable(table, enabled=True)
    if part.has("DISABLE", "ROW", "LEVEL", "SECURITY"):
        return AlterTable(table, enabled=False)
    if part.has("NO", "FORCE", "ROW", "LEVEL", "SECURITY"):
        return AlterTable(table, forced=False)
    if part.has("FORCE", "ROW", "LEVEL", "SECURITY"):
        return AlterTable(table, forced=True)
    if part.has("OWNER", "TO"):
        return AlterTable(table, owner=part.word())
    if part.has("RENAME", "TO"):
        return AlterTable(table, renamed=part.word())
    if part.has("SET", "SCHEMA"):
        return AlterTable(table, moved=part.word())
    if part.has("ADD") and part.any(*_CONSTRAINTS) is None:
        part.has("COLUMN")
        part.has("IF", "NOT", "EXISTS")
        return AlterTable(table, columns=(part.word(),))
    return None


def _policy(cursor: _Cursor, *, new: bool) -> Policy:
    name = cursor.word()
    cursor.need("ON")
    table = cursor.name()
    command = permissive = roles = using = check = renamed = None
    while not cursor.ended:
        if cursor.has("AS"):
            permissive = cursor.any("PERMISSIVE", "RESTRICTIVE") == "PERMISSIVE"
        elif cursor.has("FOR"):
            command = cursor.any("ALL", "SELECT", "INSERT", "UPDATE", "DELETE")
            if command is None:
                raise NotUnderstood
        elif cursor.has("RENAME", "TO"):
            renamed = cursor.word()
        elif cursor.has("TO"):
            roles = cursor.words()
        elif cursor.has("USING"):
            using = cursor.inside()
        elif cursor.has("WITH", "CHECK"):
            check = cursor.inside()
        else:
            raise NotUnderstood
    return Policy(table, name, new, command, permissive, roles, using, check, renamed)


@mutable
class _Options:
    says: set[str]
    members_of: list[str]
    secrets: list[str]


def _role(cursor: _Cursor, *, new: bool) -> Role:
    if not new and cursor.has("ALL"):
        raise NotUnderstood
    name = cursor.word()
    cursor.has("WITH")
    options = _Options(set(), [], [])
    while not cursor.ended:
        if cursor.any("RENAME", "SET", "RESET", "IN DATABASE", "ADD USER", "DROP USER") is not None:
            if options.says:
                raise NotUnderstood
            return Role(name, new)  # a setting, which nothing here rests on
        if cursor.any("IN ROLE", "IN GROUP") is not None:
            options.members_of += cursor.words()
        elif cursor.any("ROLE", "ADMIN", "USER") is not None:
            cursor.words()
        elif cursor.any("ENCRYPTED PASSWORD", "PASSWORD") is not None:
            if not cursor.has("NULL"):
                options.secrets.append(cursor.string())
        elif cursor.has("VALID", "UNTIL"):
            cursor.string()
        elif cursor.any("CONNECTION LIMIT", "SYSID") is not None:
            cursor.symbol("-")
            if not cursor.number():
                raise NotUnderstood
        else:
            options.says.add(cursor.word().upper())
    return Role(name, new, frozenset(options.says), tuple(options.members_of), tuple(options.secrets))


def _dropped(cursor: _Cursor) -> Iterator[Said]:
    if cursor.any("TABLE", "FOREIGN TABLE") is not None:
        cursor.has("IF", "EXISTS")
        yield DropTable(cursor.names())
    elif cursor.has("POLICY"):
        cursor.has("IF", "EXISTS")
        name = cursor.word()
        cursor.need("ON")
        yield DropPolicy(cursor.name(), name)
    elif cursor.any("SCHEMA", "OWNED", "ROLE", "USER") is not None:
        raise NotUnderstood


def _granted(cursor: _Cursor, *, taken: bool) -> Iterator[Said]:
    if taken:
        cursor.any("GRANT OPTION FOR", "ADMIN OPTION FOR")
    said = [cursor.privilege()]
    while cursor.symbol(","):
        said.append(cursor.privilege())
    on: tuple[Name | str, ...] = ()
    if cursor.has("ON"):
        if cursor.has("ALL", "TABLES", "IN", "SCHEMA"):
            on = tuple(f"ALL TABLES IN SCHEMA {schema}" for schema in cursor.words())
        elif cursor.any(*_OTHERS) is not None or cursor.has("ALL"):
            return
        else:
            cursor.has("TABLE")
            on = cursor.names()
    cursor.need("FROM" if taken else "TO")
    cursor.has("GROUP")
    yield Grant(tuple(said), on, cursor.words(), taken)


# What else may be granted on: nothing by which rows are seen.
_OTHERS = (
    "SEQUENCE",
    "DATABASE",
    "DOMAIN",
    "FOREIGN",
    "FUNCTION",
    "PROCEDURE",
    "ROUTINE",
    "LANGUAGE",
    "LARGE",
    "PARAMETER",
    "SCHEMA",
    "TABLESPACE",
    "TYPE",
)

__all__ = [
    "AlterTable",
    "CreateTable",
    "DropPolicy",
    "DropTable",
    "Grant",
    "Name",
    "NotUnderstood",
    "Policy",
    "Role",
    "SearchPath",
    "Statement",
    "Unread",
    "statements_in",
]
