"""Reading `tenancy.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from scanner.base.approval import approved_by_another
from scanner.base.problem import Problem, ProblemsError
from scanner.controls.rollup import Statement
from scanner.tenancy.identifiers import ANY_TAG_VALUE, HOLE, TenantIds
from scanner.tenancy.owned import (
    DynamodbItems,
    KmsContext,
    Owned,
    OwnedArn,
    S3Objects,
    TaggedResources,
    TaggedS3Objects,
    TenantAccounts,
)
from scanner.tenancy.schema import TENANCY
from scanner.tenancy.tenancy import (
    NO_TENANCY,
    AccountLeftOut,
    Compute,
    Engagement,
    Session,
    Shared,
    Tenancy,
    TenantPrincipal,
    Trusted,
)
from scanner.text.complaint import check, listed
from scanner.text.document import Document, Keys
from scanner.text.project_file import find_project_file, read_project_file

NAMES = ("tenancy.yaml", "tenancy.yml")

Raw = Any  # the file's data as it was read; its shape is checked before anything is taken out of it


def find_tenancy(start: Path) -> Path | None:
    """The tenancy.yaml nearest above `start`, inside its repository."""
    return find_project_file(start, NAMES)


def load_tenancy_near(paths: Sequence[Path]) -> Tenancy:
    """The one tenancy of all that is to be scanned, `NO_TENANCY` where there is none. Raises `ProblemsError`."""
    found = {each: None for path in paths if (each := find_tenancy(path)) is not None}
    if len(found) > 1:
        documents = [read_project_file(path, "tenancy") for path in found]
        message = f"`{documents[1].path}` declares another tenancy than `{documents[0].path}`"
        raise ProblemsError([Problem(documents[1].path, message, 1, 1, "scan them one at a time", "tenancy")])
    if not found:
        return NO_TENANCY
    path = next(iter(found))
    return replace(load_tenancy(read_project_file(path, "tenancy")), folder=path.parent)


def load_tenancy(document: Document) -> Tenancy:
    """Raises `ProblemsError` with everything that is wrong."""
    problems = check(TENANCY, document, kind="tenancy")
    if problems:
        raise ProblemsError(problems)
    raw: Raw = document.data
    ids = _ids(raw.get("tenant_id", {}))
    problems = list(_contradictions(raw, ids, document))
    if problems:
        raise ProblemsError(problems)
    network, retention = raw.get("network", {}), raw.get("retention", {})
    return Tenancy(
        source=NAMES[0],
        digest=f"sha256:{sha256(document.text.encode()).hexdigest()}",
        document=document,
        tenant_ids=ids,
        sessions=tuple(_session(body, number) for number, body in enumerate(raw.get("sessions", ()), 1)),
        owned=tuple(_owned(body) for body in raw.get("owned", ())),
        shared=tuple(
            Shared(body["resource"], body["because"], body.get("owner"), _day(body.get("until")))
            for body in raw.get("shared", ())
        ),
        trusted=tuple(
            Trusted(body["role"], body["because"], body.get("owner"), body.get("approved_by"), _day(body.get("until")))
            for body in raw.get("trusted", ())
        ),
        principals=tuple(
            TenantPrincipal(body.get("role"), body.get("stack"), body.get("because", ""), body.get("tenant"))
            for body in raw.get("principals", ())
        ),
        database=tuple(raw.get("database", ())),
        cluster=tuple(raw.get("cluster", ())),
        public_routes=tuple(raw.get("routes", {}).get("public", ())),
        model=raw.get("model"),
        tenants={name: tuple(body.get("regions", ())) for name, body in raw.get("tenants", {}).items()},
        regions=tuple(raw.get("residency", {}).get("regions", ())),
        compute=tuple(Compute(body["function"], body["isolation"]) for body in raw.get("compute", ())),
        private_stores=tuple(network.get("private", ())),
        endpoint_services=tuple(network.get("endpoints", ())),
        audit_log_days=retention.get("audit_log_days"),
        backup_days=retention.get("backup_days"),
        cost_tags=tuple(raw.get("cost_tags", ())),
        attestations=tuple(
            Statement(body["control"], body["owner"], date.fromisoformat(body["date"]), body["valid_days"])
            for body in raw.get("attestations", ())
        ),
        engagement=_engagement(raw.get("engagement", {})),
        account=raw.get("account"),
        region=raw.get("region"),
        notes=tuple(_unanswered(raw, document)),
    )


def _ids(raw: Raw) -> TenantIds:
    return TenantIds(
        raw.get("pattern", ANY_TAG_VALUE),
        *(tuple(raw.get(key, ())) for key in ("tags", "claims", "from_issuer", "shared_values", "examples")),
    )


def _session(raw: Raw, number: int) -> Session:
    keys = raw.get("tenant_key", ())
    constants: Mapping[str, Raw] = raw.get("constants", {})
    return Session(
        raw.get("name", f"session {number}"),
        tuple(raw["roles"]),
        (keys,) if isinstance(keys, str) else tuple(keys),
        raw.get("present") == "always",
        {key: value if isinstance(value, str) else tuple(value) for key, value in constants.items()},
        raw.get("session_policy"),
        tuple(raw.get("binders", ())),
        raw.get("hole"),
    )


def _owned(raw: Raw) -> Owned:
    traits: Raw = {"model": raw.get("model"), "sensitive": tuple(raw.get("sensitive", ()))}
    match raw["kind"]:
        case "dynamodb-item":
            return DynamodbItems(table=raw["table"], key=raw["key"], indexes=raw.get("indexes", {}), **traits)
        case "s3-object":
            return S3Objects(bucket=raw["bucket"], key=raw["key"], **traits)
        case "s3-object-tag":
            return TaggedS3Objects(bucket=raw["bucket"], tag=raw["tag"], **traits)
        case "arn":
            return OwnedArn(
                arn=raw["arn"], actions=tuple(raw.get("actions", ())), only_resource="only" in raw, **traits
            )
        case "kms-context":
            return KmsContext(key=raw["key"], context=raw["context"], **traits)
        case "tagged":
            return TaggedResources(types=tuple(raw["types"]), tag=raw["tag"], only_resource="only" in raw, **traits)
        case _:
            source = raw["from"]
            tag = source.removeprefix("account-tag:") if isinstance(source, str) and source != "ou" else None
            by_account = source if isinstance(source, dict) else {}
            return TenantAccounts(tag=tag, ou=source == "ou", by_account=by_account, **traits)


def _engagement(raw: Raw) -> Engagement:
    left_out = tuple(
        AccountLeftOut(body["id"], body["because"], body.get("owner")) for body in raw.get("accounts_out", ())
    )
    inside = tuple((body["id"], body.get("owner")) for body in raw.get("accounts_in", ()))
    ours = tuple(raw.get("organizations", ()))
    return Engagement(raw.get("entity"), raw.get("role"), raw.get("period"), left_out, raw.get("system"), inside, ours)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _contradictions(raw: Raw, ids: TenantIds, document: Document) -> Iterator[Problem]:
    """What no single value shows to be wrong."""
    names: list[tuple[tuple[str | int, ...], str]] = [
        (("tenant_id", "examples", index), name) for index, name in enumerate(ids.examples)
    ]
    names += [(("tenants", name), name) for name in raw.get("tenants", {})]
    for index, entry in enumerate(raw.get("owned", ())):
        if entry["kind"] == "account" and isinstance(entry["from"], dict):
            names += [(("owned", index, "from", account), name) for account, name in entry["from"].items()]
        if entry["kind"] == "kms-context" and not any(HOLE in value for value in entry["context"].values()):
            message = f"`owned[{index}].context` lacks `{HOLE}`, so that it tells no tenants apart"
            yield _problem(document, ("owned", index, "context"), message)
    names += [
        (("principals", index, "tenant"), entry["tenant"])
        for index, entry in enumerate(raw.get("principals", ()))
        if "tenant" in entry
    ]
    for keys, name in names:
        if not ids.is_id(name):
            message = f"`{name[:60]}` is no tenant id: it does not match `tenant_id.pattern`"
            if name in ids.shared_values:
                message = f"`{name[:60]}` is no tenant id: it is among `tenant_id.shared_values`"
            yield _problem(document, keys, message)
    for index, entry in enumerate(raw.get("sessions", ())):
        if "hole" in entry and "session_policy" not in entry:
            message = f"`sessions[{index}].hole` is a place in a session policy, and no `session_policy` is named"
            yield _problem(document, ("sessions", index, "hole"), message)
    for index, entry in enumerate(raw.get("principals", ())):
        named = any(HOLE in entry.get(key, "") for key in ("role", "stack"))
        if named and "tenant" in entry:
            message = f"`principals[{index}]` says by `tenant` and by `{HOLE}` in a name whose the roles are"
            yield _problem(document, ("principals", index, "tenant"), message)
        elif not named and "tenant" not in entry:
            message = f"`principals[{index}]` lacks `{HOLE}`, the place of the owner's id in a role's or a stack's name"
            yield _problem(document, ("principals", index), message)
    for index, entry in enumerate(raw.get("trusted", ())):
        by, owner = entry.get("approved_by"), entry.get("owner")
        if by is not None and owner is not None and not approved_by_another(by, [owner]):
            message = f"`trusted[{index}].approved_by` is the owner; somebody else has to approve"
            yield _problem(document, ("trusted", index, "approved_by"), message)


def _unanswered(raw: Raw, document: Document) -> Iterator[Problem]:
    """Declared trusts that nobody answers for or that never end; they count, and are told."""
    for section, wanted in (("shared", ("owner", "until")), ("trusted", ("owner", "approved_by", "until"))):
        for index, entry in enumerate(raw.get(section, ())):
            if missing := [key for key in wanted if key not in entry]:
                message = f"`{section}[{index}]` is a declared trust without {listed(missing, 'and')}"
                yield replace(_problem(document, (section, index), message), level="warning")


def _problem(document: Document, keys: Keys, message: str) -> Problem:
    place = document.place(keys)
    return Problem(document.path, message, place.line, place.column, kind="tenancy")
