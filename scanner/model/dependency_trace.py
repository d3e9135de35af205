"""What the verdicts on one file asked of the other files, so that a later scan knows which of them to give again.

A verdict may rest on more than its own file: a policy elsewhere that names a bucket, an export, whatever lies in the
same folder. All of that is come by through a few questions, each with a key: *sources that name the text `logs`*,
*resources of type T*, *exports called `vpc`*. A file *asks* keys while it is judged, and *offers* keys by what it
holds. A verdict can differ only where a file that offers a key it asked has changed, or one that newly offers it.

Proofs are left out: they ask about everything, and `scanner.incremental.proof_inputs` says what of a file they read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

PROOFS = ""
"""Stands for whoever asks on behalf of no file: proofs, and the inference of a tenancy."""
TODAY = "today"
"""The key of the day that is judged by."""
Channel = tuple[Literal["sources", "targets", "pointers", "twins"], tuple[str, ...]]
"""One index over all files, which is to be asked under keys that the index itself makes."""


class Trace:
    """`asked` are keys by the file that asked; `channels` the indexes that were asked at all."""

    __slots__ = ("_now", "asked", "channels")

    def __init__(self) -> None:
        self.asked: dict[str, set[str]] = {PROOFS: set()}
        self.channels: set[Channel] = set()
        self._now = self.asked[PROOFS]

    def turn_to(self, file: str) -> None:
        """What is asked from now on is asked for the verdicts on this file."""
        now = self.asked.get(file)
        if now is None:
            # Who refers to something in this file offers it that, and need not be asked.
            now = self.asked[file] = {f"to {file}"} if file else set()
        self._now = now

    def ask(self, key: str) -> None:
        """Notes a key for the file that was turned to last, or for the proofs."""
        self._now.add(key)

    def ask_for(self, file: str, key: str) -> None:
        """Where it is known whose value is read, whoever reads it: another may find what this one left in a memory."""
        self.asked.setdefault(file, set()).add(key)

    @contextmanager
    def proving(self) -> Iterator[None]:
        """Within it, what is asked is asked for the proofs, which are of no single file."""
        before, self._now = self._now, self.asked[PROOFS]
        try:
            yield
        finally:
            self._now = before

    def absorb(self, asked: Mapping[str, set[str]], channels: set[Channel]) -> None:
        """Takes over what was asked in another process."""
        for file, keys in asked.items():
            self.asked.setdefault(file, set()).update(keys)
        self.channels |= channels


def file_of(address: str) -> str:
    """The file that a resource is of; of a nested stack's, the file of the outermost template around it."""
    return address.partition("#")[0]


def is_import(key: str) -> bool:
    """Whether it is asked for the value of a file's own property, whoever may look at that."""
    return key.startswith("export")


__all__ = ["PROOFS", "TODAY", "Channel", "Trace", "file_of", "is_import"]
