"""What the name of a resource may be that only deployment gives: one that CloudFormation makes, or an id of AWS's.

A policy may hold such a name in letters, copied from an account where the stack was deployed before.
"""

from __future__ import annotations

import re
from functools import lru_cache

from scanner.iam.made_arns import is_nameable
from scanner.model.resource import Resource

# "Name type" (CloudFormation User Guide): the stack, the logical id and a part that is drawn; both are cut where the
# type's names are short. Terraform draws 26 digits ("name_prefix", Terraform AWS provider).
_LONGEST_KEPT = 8
_DRAWN = r"-[a-z0-9]{12,13}"
_OF_TERRAFORM = r"|.*[0-9]{17,18}[0-9a-f]{8,9}"
# "Key identifiers (KeyId)" (AWS KMS Developer Guide).
_KEY_ID = r"mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_IDS = {
    "AWS::KMS::Key": _KEY_ID,
    "AWS::KMS::ReplicaKey": _KEY_ID,
    # `restApiId` and `apiId` (API Gateway API References).
    "AWS::ApiGateway::RestApi": r"[a-z0-9]{8,16}",
    "AWS::ApiGatewayV2::Api": r"[a-z0-9]{8,16}",
}
# "Resource IDs" (Amazon EC2 User Guide); file systems of Amazon EFS and FSx have the same form.
_LIKE_EC2 = ("AWS::EC2::", "AWS::EFS::", "AWS::FSx::")
_EC2_ID = r"[a-z]+(-[a-z]+)*-[0-9a-f]{8,17}"
_ANY_ID = r"[^/:*?$]{4,}"


def could_be_made(resource: Resource, attribute: str, text: str) -> bool:
    """Whether deployment may give the resource this name, or this id under an attribute beside `Ref`."""
    last = re.split(r"[./]", resource.logical_id)[-1] if resource.logical_id else ""
    return _form(resource.type, attribute, last[:_LONGEST_KEPT]).fullmatch(text) is not None


@lru_cache(maxsize=2048)
def _form(type_name: str, attribute: str, label: str) -> re.Pattern[str]:
    if attribute == "Ref" and is_nameable(type_name):
        return re.compile(rf"(.*-)?{re.escape(label)}.*{_DRAWN}{_OF_TERRAFORM}", re.IGNORECASE | re.DOTALL)
    if attribute == "Ref" and type_name.startswith(_LIKE_EC2):
        return re.compile(_EC2_ID)
    return re.compile(_IDS.get(type_name, _ANY_ID) if attribute == "Ref" else _ANY_ID)
