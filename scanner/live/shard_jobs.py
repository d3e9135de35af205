"""One shard as a piece of work that any process can do: here, on a worker of a cluster, or in a job of AWS Batch."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from scanner.base.record import record
from scanner.live.aws_calls import CredentialsEndedError, RefusedError, SignedOutError
from scanner.live.clients import AwsCaller, Clients, Credentials
from scanner.live.collector import ACCOUNT, Each, Where, collect
from scanner.live.collector_table import Service
from scanner.live.needed_calls import narrowed
from scanner.live.services import SERVICES
from scanner.model.needs import Needs
from scanner.snapshots.lines import Failed, Line, Listed, Why
from scanner.snapshots.redaction import Redaction
from scanner.snapshots.shard import GLOBAL, Shard, ShardKey, write_shard

# "Regions and endpoints": of each partition, where what is global is kept.
FIRST_REGION = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
_KEY_BYTES = 32
_MOST_ROLES = 1_024
_making = threading.Lock()


@record
class Job:
    """What one worker is told. `home` is the region of what is global; `role` None reads as whoever runs it.

    No `needs` is everything that can be read; `most_calls` is a ceiling a second for each account, region and service,
    on every worker.
    """

    key: ShardKey
    home: str
    partition: str
    profile: str | None
    role: str | None
    external_id: str | None
    version: str
    needs: Needs | None = None
    most_calls: float | None = None


def read_job(  # noqa: PLR0913  # all that reading one takes
    job: Job,
    clients: Clients,
    credentials: Credentials,
    redaction: Redaction,
    folder: Path,
    each: Each = map,
    stopped: Callable[[], bool] = lambda: False,
) -> Shard:
    """Reads the shard and writes it below the folder.

    Raises CredentialsEndedError, RefusedError, StoppedError and OSError.
    """
    key = job.key
    service = next(one for one in SERVICES if one.name == key.service)
    if job.needs is not None:
        service = narrowed(service, job.needs)
    region = job.home if key.region == GLOBAL else key.region
    if service.first:
        region = FIRST_REGION.get(job.partition, region)
    caller = AwsCaller(clients, credentials, key.account, region, stopped)
    where = Where(key.account, region, job.partition)
    try:
        lines = [*collect(service, caller, where, redaction, each, caller.at)]
    except SignedOutError:
        raise
    except CredentialsEndedError as error:
        if not _region_is_closed(job, clients, credentials, region, stopped):
            raise
        lines = [*_unread(service, error, region)]
    return write_shard(folder, key, lines, caller.calls)


def _region_is_closed(
    job: Job, clients: Clients, credentials: Credentials, region: str, stopped: Callable[[], bool]
) -> bool:
    """Whether only this region does not take the credentials, as one that is not switched on does not.

    Nor does an opt-in region take the session tokens of the global STS endpoint ("Managing AWS STS in an AWS Region").
    """
    elsewhere = FIRST_REGION.get(job.partition, job.home)
    if job.key.region == GLOBAL or region == elsewhere:
        return False
    try:
        AwsCaller(clients, credentials, job.key.account, elsewhere, stopped).call("sts", "get_caller_identity")
    except (CredentialsEndedError, RefusedError):
        return False
    return True


def _unread(service: Service, error: CredentialsEndedError, region: str) -> Iterator[Line]:
    """Nothing of the service is known in a region that does not take the credentials."""
    code = f": `{error.code}`" if error.code else ""
    why = Why("not-collected", f"region {region} does not take the credentials (it may not be switched on){code}")
    types = [name for collector in service.collectors for name in collector.types]
    yield Failed(service.name, "", why, types)
    yield from (Listed(name, why) for name in dict.fromkeys(types) if name != ACCOUNT)


def read_far(job: Job) -> tuple[Shard, bytes]:
    """The shard and its bytes, so that a worker need not share a disk with who asks. Raises as `read_job` does."""
    clients = _clients(job.profile, job.version, job.most_calls)
    credentials = clients.own
    if job.role is not None:
        credentials = _assumed(job.profile, job.version, job.most_calls, job.role, job.external_id, job.home)
    with TemporaryDirectory(prefix="tenantproof-") as folder:
        shard = read_job(job, clients, credentials, _redaction(), Path(folder))
        return shard, (Path(folder) / job.key.path).read_bytes()


def _clients(profile: str | None, version: str, most: float | None) -> Clients:
    with _making:
        return _made(profile, version, most)


@lru_cache(maxsize=4)
def _made(profile: str | None, version: str, most: float | None) -> Clients:
    return Clients(profile, version, most)


@lru_cache(maxsize=_MOST_ROLES)
def _assumed(
    profile: str | None, version: str, most: float | None, role: str, external_id: str | None, region: str
) -> Credentials:
    return _clients(profile, version, most).assumed(role, external_id, region)


@lru_cache(maxsize=1)
def _redaction() -> Redaction:
    return Redaction(secrets.token_bytes(_KEY_BYTES))
