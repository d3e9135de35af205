"""AWS's reference has two pages for Elastic Load Balancing, IoT Greengrass and Lex, one for each generation.

Of an action on both pages only the older one's resource types were known: `DeleteLoadBalancer` on an application load
balancer was never asked, and a bot was asked for by an ARN that no bot of CloudFormation has: ISOLATED.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bypasses.test_a_copy_in_another_region import said
from tests.prover.situations import allow

THEIRS = [{"Key": "TenantId", "Value": "globex"}]
HERE = "us-east-1:111122223333"
ELB = f"elasticloadbalancing:{HERE}"


@pytest.mark.parametrize(
    ("kind", "action", "resource", "verdict"),
    [
        ("ElasticLoadBalancingV2::LoadBalancer", "DeleteLoadBalancer", "loadbalancer/app/*", "LEAK"),
        ("ElasticLoadBalancingV2::LoadBalancer", "ModifyLoadBalancerAttributes", "loadbalancer/app/*", "LEAK"),
        ("ElasticLoadBalancingV2::LoadBalancer", "AddTags", "loadbalancer/*", "LEAK"),
        ("ElasticLoadBalancingV2::TargetGroup", "RemoveTags", "targetgroup/*", "LEAK"),
        # What only classic load balancers have.
        ("ElasticLoadBalancingV2::LoadBalancer", "ConfigureHealthCheck", "loadbalancer/*", "ISOLATED"),
        ("ElasticLoadBalancingV2::LoadBalancer", "DeleteLoadBalancer", "targetgroup/*", "ISOLATED"),
    ],
)
def test_of_a_load_balancer(kind: str, action: str, resource: str, verdict: str, tmp_path: Path) -> None:
    theirs = {"Theirs": {"Type": f"AWS::{kind}", "Properties": {"Name": "globex", "Tags": THEIRS}}}
    assert said(tmp_path, theirs, None, allow(f"elasticloadbalancing:{action}", f"arn:aws:{ELB}:{resource}")) == verdict


@pytest.mark.parametrize(
    ("action", "resource", "verdict"),
    [
        ("lex:DeleteBot", "bot/*", "LEAK"),
        ("lex:UpdateBotLocale", "bot/*", "LEAK"),
        ("lex:DeleteBot", "bot:*", "ISOLATED"),
        ("lex:RecognizeText", "bot-alias/*", "LEAK"),
    ],
)
def test_of_a_bot(action: str, resource: str, verdict: str, tmp_path: Path) -> None:
    theirs = {"Theirs": {"Type": "AWS::Lex::Bot", "Properties": {"Name": "globex", "BotTags": THEIRS}}}
    assert said(tmp_path, theirs, None, allow(action, f"arn:aws:lex:{HERE}:{resource}")) == verdict


def test_of_the_version_of_a_component(tmp_path: Path) -> None:
    of = {"InlineRecipe": "{}", "Tags": {"TenantId": "globex"}}
    theirs = {"Theirs": {"Type": "AWS::GreengrassV2::ComponentVersion", "Properties": of}}
    assert said(tmp_path, theirs, None, allow("greengrass:TagResource", "*")) == "LEAK"
