"""Commits, their files and what is in them, read from a git repository through git's own plumbing.

git is run without a shell, pager, network or prompt. What a repository configures cannot run a program through the few
commands used here, for what could (a file monitor, fetching what a partial clone left out) is switched off.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from scanner.base.problem import Problem, ProblemsError, did_you_mean
from scanner.base.record import record

_OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SWITCHED_OFF = ("core.fsmonitor=false", f"core.hooksPath={os.devnull}", "protocol.allow=never")
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_CHUNK = 64 * 1024
_LONGEST_RECORD = 1024 * 1024
_MOST_NAMES = 10_000
_MOST_ARGUMENTS = 1_000
_MOST_SAID = 4096


@record
class TreeEntry:
    """One line of `git ls-tree`; `mode` is octal text as git writes it, `path` is raw and of whatever bytes."""

    mode: str
    kind: str
    object: str
    path: bytes


class GitRepository:
    """The repository whose `.git` lies in `root`, or that is itself the bare repository `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._git = _executable()

    def commit(self, revision: str) -> str:
        """The id of the commit that the revision names. Raises `ProblemsError` that say the way out."""
        if not revision or "\0" in revision:
            raise ProblemsError([_problem("no revision is named", "name a branch, tag or commit")])
        said, stderr = self._answer("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        commit = said.strip().rpartition("\n")[2]
        if _OBJECT.fullmatch(commit):
            return commit
        if "dubious ownership" in stderr:
            hint = "if you trust it, add its folder to `safe.directory` with `git config --global`"
            raise ProblemsError([_problem("git refuses this repository, which belongs to another user", hint)])
        if "not a git repository" in stderr:
            raise ProblemsError([_problem("git finds no repository here", "the folder `.git` is damaged")])
        raise ProblemsError([_problem(f"`{revision}` names no commit of this repository", self._way_out(revision))])

    def authors(self, since: str) -> frozenset[str]:
        """Names and addresses, in small letters, of who wrote the commits since the revision, or writes now."""
        form = "--format=%ae%n%an%n%(trailers:key=Co-authored-by,valueonly)"
        said, _ = self._answer("log", form, "--end-of-options", f"{since}..HEAD")
        said = re.sub(r"[<>]", "\n", said)
        if not said.strip():
            said = "\n".join(self._answer("config", f"user.{name}")[0] for name in ("email", "name"))
        return frozenset(line.strip().casefold() for line in said.splitlines() if line.strip())

    def renames(self, since: str) -> dict[str, str]:
        """What files of the revision are called in the working tree, where git finds them at least 60 % alike."""
        commit = self.commit(since)
        said, _ = self._answer(
            "diff",
            "--no-ext-diff",
            "--no-textconv",
            "-z",
            "--name-status",
            "--find-renames=60%",
            "--diff-filter=R",
            commit,
            "--",
        )
        parts = said.split("\0")
        return {parts[at + 1]: parts[at + 2] for at in range(0, len(parts) - 2, 3) if parts[at].startswith("R")}

    def tracked(self, paths: Collection[str]) -> list[str]:
        """What the index has of these files and folders; empty where it cannot be read."""
        several = len(paths) <= _MOST_ARGUMENTS
        said, _ = self._answer("ls-files", "-z", "--", *(f":(literal){each}" for each in paths if several))
        names = [name for name in said.split("\0") if name]
        if several:
            return names
        # More than fit on a command line, so that all was asked for.
        wanted = frozenset(paths)
        return [name for name in names if name in wanted or not wanted.isdisjoint(_above(name))]

    def skipped(self) -> list[str]:
        """What the index has and a sparse checkout leaves out; empty where it cannot be read."""
        said, _ = self._answer("ls-files", "-z", "-t")
        return [line[2:] for line in said.split("\0") if line.startswith("S ")]

    def entries(self, commit: str) -> Iterator[TreeEntry]:
        """Every file, link and submodule of the commit. Raises `ProblemsError`."""
        with self._output("ls-tree", "-r", "-z", "--full-tree", commit) as output:
            for record in _records(output):
                head, _, path = record.partition(b"\t")
                words = head.decode("ascii", "replace").split()
                if not path or len(words) != 3 or not _OBJECT.fullmatch(words[2]):  # noqa: PLR2004  # mode, kind, object
                    raise ProblemsError([_problem("git lists the revision in a way that is not understood", None)])
                yield TreeEntry(words[0], words[1], words[2], path)

    def sizes(self, objects: Iterable[str]) -> dict[str, int]:
        """The size in bytes of each of the blobs; what this clone does not have is left out."""
        with _listed(objects) as names, self._output("cat-file", "--batch-check", stdin=names) as output:
            answers = (line.decode("ascii", "replace").split() for line in output)
            return {words[0]: int(words[2]) for words in answers if len(words) > 1 and words[1] == "blob"}

    def blobs(self, objects: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """What is in each of the blobs, which the caller knows to be there and how large they are."""
        with _listed(objects) as names, self._output("cat-file", "--batch", stdin=names) as output:
            while header := output.readline():
                words = header.decode("ascii", "replace").split()
                if len(words) != 3 or words[1] != "blob":  # noqa: PLR2004  # object, kind, size
                    continue
                raw = output.read(int(words[2]))
                output.read(1)
                yield words[0], raw

    def beginning(self, blob: str, size: int) -> bytes:
        """The first `size` bytes of a blob that is too large to be read as a whole."""
        with self._output("cat-file", "blob", blob) as output:
            return output.read(size)

    def _way_out(self, revision: str) -> str:
        if self._answer("rev-parse", "--is-shallow-repository")[0].strip() == "true":
            return "the clone is shallow: fetch the rest with `git fetch --unshallow`, in CI with `fetch-depth: 0`"
        names = self._answer("for-each-ref", f"--count={_MOST_NAMES}", "--format=%(refname:short)")[0].splitlines()
        remote = next((name for name in names if name.endswith(f"/{revision}")), None)
        if remote is not None:
            return f"did you mean `{remote}`?"
        return did_you_mean(revision, names) or "`git fetch` may bring it, `git branch --all` lists what there is"

    def _answer(self, *arguments: str) -> tuple[str, str]:
        """What a command that says little says, on either stream, however it ends."""
        ended = subprocess.run(  # noqa: S603  # git itself, with arguments that are no options of the user's
            self._command(arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=self._environment(),
            cwd=self._root,
        )
        return ended.stdout.decode("utf-8", "replace"), ended.stderr.decode("utf-8", "replace")

    @contextmanager
    def _output(self, *arguments: str, stdin: IO[bytes] | None = None) -> Iterator[IO[bytes]]:
        """The output while it comes. Raises `ProblemsError` where git fails; a reader who has enough just leaves."""
        # Its complaints go to a file, for nobody empties a pipe while the other is read.
        with (
            tempfile.TemporaryFile() as complaints,
            subprocess.Popen(  # noqa: S603  # git itself, with arguments that are no options of the user's
                self._command(arguments),
                stdin=stdin or subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=self._environment(),
                cwd=self._root,
            ) as process,
        ):
            if process.stdout is None:
                raise ProblemsError([_problem("git says nothing", None)])
            try:
                yield process.stdout
                failed = not process.stdout.read(1) and process.wait() != 0
            finally:
                process.kill()
            if failed:
                complaints.seek(0)
                said = complaints.read(_MOST_SAID).decode("utf-8", "replace").strip().splitlines()
                reason = said[0].removeprefix("fatal: ").removeprefix("error: ") if said else "it does not say why"
                hint = "`git fsck` tells what is missing; a partial clone lacks what its `--filter` left out"
                raise ProblemsError([_problem(f"git cannot read the revision: {reason}", hint)])

    def _command(self, arguments: Iterable[str]) -> list[str]:
        settings = (part for setting in _SWITCHED_OFF for part in ("-c", setting))
        return [self._git, "--no-pager", *settings, *arguments]

    def _environment(self) -> dict[str, str]:
        # Without what the caller's environment says of other repositories, configurations and programs.
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")}
        return {**kept, **_ENVIRONMENT, "GIT_CEILING_DIRECTORIES": str(self._root.resolve().parent)}


def _executable() -> str:
    found = shutil.which("git")
    # A relative entry of PATH would be looked for in the repository.
    if found is None or not Path(found).is_absolute():
        raise ProblemsError([_problem("this needs git, which is not installed", "install git, or scan a checkout")])
    return found


def _above(name: str) -> Iterator[str]:
    """The folders that it lies in."""
    folder = name.rpartition("/")[0]
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


def _records(output: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while chunk := output.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
        if len(rest) > _LONGEST_RECORD:
            raise ProblemsError([_problem("a file of the revision has a name of more than a megabyte", None)])


@contextmanager
def _listed(objects: Iterable[str]) -> Iterator[IO[bytes]]:
    """The objects as git takes them, in a file: git waits for nobody who waits for git."""
    with tempfile.TemporaryFile() as file:
        file.writelines(f"{each}\n".encode("ascii") for each in objects)
        file.seek(0)
        yield file


def _problem(message: str, hint: str | None) -> Problem:
    return Problem("--git", message, hint=hint, kind="config")


__all__ = ["GitRepository", "TreeEntry"]
