"""Which roles of IAM the pods of a service account can act as.

("IAM roles for service accounts", "Learn how EKS Pod Identity grants pods access to AWS services".) A pod may ask for a
token of its service account for any audience, so that a role needs no annotation to be assumed: what its trust policy
says of the token's subject decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.base.glob import glob_matches
from scanner.base.record import record
from scanner.iam.effective_policies import trust_document
from scanner.iam.policy_document import Condition, Statement, parse_document
from scanner.kubernetes.fields import as_text, at, body_of, text_at
from scanner.model.partial_text import Text
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import World

ROLE, ASSOCIATION = "AWS::IAM::Role", "AWS::EKS::PodIdentityAssociation"
ANNOTATION = "eks.amazonaws.com/role-arn"
_AUDIENCE = "sts.amazonaws.com"
_SIGN_IN = "sts:assumerolewithwebidentity"


@record(eq=False)
class PodRole:
    """A role with how it comes to a service account; `doubt` says why it may not, or which role it is."""

    role: Resource | None
    how: str
    doubt: Unknown | None = None
    session_tags: tuple[tuple[str, str], ...] = ()
    """What Pod Identity tags its sessions with ("Grant Pods access to AWS resources based on tags")."""


def pod_roles(account: Resource, namespace: str, name: str, inventory: Inventory, world: World) -> Iterator[PodRole]:
    """By an association of EKS Pod Identity, by trust in the cluster's tokens, and by annotation.

    Raises UndecidedError.
    """
    roles = inventory.of_type(ROLE)
    for association in inventory.of_type(ASSOCIATION):
        body = body_of(association)
        place, subject = text_at(body, "Namespace"), text_at(body, "ServiceAccount")
        said = ((place, namespace), (subject, name))
        if any(not isinstance(each, Unknown) and each != wanted for each, wanted in said):
            continue
        unknown = next((each for each, _ in said if isinstance(each, Unknown)), None)
        how = f"pod identity association {association.logical_id}"
        found = role_named(at(body, "RoleArn"), roles, world)
        if not isinstance(found, Resource):
            yield PodRole(None, how, found)
            continue
        off = at(body, "DisableSessionTags")
        tags = (("kubernetes-namespace", namespace), ("kubernetes-service-account", name))
        yield PodRole(found, how, unknown, tags if off in (None, False, "false") else ())
    annotated = text_at(body_of(account), "metadata", "annotations", ANNOTATION)
    wanted = role_named(annotated, roles, world) if annotated is not None else None
    if isinstance(wanted, Unknown):
        yield PodRole(None, f"annotation {ANNOTATION}", wanted)
    subject_claim = f"system:serviceaccount:{namespace}:{name}"
    for role in roles:
        admitted = admits(trust_document(role, world), subject_claim)
        if admitted is False:
            continue
        how = f"its trust in tokens of {subject_claim}"
        yield PodRole(role, how, admitted if isinstance(admitted, Unknown) else None)


def role_named(arn: object, roles: Sequence[Resource], world: World) -> Resource | Unknown:
    """The role of an ARN, which may be a reference; unknown where it was not read. Raises UndecidedError."""
    if isinstance(arn, Reference):
        found = next((each for each in roles if each.address == arn.resource), None)
        return found if found is not None else arn
    text = as_text(arn) if not isinstance(arn, Text) else None
    if isinstance(text, str):
        for role in roles:
            names = role.names(world)
            tail = text.rpartition("/")[2]
            if text in (names.arn, role.arn) or (not role.live and names.name == tail):
                return role
        return Unknown("missing-file", f"role {text.rpartition('/')[2]} is not in the files scanned")
    if isinstance(arn, Text | Unknown):
        return arn.holes[0] if isinstance(arn, Text) else arn
    return Unknown("invalid-template", "no role is named")


def admits(document: object, subject: str) -> bool | Unknown:
    """Whether a trust policy takes a token with this subject that a cluster of EKS has signed."""
    if document is None:
        return False
    parsed = parse_document(document)
    found: bool | Unknown = parsed.more or False
    for statement in parsed.statements:
        said = _takes(statement, subject)
        if said is True:
            if statement.effect == "Deny":
                return False
            found = True
        elif isinstance(said, Unknown) and found is False:
            found = said
    return found


def _takes(statement: Statement, subject: str) -> bool | Unknown:
    doubt = statement.conditions_more
    terms = statement.action.terms
    if not any(isinstance(each, str) and glob_matches(each.lower(), _SIGN_IN) for each in terms.items):
        open_action = terms.more or next((each for each in terms.items if not isinstance(each, str)), None)
        if open_action is None:
            return False
        doubt = doubt or (open_action.unknown if isinstance(open_action, Text) else open_action)
    principal = statement.principal
    if principal is None or principal.negated:
        return False
    providers = [item.value for item in principal.items if item.type == "Federated"]
    if not any(_is_of_cluster(each) for each in providers):
        # What only deployment knows may be a cluster's provider, if the conditions speak of service accounts.
        unknown = principal.more or next((each for each in providers if not isinstance(each, str)), None)
        if unknown is None or not any(
            "system:serviceaccount" in str(each.values.items) for each in statement.conditions
        ):
            return False
        doubt = doubt or (unknown.unknown if isinstance(unknown, Text) else unknown)
    for condition in statement.conditions:
        holds = _holds(condition, subject)
        if holds is False:
            return False
        if isinstance(holds, Unknown):
            doubt = doubt or holds
    if isinstance(statement.effect, Unknown):
        return statement.effect
    return doubt if doubt is not None else True


def _is_of_cluster(provider: object) -> bool:
    return isinstance(provider, str) and ("oidc.eks." in provider or "oidc-eks." in provider)


def _holds(condition: Condition, subject: str) -> bool | Unknown:
    key = condition.key.lower()
    value = subject if key.endswith(":sub") else _AUDIENCE if key.endswith(":aud") else None
    if value is None:
        return Unknown("not-modelled", f"what a pod's token has under {condition.key}")
    operator, negated = condition.operator.name.lower(), condition.operator.negated
    doubt = condition.values.more
    matched = False
    for each in condition.values.items:
        if not isinstance(each, str):
            doubt = doubt or (each.holes[0] if isinstance(each, Text) else each)
        elif operator.endswith("like"):
            matched = matched or glob_matches(each, value)
        elif operator.endswith(("equals", "equalsignorecase")):
            matched = matched or each == value
        else:
            return Unknown("not-modelled", f"what {condition.operator.name} says of {condition.key}")
    if matched:
        return not negated
    return doubt if doubt is not None else negated
