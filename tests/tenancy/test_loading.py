from __future__ import annotations

import datetime
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from scanner.base.problem import Problem, ProblemsError
from scanner.language.expressions.scope import Declared
from scanner.tenancy.loading import find_tenancy, load_tenancy, load_tenancy_near
from scanner.tenancy.owned import DynamodbItems, KmsContext, TenantAccounts
from scanner.tenancy.tenancy import NO_TENANCY, Tenancy
from scanner.text.reading import read
from tests.tenancy.conftest import Declare

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases" / "isolation"
WHOLE = """
tenant_id:
  pattern: "[a-z0-9-]{1,36}"
  tags: [TenantId, Tenant]
  claims: ["custom:tenantId"]
  from_issuer: [https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Acme]
  shared_values: [public, pooled]
  examples: [acme, globex]
sessions:
  - name: tenant api
    roles: ["*TenantRole*", "arn:aws:iam::*:role/app-*"]
    tenant_key: aws:PrincipalTag/TenantId
    present: always
    constants: {aws:PrincipalOrgID: o-abc123}
    session_policy: policies/tenant-session.json
    binders: ["arn:aws:iam::*:role/token-vending"]
owned:
  - {kind: dynamodb-item, table: Patients, key: "TENANT#${tenant}#*", indexes: {byClinic: "CLINIC#${tenant}#*"}}
  - {kind: s3-object, bucket: clinic-data, key: "tenant-${tenant}/*", model: pool, sensitive: [phi]}
  - {kind: s3-object-tag, bucket: scans, tag: TenantId}
  - {kind: arn, arn: "arn:*:dynamodb:*:*:table/${tenant}-orders", actions: ["dynamodb:*"]}
  - {kind: kms-context, key: alias/phi, context: {tenant: "${tenant}"}}
  - {kind: tagged, types: [AWS::DynamoDB::Table], tag: TenantId}
  - {kind: account, from: "account-tag:TenantId"}
  - {kind: account, from: {"444455556666": acme}}
shared: [{resource: "table/Plans", because: the same price list for everybody, owner: a@b.example, until: 2027-06-30}]
trusted: [{role: "*DeployRole", because: "CI only", owner: a@b.example, approved_by: c@b.example, until: 2027-03-31}]
routes: {public: ["POST /auth/*", "GET /health", "GET /.well-known/*", "OPTIONS *"]}
model: bridge
tenants: {acme: {regions: [us-east-1]}}
residency: {regions: [us-east-1, us-gov-west-1]}
compute: [{function: "*Tenant*", isolation: per-tenant}]
network: {private: [clinic-data, Patients], endpoints: [s3, dynamodb, kms]}
retention: {audit_log_days: 365, backup_days: 35}
cost_tags: [TenantId, Environment]
attestations: [{control: 164.308(a)(1)(ii)(A), statement: done, owner: a@b.example, date: 2026-10-02, valid_days: 365}]
engagement:
  entity: Clinic Inc
  role: covered-entity
  period: "2026"
  accounts_out: [{id: "444455556666", because: a sandbox, owner: a@b.example}]
account: "111122223333"
region: us-east-1
"""


def _refused(text: str) -> list[Problem]:
    with pytest.raises(ProblemsError) as caught:
        load_tenancy(read(dedent(text).encode(), "tenancy.yaml", cloudformation=False))
    problems = list(caught.value.problems)
    assert all(problem.kind == "tenancy" and problem.line and problem.column for problem in problems)
    assert not any(problem.message.endswith(".") for problem in problems)
    return problems


def _only(text: str) -> str:
    (problem,) = _refused(text)
    return str(problem)


def test_the_whole_form_of_the_design_is_read(declare: Declare) -> None:
    tenancy = declare(WHOLE)
    assert tenancy.source == "tenancy.yaml"
    assert tenancy.notes == ()
    assert tenancy.sessions[0].tenant_keys == ("aws:PrincipalTag/TenantId",)
    assert tenancy.sessions[0].always
    assert tenancy.owned[0] == DynamodbItems(
        table="Patients", key="TENANT#${tenant}#*", indexes={"byClinic": "CLINIC#${tenant}#*"}
    )
    assert tenancy.owned[1].model == "pool"
    assert tenancy.owned[1].sensitive == ("phi",)
    assert tenancy.owned[4] == KmsContext(key="alias/phi", context={"tenant": "${tenant}"})
    assert tenancy.owned[6] == TenantAccounts(tag="TenantId", ou=False, by_account={})
    assert tenancy.owned[7] == TenantAccounts(tag=None, ou=False, by_account={"444455556666": "acme"})
    assert tenancy.trusted[0].until == datetime.date(2027, 3, 31)
    assert tenancy.shared[0].owner == "a@b.example"
    assert tenancy.attestations[0].in_force(datetime.date(2027, 10, 2))
    assert tenancy.entity == "Clinic Inc"
    assert (tenancy.account, tenancy.region, tenancy.model) == ("111122223333", "us-east-1", "bridge")
    assert tenancy.tenants == {"acme": ("us-east-1",)}
    assert tenancy.tags == ("TenantId", "Tenant")
    place = tenancy.place(("owned", 1))
    assert place is not None
    assert place.line == 1 + next(n for n, line in enumerate(WHOLE.splitlines(), 1) if "s3-object," in line)


