"""How many requests a second the evaluator decides, on one core."""

from __future__ import annotations

import time
from collections.abc import Callable

from scanner.iam.evaluator import decide
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.principals import principal_of
from scanner.iam.request import Request

ROLE = principal_of("arn:aws:iam::111122223333:role/app")
TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/Patients"
KEYS = {"dynamodb:LeadingKeys": ["TENANT#${aws:PrincipalTag/TenantId}#*"]}


def simple(number: int) -> Request:
    return Request(ROLE, "s3:GetObject", f"arn:aws:s3:::bucket/{number}", None, {"aws:SourceIp": "203.0.113.5"})


def tenant(number: int) -> Request:
    context: dict[str, object] = {
        "aws:PrincipalTag/TenantId": "acme",
        "dynamodb:LeadingKeys": [f"TENANT#acme#{number}"],
    }
    return Request(ROLE, "dynamodb:Query", TABLE, None, context)


def large(number: int) -> Request:
    context: dict[str, object] = {"aws:PrincipalTag/t": "acme", "aws:PrincipalTag/team": "blue"}
    return Request(ROLE, "s3:GetObject", f"arn:aws:s3:::bucket-{number % 200}/acme/k", None, context)


def document(*statements: dict[str, object]) -> tuple[Policy, ...]:
    return (Policy.of("policy", {"Version": "2012-10-17", "Statement": list(statements)}),)


def allow(action: object, resource: object, **others: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **others}


def measure(name: str, request: Callable[[int], Request], policies: PolicySet, count: int) -> None:
    requests = [request(number) for number in range(count)]
    began = time.process_time()
    allowed = sum(decide(one, policies).decision == "ALLOWED" for one in requests)
    elapsed = time.process_time() - began
    print(
        f"{name:32} {count / elapsed:10,.0f} requests/s {elapsed / count * 1e6:8.1f} us  ({allowed} of {count} allowed)"
    )


def main() -> None:
    measure("simple", simple, PolicySet(identity=document(allow("s3:GetObject", "arn:aws:s3:::bucket/*"))), 50_000)
    scoped = allow("dynamodb:*", TABLE, Condition={"ForAllValues:StringLike": KEYS})
    everything = allow("*", "*")
    policies = PolicySet(
        identity=document(scoped),
        boundary=document(everything),
        session=document(everything),
        scps=(document(everything),),
    )
    measure("tenant, five layers", tenant, policies, 20_000)
    condition = {"StringEquals": {"aws:PrincipalTag/team": ["blue", "red"]}}
    many = [
        allow(
            ["dynamodb:GetItem", "s3:Get*"], [f"arn:aws:s3:::bucket-{n}/${{aws:PrincipalTag/t}}/*"], Condition=condition
        )
        for n in range(200)
    ]
    measure("200 statements, all in question", large, PolicySet(identity=document(*many)), 1_000)
    others = [allow(f"service{n}:*", "*", Condition=condition) for n in range(200)]
    measure("200 statements, few in question", simple, PolicySet(identity=document(*others, everything)), 20_000)


if __name__ == "__main__":
    main()
