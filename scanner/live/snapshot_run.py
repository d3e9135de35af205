"""One run: accounts and regions in, a snapshot folder out; what an interrupted run has is not read again."""

from __future__ import annotations

import datetime
import re
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import field
from pathlib import Path
from typing import Protocol

from scanner.base.problem import Problem, ProblemsError, did_you_mean
from scanner.base.record import mutable, record
from scanner.base.state_folder import state_folder
from scanner.live.accounts import Doors, Target, chosen, switched_on
from scanner.live.answers import NO_ANSWER
from scanner.live.aws_calls import CredentialsEndedError, RefusedError, SignedOutError, StoppedError, told
from scanner.live.clients import WHERE, AwsCaller, Clients, Credentials
from scanner.live.collector_table import Service
from scanner.live.dask_cluster import Cluster, far_cluster
from scanner.live.organization import read_organization
from scanner.live.services import SERVICES
from scanner.live.shard_jobs import FIRST_REGION, Job, read_far, read_job
from scanner.model.needs import Needs
from scanner.snapshots.folder_lock import HeldError, held
from scanner.snapshots.lines import Line, Why
from scanner.snapshots.manifest import FILE, Closed, LeftOut, Manifest, read_manifest, write_manifest
from scanner.snapshots.redaction import Redaction
from scanner.snapshots.shard import (
    GLOBAL,
    ORGANIZATION,
    BrokenError,
    Shard,
    ShardKey,
    adopt_shard,
    read_shard,
    write_shard,
    write_whole,
)

SHARDS_AT_ONCE = 8
ITEMS_AT_ONCE = 8
MOST_WAITING = 256
_SAVED_EVERY = 1.0
_WAKE = 0.2
_KEY_BYTES = 32
_ID = re.compile(r"[0-9]{12}\Z", re.ASCII)


@record
class Request:
    """What to read; `version` is the program's.

    No `services` are all of them, no `regions` those that the account has switched on, and no `needs` is everything
    that can be read. `most_calls` is a ceiling a second for each account, region and service.
    """

    out: Path
    version: str
    services: Sequence[str] = ()
    regions: Sequence[str] = ()
    profile: str | None = None
    role: str | None = None
    external_id: str | None = None
    resume: bool = False
    organization: Members | None = None
    scheduler: str | None = None
    needs: Needs | None = None
    most_calls: float | None = None


@record
class Members:
    """Which accounts of the organisation, and the role that is assumed in each but the own.

    No `only` are all; `excluded` are left out for the reasons given.
    """

    role_name: str
    only: Sequence[str] = ()
    excluded: Mapping[str, str] = field(default_factory=dict)


@record
class _Scope:
    """What a run is about, once it is known."""

    home: str
    partition: str
    services: Mapping[str, Service]
    targets: Sequence[Target]
    wanted: Sequence[ShardKey]
    closed: Sequence[Closed] = ()
    left_out: Sequence[LeftOut] = ()
    organization: bool = False


@mutable
class Progress:
    """What a run has done so far. `wanted`, `done` and `kept` count shards, the last those of an interrupted run that
    are not read again; `resources` are in `done` and `kept`, `calls` are requests to AWS, `failed` those that were
    refused and accounts that could not be entered."""

    wanted: int = 0
    done: int = 0
    kept: int = 0
    resources: int = 0
    calls: int = 0
    failed: int = 0
    accounts: int = 1


@record
class Taken:
    """What a run has made; `ended` is why it could not go on, None where it is whole. `notes` are what else happened
    that whoever runs it should know."""

    manifest: Manifest
    progress: Progress
    ended: str | None = None
    notes: Sequence[str] = ()


class Watcher(Protocol):
    """Called each time that a part of a run is done or left."""

    def __call__(self, progress: Progress) -> None: ...


def named_services(names: Sequence[str]) -> list[Service]:
    """The services of these names; no names are all. Raises ProblemsError."""
    known = {each.name: each for each in SERVICES}
    problems = [
        Problem("--services", f"`{name}` is not collected", hint=did_you_mean(name, known), kind="config")
        for name in names
        if name not in known
    ]
    if problems:
        raise ProblemsError(problems)
    return [each for each in SERVICES if not names or each.name in names]


