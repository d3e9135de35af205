"""One report by hand, with all that a report may hold and with names chosen by somebody hostile."""

from __future__ import annotations

from scanner.findings.report_document import (
    SCHEMA,
    ControlDocument,
    EvidenceDocument,
    FindingDocument,
    ReportDocument,
    ResourceDocument,
    RuleDocument,
    Severity,
    Verdict,
)

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"
QUOTES = "\"'><b onmouseover=alert(3)>"
TERMINAL = "\x1b[2J\x1b]0;owned\x07\x9b31m\x7f"
BIDI = "Rec\u202eords\u2066\u200b\u2028\ufeff"
SCRIPT_LINK = "javascript:alert(4)"
HOSTILE = MARKUP + QUOTES + TERMINAL + BIDI


def resource(name: str, kind: str = "AWS::DynamoDB::Table", path: str = "infra/app.yaml") -> ResourceDocument:
    return {
        "address": f"{path}#{name}",
        "type": kind,
        "logical_id": name,
        "origin": "user",
        "construct_path": None,
        "arn": None,
        "account": None,
        "region": None,
        "stack": path,
        "tenant": None,
    }


def finding(rule: str, severity: Severity, verdict: Verdict, of: ResourceDocument, number: int) -> FindingDocument:
    """`number` makes the id, and is the line."""
    short: FindingDocument = {
        "id": f"{number:016x}",
        "rule": rule,
        "severity": severity,
        "layer": "storage",
        "verdict": verdict,
        "resource": of,
    }
    if verdict == "PASS":
        return short
    if verdict == "NOT_APPLICABLE":
        return {**short, "message": "`Properties.Global` does not hold"}
    evidence: EvidenceDocument = {
        "path": "Properties.SSESpecification",
        "value": None,
        "line": number,
        "snippet": [f"  {of['logical_id']}:", "    Type: AWS::DynamoDB::Table"],
    }
    return {
        **short,
        "message": f"{of['logical_id']} stores its items under a key that nobody here controls",
        "location": {"path": "infra/app.yaml", "line": number, "column": 3, "end_line": number + 1},
        "source": None,
        "evidence": [evidence],
        "assumptions": [],
        "world": {},
        "unknown": None,
        "proof": None,
        "counterexample": None,
        "fix": "Set `SSESpecification` with a KMSMasterKeyId.",
        "controls": ["164.312(a)(2)(iv)"],
        "exception": None,
    }


def waiting(rule: str, of: ResourceDocument, number: int, cause: str, detail: str) -> FindingDocument:
    result = finding(rule, "high", "UNKNOWN", of, number)
    result["unknown"] = {"cause": cause, "detail": detail}
    result["message"] = f"unknown: {detail}"
    return result


def rule(title: str, severity: Severity, layer: str = "storage") -> RuleDocument:
    return {
        "title": title,
        "severity": severity,
        "layer": layer,
        "why": "Who holds the key decides who reads the data.\nA lost key is lost data.",
        "fix": "Set `SSESpecification` with a KMSMasterKeyId.",
        "cli": [f"aws dynamodb update-table --table-name {HOSTILE}"],
        "references": ["https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html"],
        "controls": [{"framework": "hipaa-security-rule", "id": "164.312(a)(2)(iv)", "basis": "ours"}],
    }


def control(id_: str, title: str, status: str, **counts: int) -> ControlDocument:
    return {
        "framework": "hipaa-security-rule",
        "id": id_,
        "title": title,
        "status": status,
        "evidence": "none" if status == "NOT_ASSESSABLE" else "direct",
        "population": sum(counts.values()),
        "met": counts.get("met", 0),
        "met_by_default": 0,
        "deviations": counts.get("deviations", 0),
        "undetermined": counts.get("undetermined", 0),
        "accepted": counts.get("accepted", 0),
        "rules": ["dynamodb-kms"] if counts else [],
        "because": None if counts else "inherited from AWS for its facilities; attach the third-party audit report",
    }


def leak() -> FindingDocument:
    result = finding(
        "dynamodb-items-stay-with-tenant", "critical", "FAIL", resource("PatientApiRole", "AWS::IAM::Role"), 41
    )
    result["layer"] = "identity"
    result["message"] = "PatientApiRole lets a session of one tenant read the items of another when IsProd is false"
    result["location"] = {"path": "infra/app.yaml", "line": 42, "column": 23, "end_line": 44}
    result["source"] = {"path": "lib/api.ts", "line": 12, "column": 3}
    result["world"] = {"IsProd": False}
    result["assumptions"] = ["parameter `Pitr` at its default `true`"]
    result["evidence"] = [
        {
            "path": "Properties.Policies[0].PolicyDocument.Statement[1]",
            "value": {"Effect": "Allow", "Action": "dynamodb:Query"},
            "line": 41,
            "snippet": [
                "            - Effect: Allow",
                "              Action: dynamodb:Query",
                "              Resource: '*'",
            ],
        }
    ]
    result["proof"] = {
        "theorem": "cannot-cross-tenant",
        "over": "dynamodb-item",
        "verdict": "LEAK",
        "vacuous": False,
        "reach": "own-session",
        "assumptions": ["tenant ids match `[a-z0-9-]{1,36}`"],
    }
    result["counterexample"] = {
        "caller_tenant": "t",
        "owner_tenant": "t-",
        "principal": "arn:aws:sts::111122223333:assumed-role/PatientApiRole/session",
        "action": "dynamodb:Query",
        "resource": "arn:aws:dynamodb:eu-central-1:111122223333:table/Patients",
        "context": {"aws:PrincipalTag/TenantId": "t", "dynamodb:LeadingKeys": ["t-#1"]},
        "allowed_by": [{"policy": "PatientApiRole/items", "statement": 1, "line": 41}],
        "replayed": True,
    }
    result["fix"] = "Condition the statement on `dynamodb:LeadingKeys` with the delimiter after the tenant id."
    return result