def test_only_the_version_is_required(declare: Declare) -> None:
    tenancy = declare("")
    assert tenancy.source == "tenancy.yaml"
    assert tenancy.tenant_ids.pattern == "any-tag-value"
    assert _only("tenant_id: {pattern: uuid}") == "tenancy.yaml:1:1: the file lacks `version`"
    assert _only("") == "tenancy.yaml:1:1: the file must be a mapping, not nothing"


def test_a_session_is_asked_untagged_unless_it_says_always(declare: Declare) -> None:
    tenancy = declare('sessions: [{roles: ["*"], tenant_key: [aws:PrincipalTag/T, aws:PrincipalTag/U]}]')
    assert not tenancy.sessions[0].always
    assert tenancy.sessions[0].tenant_keys == ("aws:PrincipalTag/T", "aws:PrincipalTag/U")


def test_it_is_what_rules_may_ask(declare: Declare) -> None:
    def ask(declared: Declared) -> object:
        return declared.value("cost_tags")

    assert ask(declare("cost_tags: [TenantId]")) == ["TenantId"]
    assert ask(NO_TENANCY) is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("tenant_id.tags", ["TenantId", "Tenant"]),
        ("tenant_id.tags[1]", "Tenant"),
        ("tenant_id.tags.1", "Tenant"),
        ("owned[0].indexes.byClinic", "CLINIC#${tenant}#*"),
        ("retention.audit_log_days", 365),
        ("owned[99].table", None),
        ("owned.first", None),
        ("retention.audit_log_days.more", None),
        ("nothing", None),
    ],
)
def test_rules_read_values_by_path(declare: Declare, path: str, value: object) -> None:
    assert declare(WHOLE).value(path) == value


def test_an_owner_is_an_id_or_a_shared_value(declare: Declare) -> None:
    tenancy = declare(WHOLE)
    assert tenancy.is_tenant_id("acme-2")
    assert tenancy.is_tenant_id("public")
    assert not tenancy.is_tenant_id("Acme")
    assert not tenancy.is_tenant_id("")
    assert not NO_TENANCY.is_tenant_id("acme")
    assert declare("").is_tenant_id("Acme")


