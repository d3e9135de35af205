"""Grants of bucket ACLs are kept as grants: canned names, live answers, plans and AWS Config's items are one model."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner import scan
from scanner.inputs.aws_config import read_config
from scanner.live.aws_calls import RefusedError
from scanner.live.collector import Where, collect
from scanner.live.services.s3 import S3
from scanner.model.bucket_acl import canned_grants, canned_name, grant_to
from scanner.options import Options
from scanner.snapshots.lines import Seen
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.redaction import Redaction
from scanner.snapshots.shard import ShardKey, write_shard
from tests.inputs.terraform.plans import plan, resource, write

ACCOUNT, REGION = "111122223333", "eu-central-1"
OWNER, OTHER = "75aa57f0" * 8, "0f1e2d3c" * 8
DELIVERY = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"
GROUPS = {
    "AllUsers": "http://acs.amazonaws.com/groups/global/AllUsers",
    "AuthenticatedUsers": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
    "LogDelivery": "http://acs.amazonaws.com/groups/s3/LogDelivery",
}
PERMISSIONS = ("READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL")
RULES = ("s3-no-public-read", "s3-no-public-write", "s3-acl-no-other-accounts")
Verdicts = tuple[str, ...]


def expected(who: str, permission: str) -> Verdicts:
    """Of the three rules: who may write the ACL may let itself do all."""
    public = who in ("AllUsers", "AuthenticatedUsers")
    read = public and permission != "WRITE"
    written = public and permission not in ("READ", "READ_ACP")
    return tuple("FAIL" if bad else "PASS" for bad in (read, written, who == "other"))


def grantee(who: str) -> dict[str, str]:
    if who in GROUPS:
        return {"Type": "Group", "URI": GROUPS[who]}
    return {"Type": "CanonicalUser", "ID": {"owner": OWNER, "other": OTHER, "service": DELIVERY}[who]}


def answer(*grants: tuple[str, str]) -> dict[str, Any]:
    given = [{"Grantee": grantee(who), "Permission": what} for who, what in (("owner", "FULL_CONTROL"), *grants)]
    return {"Owner": {"ID": OWNER}, "Grants": given}


NONE = {
    "get_bucket_ownership_controls": RefusedError("OwnershipControlsNotFoundError"),
    "get_public_access_block": RefusedError("NoSuchPublicAccessBlockConfiguration"),
    "get_bucket_policy": RefusedError("NoSuchBucketPolicy"),
}


class Buckets:
    """Answers by bucket and operation; an exception is raised."""

    def __init__(self, buckets: Mapping[str, Mapping[str, Any]]) -> None:
        self._buckets = buckets

    def call(self, service: str, operation: str, /, **arguments: object) -> Mapping[str, Any]:
        if operation == "list_buckets":
            return {"Buckets": [{"Name": name, "BucketRegion": REGION} for name in self._buckets]}
        name = arguments.get("Bucket")
        answer = {**NONE, **self._buckets[str(name)]}.get(operation, {}) if name is not None else {}
        if isinstance(answer, Exception):
            raise answer
        found: Mapping[str, Any] = answer
        return found


def collected(**buckets: Mapping[str, Any]) -> dict[str, Seen]:
    lines = collect(S3, Buckets(buckets), Where(ACCOUNT, REGION), Redaction(b"key"))
    return {line.id: line for line in lines if isinstance(line, Seen) and line.type == "AWS::S3::Bucket"}


def live(folder: Path, buckets: Mapping[str, Mapping[str, Any]]) -> dict[str, Verdicts]:
    key = ShardKey(ACCOUNT, "global", "s3")
    lines = [*collect(S3, Buckets(buckets), Where(ACCOUNT, REGION), Redaction(b"key"))]
    shard = write_shard(folder, key, lines, 1)
    day = "2026-01-01T00:00:00Z"
    write_manifest(folder, Manifest("0", day, day, [ACCOUNT], [REGION], ["s3"], [key], [shard]))
    return verdicts(folder)


def verdicts(path: Path) -> dict[str, Verdicts]:
    """By the name of the bucket, of the three rules."""
    report = scan(path, options=Options(select=list(RULES))).report
    found: dict[str, dict[str, str]] = {}
    for each in report["findings"]:
        if each["resource"]["type"] == "AWS::S3::Bucket":
            found.setdefault(each["resource"]["logical_id"], {})[each["rule"]] = each["verdict"]
    return {name: tuple(each[rule] for rule in RULES) for name, each in found.items()}


def named(who: str, what: str) -> str:
    return f"{who}-{what}".lower().replace("_", "-")


CASES = [*itertools.product((*GROUPS, "other", "service"), PERMISSIONS)]
WANTED = {named(*case): expected(*case) for case in CASES}


def test_live_grants_are_read_by_their_value(tmp_path: Path) -> None:
    assert live(tmp_path, {named(*case): {"get_bucket_acl": answer(case)} for case in CASES}) == WANTED


def test_what_is_kept_is_the_grants_and_the_canned_name_where_there_is_one() -> None:
    several = answer(("AllUsers", "WRITE_ACP"), ("other", "READ"), ("service", "FULL_CONTROL"))
    found = collected(site={"get_bucket_acl": answer(("AllUsers", "READ"))}, records={"get_bucket_acl": several})
    assert found["site"].properties["AccessControl"] == "PublicRead"
    assert found["records"].properties["AclGrants"] == [
        {"Account": "owner", "Permission": "FULL_CONTROL"},
        {"Group": "AllUsers", "Permission": "WRITE_ACP"},
        {"Account": "other", "CanonicalId": OTHER, "Permission": "READ"},
        {"Account": "service", "Permission": "FULL_CONTROL"},
    ]
    assert [(path, why.cause) for path, why in found["records"].unknown] == [(("AccessControl",), "not-collected")]


@pytest.mark.parametrize("name", ["Private", "PublicRead", "PublicReadWrite", "AuthenticatedRead", "LogDeliveryWrite"])
def test_a_canned_name_and_its_grants_are_the_same(name: str) -> None:
    grants = canned_grants(name)
    assert grants is not None and canned_name(grants) == name


def test_ownership_that_switches_acls_off_leaves_no_grant(tmp_path: Path) -> None:
    public = {"get_bucket_acl": answer(("AllUsers", "FULL_CONTROL"))}
    controls = "get_bucket_ownership_controls"
    denied = RefusedError("AccessDenied")
    found = live(
        tmp_path,
        {
            "off": {controls: owned("BucketOwnerEnforced"), **public},
            "preferred": {controls: owned("BucketOwnerPreferred"), **public},
            "writer": {controls: owned("ObjectWriter"), **public},
            # Where nobody knows whether they are on, an ACL that grants more than the owner's control says so itself.
            "who": {controls: denied, **public},
            "own": {controls: denied, "get_bucket_acl": answer()},
        },
    )
    opened = ("FAIL", "FAIL", "PASS")
    none = ("PASS", "PASS", "PASS")
    assert found == {"off": none, "preferred": opened, "writer": opened, "who": opened, "own": none}


def owned(ownership: str) -> dict[str, Any]:
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]}}


def test_an_acl_that_was_denied_or_is_cut_is_unknown_and_what_is_new_in_it_counts_as_open(tmp_path: Path) -> None:
    partners = answer()
    uri = "http://acs.amazonaws.com/groups/global/Partners"
    partners["Grants"].append({"Grantee": {"Type": "Group", "URI": uri}, "Permission": "READ"})
    told: dict[str, Any] = {
        "denied": RefusedError("AccessDenied"),
        "no-owner": {"Grants": [{"Grantee": grantee("other"), "Permission": "READ"}]},
        "to-nobody": {"Owner": {"ID": OWNER}, "Grants": [{"Grantee": {"Type": "Group"}, "Permission": "READ"}]},
        "of-nothing": {"Owner": {"ID": OWNER}, "Grants": [{"Grantee": grantee("AllUsers")}]},
        "new-group": partners,
        "new-permission": answer(("AllUsers", "APPEND")),
    }
    assert live(tmp_path, {name: {"get_bucket_acl": each} for name, each in told.items()}) == {
        **dict.fromkeys(("denied", "no-owner", "to-nobody", "of-nothing"), ("UNKNOWN",) * 3),
        "new-group": ("FAIL", "PASS", "PASS"),
        "new-permission": ("FAIL", "FAIL", "PASS"),
    }


def test_canned_names_of_templates_are_the_same_model(tmp_path: Path) -> None:
    wanted = {
        "Private": ("PASS", "PASS", "PASS"),
        "PublicRead": ("FAIL", "PASS", "PASS"),
        "PublicReadWrite": ("FAIL", "FAIL", "PASS"),
        "AuthenticatedRead": ("FAIL", "PASS", "PASS"),
        "LogDeliveryWrite": ("PASS", "PASS", "PASS"),
        "AwsExecRead": ("PASS", "PASS", "PASS"),
        "NoSuchName": ("UNKNOWN", "UNKNOWN", "UNKNOWN"),
    }
    made = {name: {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": name}} for name in wanted}
    (tmp_path / "t.json").write_text(json.dumps({"Resources": made}), "utf-8")
    assert verdicts(tmp_path) == wanted


def test_grants_of_a_plan_are_the_same_model(tmp_path: Path) -> None:
    made = []
    for who, what in CASES:
        given, name = grantee(who), named(who, what)
        to = {"type": given["Type"], "id": given.get("ID"), "uri": given.get("URI"), "email_address": None}
        policy = {"owner": [{"id": OWNER}], "grant": [{"grantee": [to], "permission": what}]}
        acl = {"bucket": name, "acl": None, "access_control_policy": [policy]}
        made += [
            resource(f"aws_s3_bucket.{name}", {"bucket": name}),
            resource(f"aws_s3_bucket_acl.{name}", acl),
        ]
    assert by_name(verdicts(write(tmp_path, plan(*made)))) == WANTED


def by_name(found: Mapping[str, Verdicts]) -> dict[str, Verdicts]:
    return {name.rpartition(".")[2]: each for name, each in found.items()}


def test_grants_of_a_bucket_of_the_third_version_of_the_provider(tmp_path: Path) -> None:
    everybody = {"type": "Group", "uri": GROUPS["AllUsers"], "permissions": ["READ_ACP", "WRITE"]}
    someone = {"type": "CanonicalUser", "id": OTHER, "permissions": ["READ"]}
    service = {"type": "CanonicalUser", "id": DELIVERY, "permissions": ["FULL_CONTROL"]}
    made = [
        resource(
            f"aws_s3_bucket.{name}",
            {"bucket": name, "acl": "private", "grant": [{"id": "", "type": "", "uri": "", **grant}]},
        )
        for name, grant in (("everybody", everybody), ("someone", someone), ("service", service))
    ]
    assert by_name(verdicts(write(tmp_path, plan(*made)))) == {
        "everybody": ("FAIL", "FAIL", "PASS"),
        # Nobody says whose the id is.
        "someone": ("PASS", "PASS", "UNKNOWN"),
        "service": ("PASS", "PASS", "PASS"),
    }


WORDS = {
    "READ": "Read",
    "WRITE": "Write",
    "READ_ACP": "ReadAcp",
    "WRITE_ACP": "WriteAcp",
    "FULL_CONTROL": "FullControl",
}


def config_item(who: str, what: str) -> dict[str, Any]:
    listed = [
        {"grantee": one if one in GROUPS else {"id": grantee(one)["ID"], "displayName": None}, "permission": WORDS[may]}
        for one, may in (("owner", "FULL_CONTROL"), (who, what))
    ]
    acl = {"grantSet": None, "grantList": listed, "owner": {"displayName": None, "id": OWNER}}
    name = named(who, what)
    return {
        "version": "1.3",
        "configurationItemStatus": "OK",
        "configurationItemCaptureTime": "2026-01-01T00:00:00Z",
        "accountId": ACCOUNT,
        "awsRegion": REGION,
        "resourceType": "AWS::S3::Bucket",
        "resourceId": name,
        "resourceName": name,
        "arn": f"arn:aws:s3:::{name}",
        "configuration": json.dumps({"name": name}),
        # As the operation answers: a text in a text.
        "supplementaryConfiguration": {
            "AccessControlList": json.dumps(json.dumps(acl)),
            "BucketPolicy": '{"policyText":null}',
            "OwnershipControls": json.dumps({"rules": [{"objectOwnership": "ObjectWriter"}]}),
            "PublicAccessBlockConfiguration": json.dumps(dict.fromkeys(BLOCK, False)),
        },
    }


BLOCK = ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets")


def account_item(settings: Mapping[str, bool]) -> dict[str, Any]:
    """S3 Block Public Access of the account, whose settings AWS Config writes with a small letter."""
    return {
        **config_item("owner", "FULL_CONTROL"),
        "resourceType": "AWS::S3::AccountPublicAccessBlock",
        "resourceId": ACCOUNT,
        "resourceName": ACCOUNT,
        "arn": None,
        "configuration": json.dumps({key[:1].lower() + key[1:]: each for key, each in settings.items()}),
        "supplementaryConfiguration": {},
    }


def test_grants_that_aws_config_tells_are_the_same_model(tmp_path: Path) -> None:
    file = tmp_path / "items.json"
    items = [*(config_item(*case) for case in CASES), account_item(dict.fromkeys(BLOCK, False))]
    file.write_text(json.dumps({"baseConfigurationItems": items, "unprocessedResourceKeys": []}), "utf-8")
    assert not read_config(file.read_bytes(), "x").problems
    assert verdicts(file) == WANTED


def test_a_grant_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        grant_to(None, OTHER, OWNER, None)