def sample_report() -> ReportDocument:
    hostile = finding("dynamodb-kms", "high", "FAIL", resource(HOSTILE, HOSTILE, HOSTILE), 7)
    hostile["message"] = f"{HOSTILE} is here"
    hostile["location"] = {"path": HOSTILE, "line": 7, "column": 5, "end_line": None}
    hostile["evidence"] = [{"path": HOSTILE, "value": {HOSTILE: HOSTILE}, "line": 7, "snippet": [f"\tId: {HOSTILE}"]}]
    hostile["assumptions"] = [HOSTILE]
    accepted = finding("dynamodb-pitr", "medium", "SUPPRESSED", resource("AuditLog"), 90)
    accepted["exception"] = {
        "owner": "platform@clinic.example",
        "because": f"Holds no patient data; decision of the privacy officer. {HOSTILE}",
        "until": "2027-03-31",
        "approved_by": "privacy@clinic.example",
        "ticket": "SEC-412",
        "compensating": None,
        "hides": "FAIL",
        "source": {"path": "exceptions.yaml", "line": 1, "column": 3},
    }
    framework = finding("lambda-in-vpc", "low", "FAIL", resource("CustomResourceHandler", "AWS::Lambda::Function"), 300)
    framework["resource"]["origin"] = "framework"
    findings = [
        leak(),
        hostile,
        *(finding("dynamodb-pitr", "medium", "FAIL", resource(f"Table{n}"), 100 + n) for n in range(5)),
        framework,
        *(
            waiting("dynamodb-kms", resource(f"Store{n}"), 200 + n, "parameter", "parameter `Env` has no value")
            for n in (1, 2, 3)
        ),
        waiting("dynamodb-pitr", resource("Store1"), 210, "parameter", "parameter `Env` has no value"),
        waiting(
            "dynamodb-kms", resource("Shared"), 220, "import", f"export `{HOSTILE}` is in none of the files scanned"
        ),
        accepted,
        *(finding("dynamodb-kms", "high", "PASS", resource(f"Good{n}"), 400 + n) for n in range(4)),
        finding("dynamodb-pitr", "medium", "NOT_APPLICABLE", resource("Global"), 500),
    ]
    hostile_rule = rule(HOSTILE, "high")
    hostile_rule["references"] = [SCRIPT_LINK, 'https://example.org/?a=1&b="><script>']
    verdicts: dict[Verdict, int] = {"PASS": 4, "FAIL": 8, "UNKNOWN": 5, "NOT_APPLICABLE": 1, "SUPPRESSED": 1}
    return {
        "schema": SCHEMA,
        "tool": {"name": "tenantproof", "version": "0.1.0", "rules_digest": "sha256:" + "ab" * 32},
        "generated_at": "2026-11-22T10:00:00Z",
        "as_of": "2026-11-22",
        "options": {
            "fail_on": "high",
            "unknown_fails": "never",
            "parameters": {},
            "strict_parameters": False,
            "strict_defaults": False,
            "select": [],
            "skip": [],
            "frameworks": [],
        },
        "exit_code": 2,
        "run": {"by": None, "commit": "0123456789abcdef0123456789abcdef01234567", "started": None, "ended": None},
        "scope": {
            "accounts": ["111122223333"],
            "regions": ["eu-central-1"],
            "left_out": [{"what": "account 444455556666", "because": "declared free of patient data"}],
        },
        "inputs": [
            {"kind": "cloudformation", "path": "infra/app.yaml", "digest": "sha256:" + "01" * 32},
            {"kind": "cloudformation", "path": HOSTILE, "digest": "sha256:" + "02" * 32},
            {"kind": "cloudformation", "path": "infra/broken.yaml", "digest": "sha256:" + "03" * 32},
            {"kind": "ignored", "count": 12},
        ],
        "tenancy": {"source": "none", "digest": None, "value": {}, "evidence": []},
        "summary": {"resources": 19, "rules": 4, "verdicts": verdicts},
        "rules": {
            "dynamodb-items-stay-with-tenant": rule("Items stay with their tenant", "critical", "identity"),
            "dynamodb-kms": hostile_rule,
            "dynamodb-pitr": rule("Tables can be restored to a point in time", "medium"),
            "lambda-in-vpc": rule("Functions run in the private network", "low", "network"),
        },
        "findings": findings,
        "proofs": [
            {
                "principal": "infra/app.yaml#PatientApiRole",
                "theorem": "cannot-cross-tenant",
                "over": "dynamodb-item",
                "verdict": "LEAK",
                "finding": findings[0]["id"],
            },
            {
                "principal": f"infra/app.yaml#{HOSTILE}",
                "theorem": "cannot-cross-tenant",
                "over": None,
                "verdict": "ISOLATED",
                "finding": None,
            },
        ],
        "controls": [
            control("164.312(a)(1)", "Access control", "DEVIATIONS", met=3, deviations=1),
            control("164.312(a)(2)(iv)", f"Encryption {HOSTILE}", "NOT_DETERMINED", met=4, undetermined=3, accepted=1),
            control("164.310(a)(1)", "Facility access controls", "NOT_ASSESSABLE"),
        ],
        "coverage": [
            {
                "what": "what AWS::Include makes of infra/app.yaml",
                "cause": "macro",
                "detail": "`AWS::Include` is run at deployment",
                "path": "infra/app.yaml",
                "rules": [],
            }
        ],
        "errors": [
            {
                "level": "error",
                "kind": "input",
                "path": "infra/broken.yaml",
                "line": 3,
                "column": 1,
                "message": f"not well-formed YAML: {HOSTILE}",
                "hint": None,
            }
        ],
    }