def test_all_problems_of_a_file_are_told_at_once_in_its_order() -> None:
    problems = _refused(
        """\
        version: 1
        tenant_id: {patern: uuid}
        sessions:
          - {name: api, tenant_key: TenantId, present: alwys}
        owned:
          - {kind: dynamodb-itm}
          - {kind: s3-object, bucket: b, key: "x/*"}
        model: pooled
        """
    )
    assert [(problem.line, problem.column) for problem in problems] == sorted(
        (problem.line or 0, problem.column or 0) for problem in problems
    )
    assert [str(problem) for problem in problems] == [
        "tenancy.yaml:2:13: unknown key `patern` in `tenant_id`, did you mean `pattern`?",
        "tenancy.yaml:4:5: `sessions[0]` lacks `roles`",
        "tenancy.yaml:4:29: `sessions[0].tenant_key` must be a condition key such as `aws:PrincipalTag/TenantId`, not "
        "`TenantId`",
        "tenancy.yaml:4:48: `sessions[0].present` must be one of `always` or `maybe`, not `alwys`, did you mean "
        "`always`?",
        "tenancy.yaml:6:12: `owned[0].kind` must be one of `dynamodb-item`, `s3-object`, `s3-object-tag`, `arn`, "
        "`kms-context`, `tagged` or `account`, not `dynamodb-itm`, did you mean `dynamodb-item`?",
        "tenancy.yaml:7:39: `owned[1].key` lacks `${tenant}`, the place of the owner's id",
        "tenancy.yaml:8:8: `model` must be one of `pool`, `silo` or `bridge`, not `pooled`, did you mean `pool`?",
    ]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("version: 2", "must be the number `1`"),
        ('version: "1"', "must be the number `1`, not `1`"),
        ("account: 111122223333", "not the number `111122223333`, quote it"),
        ("account: 12345", "quote it to keep it text"),
        ('account: "12345"', "12 digits"),
        ("region: mars", "a region such as"),
        ('tenant_id: {pattern: "^a$"}', "leave them out"),
        ("tenant_id: {pattern: uuid, examples: [acme]}", "`acme` is no tenant id"),
        ("tenant_id: {examples: [pub], shared_values: [pub]}", "shared_values"),
        ("tenants: {'a#b': {}}", "`a#b` is no tenant id"),
        ('owned: [{kind: account, from: {"444455556666": "#"}}]', "`#` is no tenant id"),
        ("owned: [{kind: account, from: {x: acme}}]", "12 digits"),
        ("owned: [{kind: account, from: tag}]", "`ou`, `account-tag:`"),
        ('owned: [{kind: dynamodb-item, table: T, key: "${tenant}${user}"}]', "only hole here is `${tenant}`"),
        ('owned: [{kind: dynamodb-item, table: T, key: "${tenant"}]', "only hole here"),
        ('owned: [{kind: dynamodb-item, table: "T-${tenant}", key: "${tenant}"}]', "`kind: arn`"),
        ('owned: [{kind: dynamodb-item, table: T, key: "${tenant}", indexes: {i: x}}]', "indexes.i` lacks"),
        ('owned: [{kind: dynamodb-item, table: T, key: "${tenant}", bucket: b}]', "unknown key `bucket`"),
        ("owned: [{kind: kms-context, key: k, context: {a: b}}]", "tells no tenants apart"),
        ("owned: [{kind: kms-context, key: k, context: {}}]", "at least 1 entry"),
        ('owned: [{kind: arn, arn: "table/${tenant}"}]', "whole ARN"),
        ('owned: [{kind: arn, arn: "arn:*:*:*:*:x/${tenant}"}]', "must name its service"),
        ('owned: [{kind: arn, arn: "arn:*:s3:::x"}]', "lacks `${tenant}`"),
        ("owned: [{kind: tagged, types: [Table], tag: T}]", "resource type such as"),
        ("owned: [{kind: tagged, types: [], tag: T}]", "at least 1 item"),
        ("owned: [{kind: tagged, types: [AWS::S3::Bucket], tag: T, sensitive: [secret]}]", "`pii`, `phi`"),
        ('sessions: [{roles: ["*"]}]', "at least one of `tenant_key` or `session_policy`"),
        ('sessions: [{roles: ["*"], session_policy: /etc/passwd}]', "relative"),
        ('routes: {public: ["/health"]}', "HTTP method"),
        ('routes: {public: ["GET health"]}', "begins with a slash"),
        ("trusted: [{role: r, because: b, owner: o, approved_by: o, until: 2027-01-01}]", "somebody else"),
        ("trusted: [{role: r, because: b, until: 2027-02-30}]", "`YYYY-MM-DD`, not `2027-02-30`"),
        ("sessions:", "must be a list, not nothing"),
        ("version: 1", "`version` stands twice, first on line 1"),
    ],
)
def test_each_fault_is_told_where_it_stands(text: str, part: str) -> None:
    head = "" if text.startswith("version") and "twice" not in part else "version: 1\n"
    message = _only(head + text)
    assert part in message


def test_a_trust_that_nobody_answers_for_is_a_warning(declare: Declare) -> None:
    tenancy = declare("trusted: [{role: '*Deploy', because: CI only}]\nshared: [{resource: x, because: y, owner: z}]")
    assert [(note.level, note.message) for note in tenancy.notes] == [
        ("warning", "`shared[0]` is a declared trust without `until`"),
        ("warning", "`trusted[0]` is a declared trust without `owner`, `approved_by` and `until`"),
    ]


def test_the_digest_is_of_the_text(declare: Declare) -> None:
    assert declare("").digest != declare("# a word more\n").digest
    assert str(declare("").digest).startswith("sha256:")


def _repository(root: Path) -> Path:
    (root / ".git").mkdir(parents=True)
    (root / "infra" / "app").mkdir(parents=True)
    return root


def test_it_is_found_from_below_up_to_the_repository_and_no_further(tmp_path: Path) -> None:
    (tmp_path / "tenancy.yaml").write_text("version: 1\n")
    root = _repository(tmp_path / "repo")
    (root / "infra" / "app" / "t.yaml").write_text("Resources: {}")
    assert find_tenancy(root / "infra" / "app") is None
    (root / "tenancy.yaml").write_text("version: 1\n")
    assert find_tenancy(root / "infra" / "app" / "t.yaml") == root / "tenancy.yaml"
    (root / "infra" / "tenancy.yaml").write_text("version: 1\n")
    assert find_tenancy(root / "infra" / "app") == root / "infra" / "tenancy.yaml"
    tenancy = load_tenancy_near([root / "infra" / "app"])
    assert tenancy.document is not None
    assert tenancy.document.path == "infra/tenancy.yaml"


