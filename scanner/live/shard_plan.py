"""Shards as a list that others schedule: Step Functions' Distributed Map, AWS Batch, or a shell."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from pathlib import Path

from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.live.accounts import Doors, Target, chosen
from scanner.live.aws_calls import CredentialsEndedError, RefusedError
from scanner.live.clients import WHERE, AwsCaller, Clients
from scanner.live.organization import read_organization
from scanner.live.shard_jobs import FIRST_REGION, Job, read_job
from scanner.live.snapshot_run import Members, Progress, Request, identity, named_services, shard_keys, writing
from scanner.snapshots.manifest import Closed
from scanner.snapshots.redaction import Redaction
from scanner.snapshots.shard import BrokenError, ShardKey, adopt_shard, write_whole

FORMAT = "tenantproof-plan/1"
_PARTS = 3


@record
class Planned:
    """How many there are of each."""

    shards: int
    accounts: int
    closed: int
    left_out: int


@record
class Made:
    """What reading one shard came to; `closed` says why its account could not be entered, None where it was."""

    progress: Progress
    closed: Closed | None = None


def write_plan(request: Request, members: Members, file: Path) -> Planned:
    """Asks which accounts and regions there are, and nothing of what is in them. Raises ProblemsError."""
    services = {each.name: each for each in named_services(request.services)}
    clients, doors, account, partition, home = _doors(request, members)
    try:
        caller = AwsCaller(clients, clients.own, account, FIRST_REGION.get(partition, home))
        organization = read_organization(caller)
        read, left = chosen(organization.members, members.only, members.excluded)
        entered = [*doors.enter_all([each.id for each in read])]
    except (RefusedError, CredentialsEndedError) as error:
        raise ProblemsError([Problem(WHERE, f"the organization cannot be read: {error}", kind="config")]) from None
    closed = [each for each in entered if isinstance(each, Closed)]
    targets = [each for each in entered if isinstance(each, Target)]
    keys = [key for target in targets for key in shard_keys(target, services)]
    document = {
        "schema": FORMAT,
        "role_name": members.role_name,
        "shards": [
            {"id": _name(key), "account": key.account, "region": key.region, "service": key.service} for key in keys
        ],
        "closed": [{"account": each.account, "why": each.why.detail} for each in closed],
        "left_out": [{"account": each.account, "name": each.name, "reason": each.reason} for each in left],
    }
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps(document, indent=1).encode() + b"\n")
    except OSError as error:
        message = f"cannot be written: {(error.strerror or str(error)).lower()}"
        raise ProblemsError([Problem(file.as_posix(), message, kind="config")]) from None
    return Planned(len(keys), len(targets), len(closed), len(left))


def read_planned(request: Request, members: Members, name: str) -> Made:
    """Reads one shard of a plan, or all of an account (`ID`) or of a region of it (`ID/REGION`), without a manifest.

    What is there whole is not read again, so a job that is tried once more does not ask twice. Raises ProblemsError.
    """
    services = {each.name: each for each in named_services(request.services)}
    parts = name.split("/")
    try:
        if len(parts) > _PARTS:
            raise BrokenError("too long")
        ShardKey(*[*parts, "x", "x"][:_PARTS])
    except BrokenError:
        hint = "an `id` of the plan: ACCOUNT/REGION/SERVICE, and less of it for more"
        raise ProblemsError([Problem("--shard", f"`{name}` is no shard", hint=hint, kind="config")]) from None
    clients, doors, _, partition, home = _doors(request, members)
    progress = Progress()
    try:
        target = doors.enter(parts[0])
        if isinstance(target, Closed):
            return Made(progress, target)
        keys = [key for key in shard_keys(target, services) if _name(key).split("/")[: len(parts)] == parts]
        if not keys:
            raise ProblemsError([Problem("--shard", f"there is no shard `{name}` to be read", kind="config")])
        redaction = Redaction(secrets.token_bytes(32))
        progress.wanted = len(keys)
        # Others may read other shards into the folder, and no run may join them before they are there.
        with writing(request.out, shared=True):
            for key in keys:
                if adopt_shard(request.out, key) is not None:
                    progress.kept += 1
                    continue
                job = Job(
                    key,
                    home,
                    partition,
                    request.profile,
                    target.role,
                    request.external_id,
                    request.version,
                    request.needs,
                )
                shard = read_job(job, clients, target.credentials, redaction, request.out)
                progress.done += 1
                progress.resources += shard.resources
                progress.calls += shard.calls
                progress.failed += shard.failed
    except OSError as error:
        message = f"cannot be written: {(error.strerror or str(error)).lower()}"
        hint = "what was read before is kept: make room and run the job again"
        raise ProblemsError([Problem(request.out.as_posix(), message, hint=hint, kind="config")]) from None
    except (RefusedError, CredentialsEndedError) as error:
        raise ProblemsError([Problem(WHERE, f"`{name}` cannot be read: {error}", kind="config")]) from None
    return Made(progress)


def _doors(request: Request, members: Members) -> tuple[Clients, Doors, str, str, str]:
    clients = Clients(request.profile, request.version, request.most_calls)
    home = (request.regions or [clients.home or "us-east-1"])[0]
    account, partition = identity(clients, clients.own, home)
    regions: Sequence[str] = request.regions
    role, external = members.role_name, request.external_id
    return (
        clients,
        Doors(clients, clients.own, account, partition, home, role, external, regions),
        account,
        partition,
        home,
    )


def _name(key: ShardKey) -> str:
    return key.path.removesuffix(".jsonl.gz")
