"""`Fn::FindInMap` by what nobody has said: decided where all that the map has agree, one world a key of a parameter."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from scanner.options import Options
from scanner.scanning import scan

DB = """\
{head}
Resources:
  Db: {{Type: AWS::RDS::DBInstance, Properties: {{StorageEncrypted: !FindInMap {written}}}}}
"""
EXTENDED = "Transform: AWS::LanguageExtensions\n"


def verdict(tmp_path: Path, head: str, written: str, region: str | None = None) -> tuple[str, str, dict[str, object]]:
    (tmp_path / "t.yaml").write_text(DB.format(head=head, written=written), "utf-8")
    report = scan(options=Options(paths=[tmp_path], select=["rds-encrypted"], region=region)).report
    (found,) = report["findings"]
    unknown = found.get("unknown")
    return found["verdict"], unknown["cause"] if unknown else "", dict(found.get("world") or {})


@pytest.mark.parametrize("pseudo", ["AWS::Region", "AWS::Partition", "AWS::AccountId"])
@pytest.mark.parametrize(
    ("values", "said"),
    [
        (("true", "true"), "PASS"),
        (("true", "'true'"), "PASS"),
        (("false", "'no'"), "FAIL"),
        (("false", "'false'"), "FAIL"),
        (("true", "false"), "UNKNOWN"),
    ],
)
@pytest.mark.parametrize("second", [False, True], ids=["first key", "second key"])
def test_where_a_stack_goes_decides_only_where_the_entries_disagree(
    pseudo: str, values: tuple[str, str], said: str, second: bool, tmp_path: Path
) -> None:
    one, two = values
    if second:
        head, written = f"Mappings: {{M: {{a: {{k1: {one}, k2: {two}}}}}}}", f"[M, a, !Ref '{pseudo}']"
    else:
        head, written = (
            f"Mappings: {{M: {{k1: {{Enc: {one}}}, k2: {{Enc: {two}}}}}}}",
            f"[M, !Ref '{pseudo}', Enc]",
        )
    assert verdict(tmp_path, head, written)[:2] == (said, "deploy-time" if said == "UNKNOWN" else "")


def test_a_known_region_decides_and_so_does_its_partition(tmp_path: Path) -> None:
    by_region = "Mappings: {M: {eu-west-1: {Enc: true}, us-east-1: {Enc: false}}}"
    assert verdict(tmp_path, by_region, "[M, !Ref 'AWS::Region', Enc]", "us-east-1")[0] == "FAIL"
    assert verdict(tmp_path, by_region, "[M, !Ref 'AWS::Region', Enc]", "eu-west-1")[0] == "PASS"
    assert verdict(tmp_path, by_region, "[M, !Ref 'AWS::Region', Enc]", "eu-north-1")[1] == "invalid-template"
    by_partition = "Mappings: {M: {aws: {Enc: true}, aws-cn: {Enc: false}}}"
    assert verdict(tmp_path, by_partition, "[M, !Ref 'AWS::Partition', Enc]", "eu-west-1")[0] == "PASS"
    assert verdict(tmp_path, by_partition, "[M, !Ref 'AWS::Partition', Enc]", "cn-north-1")[0] == "FAIL"


PARAMETER = "Parameters: {Stage: {Type: String}}\n"


def test_a_parameter_may_be_each_of_the_keys(tmp_path: Path) -> None:
    head = PARAMETER + "Mappings: {M: {dev: {Enc: false}, live: {Enc: true}}}"
    assert verdict(tmp_path, head, "[M, !Ref Stage, Enc]") == ("FAIL", "", {"Stage": "dev"})
    # Other columns of the rows, and rows without that column, decide nothing.
    head = PARAMETER + "Mappings: {M: {dev: {Enc: true, Size: 1}, live: {Enc: true, Size: 2}, old: {Size: 3}}}"
    assert verdict(tmp_path, head, "[M, !Ref Stage, Enc]")[0] == "PASS"


def test_what_a_condition_says_of_the_key_holds_in_the_map(tmp_path: Path) -> None:
    head = (
        PARAMETER
        + "Conditions: {IsDev: !Equals [!Ref Stage, dev]}\nMappings: {M: {dev: {Enc: false}, live: {Enc: true}}}"
    )
    (tmp_path / "t.yaml").write_text(
        f"{head}\nResources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      StorageEncrypted: "
        "!If [IsDev, true, !FindInMap [M, !Ref Stage, Enc]]\n",
        "utf-8",
    )
    report = scan(options=Options(paths=[tmp_path], select=["rds-encrypted"])).report
    assert [each["verdict"] for each in report["findings"]] == ["PASS"]


@pytest.mark.parametrize(
    ("default", "said"),
    [("false", "FAIL"), ("true", "PASS")],
)
def test_with_a_default_the_key_may_be_none_of_them(default: str, said: str, tmp_path: Path) -> None:
    head = EXTENDED + PARAMETER + "Mappings: {M: {dev: {Enc: true}, live: {Enc: true}}}"
    assert verdict(tmp_path, head, f"[M, !Ref Stage, Enc, {{DefaultValue: {default}}}]")[0] == said
    by_region = EXTENDED + "Mappings: {M: {eu-west-1: {Enc: true}}}"
    written = f"[M, !Ref 'AWS::Region', Enc, {{DefaultValue: {default}}}]"
    assert verdict(tmp_path, by_region, written)[0] == ("PASS" if said == "PASS" else "UNKNOWN")


def test_a_stored_parameter_is_nobodys_choice(tmp_path: Path) -> None:
    head = (
        "Parameters: {Stage: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /stage}}\n"
        "Mappings: {M: {dev: {Enc: false}, live: {Enc: true}}}"
    )
    assert verdict(tmp_path, head, "[M, !Ref Stage, Enc]")[:2] == ("UNKNOWN", "dynamic-reference")


def test_many_keys_with_many_values_stay_one_unknown(tmp_path: Path) -> None:
    rows = ", ".join(f"r{number}: {{Enc: v{number}}}" for number in range(30))
    assert verdict(tmp_path, f"Mappings: {{M: {{{rows}}}}}", "[M, !Ref 'AWS::Region', Enc]")[0] == "UNKNOWN"


def test_a_map_of_hundreds_of_keys_takes_no_longer_than_its_size(tmp_path: Path) -> None:
    """All different, and asked for by hundreds of resources: they were compared each with each for every one."""
    rows = ", ".join(f"r{number}: {{Name: v{number}, Enc: false}}" for number in range(500))
    databases = "".join(
        f"  D{number}: {{Type: AWS::RDS::DBInstance, Properties: {{DBInstanceIdentifier: !FindInMap [M, !Ref P, Name],"
        f" StorageEncrypted: !FindInMap [M, !Ref P, Enc]}}}}\n"
        for number in range(100)
    )
    (tmp_path / "t.yaml").write_text(
        f"Parameters: {{P: {{Type: String}}}}\nMappings: {{M: {{{rows}}}}}\nResources:\n{databases}", "utf-8"
    )
    begun = time.process_time()
    report = scan(options=Options(paths=[tmp_path], select=["rds-encrypted"])).report
    assert time.process_time() - begun < 3
    assert {each["verdict"] for each in report["findings"]} == {"FAIL"}


def test_many_parameters_of_many_maps_decide_what_does_not_rest_on_them(tmp_path: Path) -> None:
    """Six maps of six keys, each by a parameter of its own, are 46,656 worlds; the port is open in each of them."""
    maps = ", ".join(
        f"M{at}: {{{', '.join(f'k{key}: {{C: 10.{at}.{key}.0/24}}' for key in range(6))}}}" for at in range(6)
    )
    head = f"Parameters: {{{', '.join(f'P{at}: {{Type: String}}' for at in range(6))}}}\nMappings: {{{maps}}}\n"
    rules = [
        f"{{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !FindInMap [M{at}, !Ref P{at}, C]}}" for at in range(6)
    ]
    opened = "{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}"
    for listed in ([*rules, opened], [opened, *rules]):
        (tmp_path / "t.yaml").write_text(
            f"{head}Resources: {{G: {{Type: AWS::EC2::SecurityGroup, Properties: {{GroupDescription: g,"
            f" SecurityGroupIngress: [{', '.join(listed)}]}}}}}}\n",
            "utf-8",
        )
        report = scan(options=Options(paths=[tmp_path])).report
        assert "FAIL" in {
            each["verdict"] for each in report["findings"] if "ingress" in each["rule"] or "ssh" in each["rule"]
        }