def snapshot(request: Request, watch: Watcher = lambda _: None) -> Taken:
    """Reads what is asked for into the folder, and nothing twice. Writes nothing to AWS.

    Raises ProblemsError, MissingExtraError, and KeyboardInterrupt after what is done is saved.
    """
    services = {each.name: each for each in named_services(request.services)}
    with writing(request.out):
        return _snapshot(request, services, watch)


@contextmanager
def writing(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Holds the folder, which is made where there is none. Raises ProblemsError where another run writes into it."""
    shown = folder.as_posix()
    try:
        with ExitStack() as stack:
            try:
                state_folder(folder)
                stack.enter_context(held(folder, _now(), shared=shared))
            except OSError as error:
                message = f"cannot be written: {(error.strerror or str(error)).lower()}"
                raise ProblemsError([Problem(shown, message, kind="config")]) from None
            yield
    except HeldError as error:
        hint = "wait for it, or pass another --out"
        message = f"another snapshot is being taken into this folder: {error}"
        raise ProblemsError([Problem(shown, message, hint=hint, kind="config")]) from None


def _snapshot(request: Request, services: Mapping[str, Service], watch: Watcher) -> Taken:
    before = _folder(request)
    clients = Clients(request.profile, request.version, request.most_calls)
    home = (request.regions or [clients.home or "us-east-1"])[0]
    credentials = clients.own
    if request.role is not None:
        credentials = clients.assumed(request.role, request.external_id, home)
    account, partition = identity(clients, credentials, home)
    with ExitStack() as stack:
        cluster = stack.enter_context(far_cluster(request.scheduler)) if request.scheduler is not None else None
        if request.organization is not None:
            return _organization(request, clients, services, (account, partition, home), before, cluster, watch)
        if before is not None and before.accounts and account not in before.accounts:
            known = ", ".join(before.accounts)
            message = f"the snapshot is of the account {known}, and these credentials are of {account}"
            raise ProblemsError([Problem(request.out.as_posix(), message, kind="config")])
        regions = list(request.regions) or _regions(clients, credentials, account, home)
        target = Target(account, request.role, credentials, regions)
        scope = _Scope(home, partition, services, [target], [*shard_keys(target, services)])
        return _Run(request, clients, scope, before, cluster).go(watch)


def _organization(  # noqa: PLR0913  # what the caller has found out already
    request: Request,
    clients: Clients,
    services: Mapping[str, Service],
    place: tuple[str, str, str],
    before: Manifest | None,
    cluster: Cluster | None,
    watch: Watcher,
) -> Taken:
    account, partition, home = place
    members = request.organization
    if members is None:
        raise ValueError("no organisation was asked for")
    key = ShardKey(account, GLOBAL, ORGANIZATION)
    doors = Doors(
        clients, clients.own, account, partition, home, members.role_name, request.external_id, request.regions
    )
    caller = AwsCaller(clients, clients.own, account, FIRST_REGION.get(partition, home))
    try:
        organization = read_organization(caller)
        read, left = chosen(organization.members, members.only, members.excluded)
        entered = [*doors.enter_all([each.id for each in read])]
    except (RefusedError, CredentialsEndedError) as error:
        hint = "run it in the management account, or in one that administers Organizations for it"
        message = f"the organization cannot be read: {error}"
        raise ProblemsError([Problem(WHERE, message, hint=hint, kind="config")]) from None
    targets = [each for each in entered if isinstance(each, Target)]
    closed = [each for each in entered if isinstance(each, Closed)]
    wanted = [key, *(key for target in targets for key in shard_keys(target, services))]
    scope = _Scope(home, partition, services, targets, wanted, closed, left, organization=True)
    run = _Run(request, clients, scope, before, cluster)
    # Few calls tell it all, and who is in the organisation may have changed since the run before.
    run.put(write_shard(request.out, key, organization.lines, caller.calls))
    return run.go(watch)


def shard_keys(target: Target, services: Mapping[str, Service]) -> Iterator[ShardKey]:
    """All that an account has of the services."""
    for name, service in services.items():
        for region in [GLOBAL] if service.scope == "global" else target.regions:
            yield ShardKey(target.account, region, name)


class _Run:
    def __init__(
        self, request: Request, clients: Clients, scope: _Scope, before: Manifest | None, cluster: Cluster | None
    ) -> None:
        self._folder = request.out
        self._request = request
        self._clients = clients
        self._scope = scope
        self._far = cluster
        self._deserted: str | None = None
        self._notes: list[str] = []
        self._manifest: Manifest | None = None
        self._targets = {each.account: each for each in scope.targets}
        self._closed = {each.account: each for each in scope.closed}
        regions = {region for each in scope.targets for region in each.regions}
        self._regions = sorted({*regions, *(before.regions if before else ())})
        self._names = sorted({*scope.services, *(before.services if before else ())})
        self._wanted = sorted({*scope.wanted, *((each.key for each in before.shards) if before else ())})
        self._started = before.started if before else _now()
        self._shards: dict[ShardKey, Shard] = {}
        self._redaction = Redaction(secrets.token_bytes(_KEY_BYTES))
        self._stop = threading.Event()
        self.progress = Progress(len(scope.wanted), accounts=len(scope.targets) + len(scope.closed))
        self.progress.failed += len(scope.closed)
        known = {each.key: each for each in before.shards} if before else {}
        asked = set(scope.wanted)
        for key in self._wanted if before or request.resume else ():
            shard = _kept(self._folder, key, known.get(key))
            if shard is not None:
                self._shards[key] = shard
                self.progress.kept += key in asked
                self.progress.resources += shard.resources

    def go(self, watch: Watcher) -> Taken:
        ended: str | None = None
        unsaved = self._save(None)
        try:
            ended = unsaved or self._read(watch)
        finally:
            self._stop.set()
            unsaved = self._save(_now() if not self._missing() else None)
        return Taken(self._manifest or read_manifest(self._folder), self.progress, ended or unsaved, self._notes)

    def _unwritten(self, error: OSError) -> str:
        """Why the run ends where its folder takes nothing more."""
        said = (error.strerror or str(error)).lower()
        hint = "what was read before is kept: make room and pass --resume"
        return f"{self._folder.as_posix()} cannot be written: {said}; {hint}"

    def _missing(self) -> list[ShardKey]:
        return [key for key in self._wanted if key not in self._shards and key.account not in self._closed]

    def _todo(self) -> list[ShardKey]:
        return [key for key in self._scope.wanted if key not in self._shards and key.account not in self._closed]

    def put(self, shard: Shard) -> None:
        """Takes a shard that was made; one that is there already makes room for it."""
        if shard.key in self._shards:
            self.progress.kept -= 1
            self.progress.resources -= self._shards[shard.key].resources
        self._shards[shard.key] = shard
        self.progress.done += 1
        self.progress.resources += shard.resources
        self.progress.calls += shard.calls
        self.progress.failed += shard.failed

    def _read(self, watch: Watcher) -> str | None:
        """Reads every shard that is missing; the answer is why it could not."""
        if self._far is not None:
            ended = self._work(self._far.executor, watch)
            left = len(self._todo())
            if ended is not None or not left:
                return ended
            why = self._deserted or "workers ended before they answered"
            self._notes.append(f"the cluster left {left:,} shards unread ({why}); this machine read them")
            self._far = None
        with ThreadPoolExecutor(SHARDS_AT_ONCE, "shards") as pool:
            return self._work(pool, watch)

    def _work(self, pool: Executor, watch: Watcher) -> str | None:
        """Never more of them waiting than workers can be kept busy with: an organisation has millions."""
        # Accounts in turn, as each has a pace of its own.
        todo = iter(sorted(self._todo(), key=lambda key: (key.service, key.region, key.account)))
        ended: str | None = None
        saved, pause = time.monotonic(), _SAVED_EVERY
        waiting: dict[Future[Shard | tuple[Shard, bytes]], ShardKey] = {}
        try:
            while True:
                while ended is None and len(waiting) < MOST_WAITING and (key := next(todo, None)) is not None:
                    if key.account not in self._closed:
                        waiting[self._submit(pool, key)] = key
                if not waiting:
                    return ended
                # Not for ever: an interrupt is seen only between two waits.
                done, _ = wait(waiting, timeout=_WAKE, return_when=FIRST_COMPLETED)
                ended = self._take({each: waiting.pop(each) for each in done}) or ended
                if self._far is not None and (why := self._far.gives_up(answered=bool(done))) is not None:
                    self._deserted = why
                    for each in waiting:
                        each.cancel()
                    return ended
                if ended is not None:
                    self._stop.set()
                    for each in [each for each in waiting if each.cancel()]:
                        del waiting[each]
                if done and time.monotonic() - saved > pause:
                    saving = time.monotonic()
                    ended = self._save(None) or ended
                    saved = time.monotonic()
                    # The manifest of a large organisation takes a while to write, too.
                    pause = max(_SAVED_EVERY, 20 * (saved - saving))
                watch(self.progress)
        except BaseException:
            self._stop.set()
            for each in waiting:
                each.cancel()
            if self._far is None:
                pool.shutdown(wait=True, cancel_futures=True)
            self._take({each: key for each, key in waiting.items() if each.done() and not each.cancelled()})
            raise

    def _submit(self, pool: Executor, key: ShardKey) -> Future[Shard | tuple[Shard, bytes]]:
        target = self._targets[key.account]
        request = self._request
        home = self._scope.home
        job = Job(
            key,
            home,
            self._scope.partition,
            request.profile,
            target.role,
            request.external_id,
            request.version,
            request.needs,
            request.most_calls,
        )
        if self._far is not None:
            return pool.submit(read_far, job)
        return pool.submit(
            read_job,
            job,
            self._clients,
            target.credentials,
            self._redaction,
            self._folder,
            self._each,
            self._stop.is_set,
        )

    def _take(self, done: Mapping[Future[Shard | tuple[Shard, bytes]], ShardKey]) -> str | None:
        ended: str | None = None
        for future, key in done.items():
            try:
                result = future.result()
            except StoppedError:
                continue
            except SignedOutError as error:
                ended = str(error)
                continue
            except (CredentialsEndedError, RefusedError) as error:
                # One account of many is an entry of the ledger, and the only one is the end.
                if not self._scope.organization or self._targets[key.account].role is None:
                    ended = str(error)
                elif key.account not in self._closed:
                    why = (
                        error.why("sts:AssumeRole", key.account)
                        if isinstance(error, RefusedError)
                        else Why("not-collected", str(error))
                    )
                    self._close(Closed(key.account, why))
                continue
            except OSError as error:
                if self._far is None:
                    ended = self._unwritten(error)
                continue
            except Exception:
                # A worker that died, or another version of the program on it: the shard is read here in the end.
                if self._far is None:
                    raise
                continue
            try:
                self.put(self._fetched(*result) if isinstance(result, tuple) else result)
            except OSError as error:
                ended = self._unwritten(error)
        return ended

    def _fetched(self, shard: Shard, raw: bytes) -> Shard:
        """Writes what a worker elsewhere has read. Raises OSError."""
        target = self._folder / shard.key.path
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, raw)
        return shard

    def _close(self, closed: Closed) -> None:
        self._closed[closed.account] = closed
        self.progress.failed += 1

    def _each(self, function: Callable[[object], list[Line]], items: Iterable[object]) -> Iterator[list[Line]]:
        """Puts the function to the items of one shard, by threads of its own: those of a service whose turn comes
        slowly keep no other one waiting."""
        several = [*items]
        if len(several) <= 1:
            yield from map(function, several)
            return
        with ThreadPoolExecutor(min(ITEMS_AT_ONCE, len(several)), "items") as pool:
            try:
                yield from pool.map(function, several)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _save(self, ended: str | None) -> str | None:
        """Writes the manifest; the answer is why it could not."""
        shards = sorted(self._shards.values(), key=lambda each: each.key)
        have = {each.key for each in shards}
        self._manifest = Manifest(
            self._request.version,
            self._started,
            ended,
            sorted({*(key.account for key in self._wanted), *self._closed}),
            self._regions,
            self._names,
            [key for key in self._wanted if key.account not in self._closed or key in have],
            shards,
            self._scope.left_out,
            [self._with_types(each, have) for _, each in sorted(self._closed.items())],
        )
        try:
            write_manifest(self._folder, self._manifest)
        except OSError as error:
            return self._unwritten(error)
        return None

    def _with_types(self, closed: Closed, held: Collection[ShardKey]) -> Closed:
        """What nothing was read of. An account that closed in the middle has shards of some services."""
        have = {key.service for key in held if key.account == closed.account}
        unread = [service for service in self._scope.services.values() if service.name not in have]
        types = {name for service in unread for name in service.types}
        return Closed(closed.account, closed.why, sorted(types))


def _kept(folder: Path, key: ShardKey, known: Shard | None) -> Shard | None:
    """The shard that an earlier run has made, if it is whole."""
    if known is None:
        return adopt_shard(folder, key)
    try:
        read_shard(folder, known)
    except BrokenError:
        return None
    return known


def _folder(request: Request) -> Manifest | None:
    """The manifest of what is there to resume; makes the folder where there is none. Raises ProblemsError."""
    shown = request.out.as_posix()
    try:
        state_folder(request.out)
        entries = [each.name for each in request.out.iterdir()]
    except OSError as error:
        message = f"cannot be written: {(error.strerror or str(error)).lower()}"
        raise ProblemsError([Problem(shown, message, kind="config")]) from None
    if FILE in entries:
        try:
            manifest = read_manifest(request.out)
        except BrokenError as error:
            raise ProblemsError([Problem(f"{shown}/{FILE}", str(error), kind="config")]) from None
        if not request.resume:
            message = "there is a snapshot in this folder"
            raise ProblemsError([Problem(shown, message, hint="pass --resume, or another --out", kind="config")])
        return manifest
    # Jobs of a plan leave their shards, and the run that joins them writes the manifest.
    foreign = [name for name in entries if not name.startswith(".") and not (request.resume and _ID.match(name))]
    if foreign:
        message = "the folder holds something else, and nothing is written over it"
        raise ProblemsError([Problem(shown, message, hint="pass another --out", kind="config")])
    return None


def identity(clients: Clients, credentials: Credentials, region: str) -> tuple[str, str]:
    """The account and the partition. Raises ProblemsError."""
    try:
        try:
            return _identity(AwsCaller(clients, credentials, "", region))
        except (CredentialsEndedError, RefusedError):
            # The region may be one that is not switched on, where nobody is known.
            elsewhere = _first_region(region)
            if elsewhere == region:
                raise
            return _identity(AwsCaller(clients, credentials, "", elsewhere))
    except (RefusedError, CredentialsEndedError) as error:
        raise ProblemsError([Problem(WHERE, f"the credentials open nothing: {error}", kind="config")]) from None


def _identity(caller: AwsCaller) -> tuple[str, str]:
    answer = caller.call("sts", "get_caller_identity")
    account, arn = str(told(answer, "Account")), str(told(answer, "Arn"))
    if _ID.match(account) is None or not arn.startswith("arn:"):
        raise RefusedError(NO_ANSWER, f"`{account[:64]}` and `{arn[:64]}` are no account and no ARN")
    return account, arn.split(":")[1]


def _first_region(region: str) -> str:
    """Of the partition that the region is of, by the name that AWS gives its regions."""
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return FIRST_REGION[partition]


def _regions(clients: Clients, credentials: Credentials, account: str, home: str) -> list[str]:
    """Those that are switched on. Raises ProblemsError."""
    caller = AwsCaller(clients, credentials, account, home)
    try:
        return switched_on(caller)
    except (RefusedError, CredentialsEndedError) as error:
        hint = "name them with --regions"
        message = f"the regions of the account cannot be read: {error}"
        raise ProblemsError([Problem(WHERE, message, hint=hint, kind="config")]) from None


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
