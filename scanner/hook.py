"""A CloudFormation Lambda Hook: a stack or change set that a scan would fail on is not deployed.

The handler of the Lambda function is `scanner.hook.handler`. Give it the wheel of tenantproof, and beside it
tenancy.yaml, exceptions.yaml and tenantproof.yaml as for a scan; it needs nothing else, and no permission: templates
come by a presigned address ("Create Lambda functions to evaluate resources for Lambda Hooks", CloudFormation Hooks
User Guide). Each finding is an annotation. What could not be read fails the Hook: no answer of it is a green one.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

from scanner.base.error import TenantproofError
from scanner.base.record import record
from scanner.findings.report_document import ErrorDocument, FindingDocument, ReportDocument, Severity
from scanner.outputs.shared.deciding import deciding, unread
from scanner.outputs.shared.exit_reason import reason
from scanner.outputs.shared.listing import cut, heading, place, primary, remedy, sentence, short
from scanner.outputs.shared.vocabulary import count
from scanner.project_options import options_near
from scanner.scanning import scan
from scanner.text.reading import MAX_BYTES

# Limits of the answer ("Annotation" in the CloudFormation API reference; messages in the guide).
MOST_MESSAGE = 1_024
MOST_ANNOTATIONS = 100
MOST_STATUS = 16_384
_SECONDS = 10
# A payload holds the template, the one before, and both once more as JSON text.
_MOST_PAYLOAD = 8 * MAX_BYTES
_SEVERITY: dict[Severity, str] = {"critical": "CRITICAL", "high": "HIGH", "medium": "MEDIUM", "low": "LOW"}
_IMPORTED = "the exports of other stacks are not seen here, a scan of the whole project decides them"
_HOST = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?\Z")

Event = Mapping[str, object]
Answer = dict[str, object]
Fetch = Callable[[str], bytes]


class UnanswerableError(TenantproofError):
    """The event does not say what to judge; the text says why."""


@record
class _Asked:
    """What the event is about. No template is what is to be deleted."""

    template: bytes | None
    name: str
    account: str | None
    region: str | None


def handler(event: Event, context: object = None) -> Answer:
    """AWS Lambda's entry point."""
    del context
    return answer(event)


def answer(event: Event, fetch: Fetch | None = None, project: Path | None = None) -> Answer:
    """The answer to one event. Never raises: a Hook that breaks off may be set to let the deployment go on.

    `project` is the folder with the project's files; by default that of the function's code.
    """
    token = event.get("clientRequestToken")
    try:
        asked = _asked(event, fetch or _fetched)
    except UnanswerableError as error:
        return _failed(token, "InternalFailure", str(error))
    if asked.template is None:
        return _passed(token, f"{asked.name} is being deleted, which no rule is about")
    home = project or Path(os.environ.get("LAMBDA_TASK_ROOT", "."))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{asked.name}.template"
        path.write_bytes(asked.template)
        options = options_near([home])
        result = scan(options=replace(options, paths=[path], project=home, account=asked.account, region=asked.region))
    report = result.report
    # The template has no path that a reader knows: it lay in a folder of this answer's.
    told_of = (*map(_unread, unread(report)), *_annotations(report))
    annotations = [_without_folder(each, f"{Path(folder).name}/") for each in told_of]
    hidden = len(annotations) - MOST_ANNOTATIONS
    waiting = sum(_waits_for_import(each) for each in deciding(report))
    # A Hook sees one stack: what another exports is unknown here in every sound project, and known to a scan of all.
    let_by = result.exit_code == 1 and waiting == sum(1 for _ in deciding(report))
    said = "nothing that this stack alone decides stops it" if let_by else reason(report)
    if waiting:
        said += f"; {count(waiting, 'verdict')} unknown: {_IMPORTED}"
    said += f"; {hidden:,} more findings have no place here" if hidden > 0 else ""
    told: Answer = {"annotations": annotations[:MOST_ANNOTATIONS]}
    if result.exit_code == 0 or let_by:
        return _passed(token, said) | told
    return _failed(token, "NonCompliant" if result.exit_code == 1 else "InternalFailure", said) | told


