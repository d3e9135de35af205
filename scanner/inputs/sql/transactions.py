"""Which statements of a file are taken back by the end of their transaction (documentation of ROLLBACK)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.inputs.sql.parsing import NotUnderstoodError, Piece, parsed

_WORDS = frozenset(["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT"])


ENDS = frozenset(["COMMIT", "END", "ROLLBACK", "ABORT"])
"""Words with which a statement ends a transaction, but for `ROLLBACK TO`."""


def taken_back(pieces: Sequence[Piece], text: str) -> frozenset[int]:
    """Their places in the list. Raises MissingExtraError."""
    gone: set[int] = set()
    begun: int | None = None
    saved: list[tuple[str, int]] = []
    for at, piece in enumerate(pieces):
        if piece.tokens[0].text.upper() not in _WORDS:
            continue
        for kind, name in _said(text[piece.start : piece.end]):
            match kind:
                case "BEGIN" | "START":
                    begun = at if begun is None else begun
                case "SAVEPOINT":
                    saved.append((name, at))
                case "ROLLBACK_TO":
                    found = next((one for one in reversed(range(len(saved))) if saved[one][0] == name), None)
                    if found is not None:
                        gone.update(range(saved[found][1], at))
                        del saved[found + 1 :]
                case "ROLLBACK" | "COMMIT":
                    if kind == "ROLLBACK" and begun is not None:
                        gone.update(range(begun, at))
                    begun, saved = None, []
    return frozenset(gone)


def _said(text: str) -> Iterator[tuple[str, str]]:
    try:
        nodes = parsed(text)
    except NotUnderstoodError:
        return
    for node in nodes:
        body = node.get("TransactionStmt")
        if body is not None:
            yield str(body["kind"]).removeprefix("TRANS_STMT_"), str(body.get("savepoint_name", ""))


__all__ = ["ENDS", "taken_back"]