def test_without_a_repository_only_the_folder_itself_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "tenancy.yaml").write_text("version: 1\n")
    assert find_tenancy(tmp_path) == tmp_path / "tenancy.yaml"
    assert find_tenancy(tmp_path / "below") is None
    assert load_tenancy_near([tmp_path / "below"]) is NO_TENANCY


def test_a_relative_path_is_looked_up_from_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = _repository(tmp_path / "repo")
    (root / "tenancy.yaml").write_text("version: 1\n")
    monkeypatch.chdir(root / "infra")
    assert find_tenancy(Path()) == root / "tenancy.yaml"
    assert find_tenancy(Path("app")) == root / "tenancy.yaml"


def test_two_tenancies_in_one_scan_are_refused(tmp_path: Path) -> None:
    root = _repository(tmp_path / "repo")
    for folder in (root / "infra", root / "infra" / "app"):
        (folder / "tenancy.yaml").write_text("version: 1\n")
    with pytest.raises(ProblemsError, match=r"`infra/app/tenancy\.yaml` declares another tenancy than `infra/tenancy"):
        load_tenancy_near([root / "infra", root / "infra" / "app"])


@pytest.mark.parametrize(
    ("raw", "part"),
    [(b"a: [", "not well-formed"), (b"\xff\xfe\xff", "UTF-16"), (b"a: \0", "NUL"), (b"- 1\n", "must be a mapping")],
)
def test_a_file_that_cannot_be_read_is_a_problem_of_the_tenancy(tmp_path: Path, raw: bytes, part: str) -> None:
    (tmp_path / "tenancy.yaml").write_bytes(raw)
    with pytest.raises(ProblemsError, match=part) as caught:
        load_tenancy_near([tmp_path])
    assert {problem.kind for problem in caught.value.problems} == {"tenancy"}
    assert {problem.path for problem in caught.value.problems} == {"tenancy.yaml"}


def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("root:x:0\n")
    root = _repository(tmp_path / "repo")
    (root / "tenancy.yaml").symlink_to(tmp_path / "secret")
    with pytest.raises(ProblemsError, match="leads out of the project"):
        load_tenancy_near([root])
    (root / "tenancy.yaml").unlink()
    (root / "tenancy.yaml").symlink_to(root / "tenancy.yaml")
    with pytest.raises(ProblemsError, match="cannot be read"):
        load_tenancy_near([root])


def test_a_pipe_or_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "tenancy.yaml").mkdir()
    with pytest.raises(ProblemsError, match="not a regular file"):
        load_tenancy_near([tmp_path])
    (tmp_path / "tenancy.yaml").rmdir()
    subprocess.run(["mkfifo", tmp_path / "tenancy.yaml"], check=True)
    with pytest.raises(ProblemsError, match="not a regular file"):
        load_tenancy_near([tmp_path])


@pytest.mark.skipif(not CASES.is_dir(), reason="the isolation cases are not beside this checkout")
def test_the_tenancy_of_every_case_is_read_without_a_problem() -> None:
    tenancies: list[Tenancy] = []
    for path in sorted(CASES.glob("*.yaml")):
        case = yaml.safe_load(path.read_text("utf-8"))
        if case["tenancy"] is not None:
            text = yaml.safe_dump(case["tenancy"], allow_unicode=True)
            tenancies.append(load_tenancy(read(text.encode(), "tenancy.yaml", cloudformation=False)))
    assert len(tenancies) > 20
    assert sum(bool(each.owned) for each in tenancies) > 20


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{role: legacy}", "lacks `${tenant}`"),
        ('{role: "app-${tenant}", tenant: acme}', "by `tenant` and by `${tenant}`"),
        ("{role: legacy, tenant: UP}", "`UP` is no tenant id"),
        ("{role: legacy, tenant: pooled}", "is among `tenant_id.shared_values`"),
        ("{tenant: acme}", "role"),
        ('{stack: "t-${tenant}", tenant: acme}', "by `tenant` and by `${tenant}`"),
    ],
)
def test_whose_a_role_is_is_said_once(entry: str, said: str, declare: Declare) -> None:
    ids = 'tenant_id: {pattern: "[a-z]{3,12}", shared_values: [pooled]}'
    with pytest.raises(ProblemsError) as caught:
        declare(f"{ids}\nprincipals:\n  - {entry}\n")
    (problem,) = caught.value.problems
    assert said in problem.message and problem.line == 4


def test_whose_a_role_is_may_be_said_in_letters(declare: Declare) -> None:
    (entry,) = declare("principals: [{role: legacy, tenant: acme}]").principals
    assert (entry.role, entry.tenant) == ("legacy", "acme")