def _asked(event: Event, fetch: Fetch) -> _Asked:
    """Raises UnanswerableError."""
    request = event.get("requestData")
    if not isinstance(request, Mapping):
        raise UnanswerableError("the event has no `requestData`: it does not come from a CloudFormation Hook")
    kind = request.get("targetType")
    name = re.sub(r"[^A-Za-z0-9-]", "-", str(request.get("targetLogicalId") or "stack"))[:128]
    account, stack = event.get("awsAccountId"), str(event.get("stackId") or event.get("stackID") or "")
    parts = stack.split(":")
    region = parts[3] if len(parts) > 3 and parts[3] else os.environ.get("AWS_REGION")  # noqa: PLR2004  # of an ARN
    where = (account if isinstance(account, str) else None, region)
    if str(event.get("actionInvocationPoint", "")).startswith("DELETE"):
        return _Asked(None, name, *where)
    if kind == "RESOURCE":
        model = request.get("targetModel")
        properties = model.get("resourceProperties") if isinstance(model, Mapping) else None
        if not isinstance(properties, Mapping):
            raise UnanswerableError("the event of a resource has no `resourceProperties`")
        resource = {"Type": request.get("targetName"), "Properties": properties}
        logical = re.sub(r"[^A-Za-z0-9]", "", name) or "Resource"
        return _Asked(json.dumps({"Resources": {logical: resource}}).encode(), name, *where)
    address = request.get("payload")
    if kind not in ("STACK", "CHANGE_SET") or not isinstance(address, str):
        raise UnanswerableError(
            f"the target `{kind}` is not judged: let the Hook target stacks, change sets or resources"
        )
    try:
        payload = json.loads(fetch(address))
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        raise UnanswerableError(f"what is to be deployed could not be fetched: {type(error).__name__}") from None
    template = payload.get("template") if isinstance(payload, dict) else None
    if isinstance(template, Mapping):
        template = json.dumps(template)
    if not isinstance(template, str):
        raise UnanswerableError("the payload holds no template")
    return _Asked(template.encode("utf-8", "backslashreplace"), name, *where)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Another host would not be Amazon S3's."""


def _fetched(address: str) -> bytes:
    """Raises ValueError for what is no address of AWS, OSError and HTTPException where it does not answer."""
    parts = urlsplit(address)
    if parts.scheme != "https" or parts.username or not _HOST.match(parts.hostname or ""):
        raise ValueError("no address of AWS")
    with build_opener(_NoRedirect).open(address, timeout=_SECONDS) as response:
        content: bytes = response.read(_MOST_PAYLOAD + 1)
    if len(content) > _MOST_PAYLOAD:
        raise ValueError("too large")
    return content


def _annotations(report: ReportDocument) -> Iterator[Answer]:
    """What fails it first, then what does not."""
    failing = [each for each in deciding(report) if not _waits_for_import(each)]
    ids = {id(each) for each in failing}
    others = [each for each in report["findings"] if id(each) not in ids and each["verdict"] in ("FAIL", "UNKNOWN")]
    for finding in failing:
        yield _annotation(finding, report, "FAILED")
    for finding in others:
        yield _annotation(finding, report, "SKIPPED" if finding["verdict"] == "UNKNOWN" else "FAILED")


def _waits_for_import(finding: FindingDocument) -> bool:
    """Whether nothing but the export of another stack keeps it from a verdict."""
    unknown = finding.get("unknown")
    return finding["verdict"] == "UNKNOWN" and unknown is not None and unknown["cause"] == "import"


def _annotation(finding: FindingDocument, report: ReportDocument, status: str) -> Answer:
    location = primary(finding)
    where = f" ({place(location)})" if location and location["line"] else ""
    told: Answer = {
        "annotationName": short(finding["rule"], MOST_MESSAGE),
        "status": status,
        "statusMessage": cut(f"{heading(finding, report)}: {sentence(finding)}{where}", MOST_STATUS),
        "severityLevel": _SEVERITY[finding["severity"]],
    }
    if fix := remedy(finding):
        told["remediationMessage"] = cut(fix, MOST_STATUS)
    rule = report["rules"].get(finding["rule"])
    links = [each for each in rule["references"] if each.startswith("https://")] if rule else []
    if links:
        told["remediationLink"] = links[0]
    return told


def _without_folder(annotation: Answer, folder: str) -> Answer:
    return {key: each.replace(folder, "") if isinstance(each, str) else each for key, each in annotation.items()}


def _unread(error: ErrorDocument) -> Answer:
    where = f"{error['path']}, line {error['line']}: " if error["line"] else ""
    hint = f", {error['hint']}" if error["hint"] else ""
    return {
        "annotationName": f"tenantproof-{error['kind']}",
        "status": "FAILED",
        "statusMessage": short(f"{where}{error['message']}{hint}", MOST_STATUS),
        "severityLevel": "CRITICAL",
    }


def _passed(token: object, message: str) -> Answer:
    return {"hookStatus": "SUCCESS", "message": short(message, MOST_MESSAGE), "clientRequestToken": token}


def _failed(token: object, code: str, message: str) -> Answer:
    return {
        "hookStatus": "FAILED",
        "errorCode": code,
        "message": short(message, MOST_MESSAGE),
        "clientRequestToken": token,
    }
