"""One run: accounts and regions in, a snapshot folder out; what an interrupted run has is not read again."""

from __future__ import annotations

import datetime
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Protocol

from scanner.live.calling import CredentialsEnded, Refused, Stopped
from scanner.live.clients import WHERE, AwsCaller, Clients, Credentials
from scanner.live.collecting import Where, collect
from scanner.live.services import SERVICES
from scanner.live.table import Service
from scanner.snapshots.lines import Line
from scanner.snapshots.manifest import FILE, Manifest, read_manifest, write_manifest
from scanner.snapshots.redaction import Redaction
from scanner.snapshots.shard import GLOBAL, Broken, Shard, ShardKey, adopt_shard, read_shard, write_shard
from scanner.text.problem import Problem, Problems, did_you_mean
from scanner.text.record import mutable, record

SHARDS_AT_ONCE = 8
ITEMS_AT_ONCE = 16
# "Regions and endpoints": of each partition, where what is global is kept.
FIRST_REGION = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
_SAVED_EVERY = 1.0
_WAKE = 0.2
_KEY_BYTES = 32


@record
class Request:
    """What to read; `version` is the program's.

    No `services` are all of them, no `regions` those that the account has switched on.
    """

    out: Path
    version: str
    services: Sequence[str] = ()
    regions: Sequence[str] = ()
    profile: str | None = None
    role: str | None = None
    external_id: str | None = None
    resume: bool = False


@mutable
class Progress:
    """What a run has done so far."""

    wanted: int = 0
    done: int = 0
    kept: int = 0
    resources: int = 0
    calls: int = 0
    failed: int = 0


@record
class Taken:
    """What a run has made; `ended` is why it could not go on, None where it is whole."""

    manifest: Manifest
    progress: Progress
    ended: str | None = None


class Watcher(Protocol):
    def __call__(self, progress: Progress) -> None: ...


def named_services(names: Sequence[str]) -> list[Service]:
    """The services of these names; no names are all. Raises Problems."""
    known = {each.name: each for each in SERVICES}
    problems = [
        Problem("--services", f"`{name}` is not collected", hint=did_you_mean(name, known), kind="config")
        for name in names
        if name not in known
    ]
    if problems:
        raise Problems(problems)
    return [each for each in SERVICES if not names or each.name in names]


def snapshot(request: Request, watch: Watcher = lambda _: None) -> Taken:
    """Reads what is asked for into the folder, and nothing twice. Writes nothing to AWS.

    Raises Problems, MissingExtra, and KeyboardInterrupt after what is done is saved.
    """
    services = named_services(request.services)
    before = _folder(request)
    clients = Clients(request.profile, request.version)
    home = (request.regions or [clients.home or "us-east-1"])[0]
    credentials = clients.own
    if request.role is not None:
        credentials = clients.assumed(request.role, request.external_id, home)
    account, partition = _identity(clients, credentials, home)
    regions = list(request.regions) or _regions(clients, credentials, account, home)
    wanted = [
        ShardKey(account, region, service.name)
        for service in services
        for region in ([GLOBAL] if service.scope == "global" else regions)
    ]
    if before is not None and before.accounts and account not in before.accounts:
        message = f"the snapshot is of the account {', '.join(before.accounts)}, and these credentials are of {account}"
        raise Problems([Problem(request.out.as_posix(), message, kind="config")])
    run = _Run(request, clients, credentials, Where(account, home, partition), regions, services, wanted, before)
    return run.go(watch)


class _Run:
    def __init__(  # noqa: PLR0913  # all that a run is about
        self,
        request: Request,
        clients: Clients,
        credentials: Credentials,
        home: Where,
        regions: Sequence[str],
        services: Sequence[Service],
        wanted: Sequence[ShardKey],
        before: Manifest | None,
    ) -> None:
        self._folder = request.out
        self._version = request.version
        self._clients = clients
        self._credentials = credentials
        self._home = home
        self._regions = sorted({*regions, *(before.regions if before else ())})
        self._services = {each.name: each for each in services}
        self._names = sorted({*self._services, *(before.services if before else ())})
        self._wanted = sorted({*wanted, *((each.key for each in before.shards) if before else ())})
        self._todo = list(wanted)
        self._started = before.started if before else _now()
        self._shards: dict[ShardKey, Shard] = {}
        self._redaction = Redaction(secrets.token_bytes(_KEY_BYTES))
        self._stop = threading.Event()
        self._items = ThreadPoolExecutor(ITEMS_AT_ONCE, "items")
        self.progress = Progress(len(wanted))
        for key in self._wanted:
            known = next((each for each in before.shards if each.key == key), None) if before else None
            shard = _kept(self._folder, key, known) if before else None
            if shard is not None:
                self._shards[key] = shard
                self.progress.kept += key in wanted
                self.progress.resources += shard.resources

    def go(self, watch: Watcher) -> Taken:
        ended: str | None = None
        self._save(None)
        try:
            ended = self._read(watch)
        finally:
            self._stop.set()
            self._items.shutdown(wait=True, cancel_futures=True)
            self._save(_now() if not self._missing() else None)
        return Taken(read_manifest(self._folder), self.progress, ended)

    def _missing(self) -> list[ShardKey]:
        return [key for key in self._wanted if key not in self._shards]

    def _read(self, watch: Watcher) -> str | None:
        """Reads every shard that is missing; the answer is why it could not."""
        ended: str | None = None
        saved = time.monotonic()
        with ThreadPoolExecutor(SHARDS_AT_ONCE, "shards") as pool:
            try:
                waiting = {pool.submit(self._shard, key) for key in self._todo if key not in self._shards}
                while waiting:
                    # Not for ever: an interrupt is seen only between two waits.
                    done, waiting = wait(waiting, timeout=_WAKE, return_when=FIRST_COMPLETED)
                    ended = self._take(done) or ended
                    if ended is not None:
                        self._stop.set()
                    if done and time.monotonic() - saved > _SAVED_EVERY:
                        self._save(None)
                        saved = time.monotonic()
                    watch(self.progress)
            except BaseException:
                self._stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
                self._take(each for each in waiting if each.done() and not each.cancelled())
                raise
        return ended

    def _take(self, done: Iterable[Future[Shard]]) -> str | None:
        ended: str | None = None
        for future in done:
            try:
                shard = future.result()
            except Stopped:
                continue
            except CredentialsEnded as error:
                ended = str(error)
                continue
            self._shards[shard.key] = shard
            self.progress.done += 1
            self.progress.resources += shard.resources
            self.progress.calls += shard.calls
            self.progress.failed += shard.failed
        return ended

    def _shard(self, key: ShardKey) -> Shard:
        region = self._home.region if key.region == GLOBAL else key.region
        if self._services[key.service].first:
            region = FIRST_REGION.get(self._home.partition, region)
        caller = AwsCaller(self._clients, self._credentials, key.account, region, self._stop.is_set)
        where = Where(key.account, region, self._home.partition)
        lines = [*collect(self._services[key.service], caller, where, self._redaction, self._each)]
        return write_shard(self._folder, key, lines, caller.calls)

    def _each(self, function: Callable[[object], list[Line]], items: Iterable[object]) -> Iterator[list[Line]]:
        try:
            yield from self._items.map(function, items)
        except RuntimeError:
            # The pool takes nothing more while the run is being ended.
            if self._stop.is_set():
                raise Stopped from None
            raise

    def _save(self, ended: str | None) -> None:
        shards = sorted(self._shards.values(), key=lambda each: each.key)
        write_manifest(
            self._folder,
            Manifest(
                self._version,
                self._started,
                ended,
                sorted({key.account for key in self._wanted}),
                self._regions,
                self._names,
                self._wanted,
                shards,
            ),
        )


def _kept(folder: Path, key: ShardKey, known: Shard | None) -> Shard | None:
    """The shard that an earlier run has made, if it is whole."""
    if known is None:
        return adopt_shard(folder, key)
    try:
        read_shard(folder, known)
    except Broken:
        return None
    return known


def _folder(request: Request) -> Manifest | None:
    """The manifest of what is there to resume; makes the folder where there is none. Raises Problems."""
    shown = request.out.as_posix()
    try:
        request.out.mkdir(parents=True, exist_ok=True)
        entries = [each.name for each in request.out.iterdir()]
    except OSError as error:
        message = f"cannot be written: {(error.strerror or str(error)).lower()}"
        raise Problems([Problem(shown, message, kind="config")]) from None
    if FILE in entries:
        try:
            manifest = read_manifest(request.out)
        except Broken as error:
            raise Problems([Problem(f"{shown}/{FILE}", str(error), kind="config")]) from None
        if not request.resume:
            message = "there is a snapshot in this folder"
            raise Problems([Problem(shown, message, hint="pass --resume, or another --out", kind="config")])
        return manifest
    if any(not name.startswith(".") for name in entries):
        message = "the folder holds something else, and nothing is written over it"
        raise Problems([Problem(shown, message, hint="pass another --out", kind="config")])
    return None


def _identity(clients: Clients, credentials: Credentials, region: str) -> tuple[str, str]:
    """The account and the partition. Raises Problems."""
    caller = AwsCaller(clients, credentials, "", region)
    try:
        answer = caller.call("sts", "get_caller_identity")
    except (Refused, CredentialsEnded) as error:
        raise Problems([Problem(WHERE, f"the credentials open nothing: {error}", kind="config")]) from None
    return str(answer["Account"]), str(answer["Arn"]).split(":")[1]


def _regions(clients: Clients, credentials: Credentials, account: str, home: str) -> list[str]:
    """Those that are switched on. Raises Problems."""
    caller = AwsCaller(clients, credentials, account, home)
    try:
        answer: Any = caller.call("ec2", "describe_regions")
    except (Refused, CredentialsEnded) as error:
        hint = "name them with --regions"
        message = f"the regions of the account cannot be read: {error}"
        raise Problems([Problem(WHERE, message, hint=hint, kind="config")]) from None
    return sorted(str(each["RegionName"]) for each in answer["Regions"])


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
