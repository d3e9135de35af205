"""Values that rest on themselves, by whatever way, end in a verdict or a sentence and never in a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.scanning import scan

CIRCLES: dict[str, dict[str, str]] = {
    "a condition by Fn::If": {
        "t.yaml": "\n".join(
            [
                "Conditions: {C: !Equals [!If [C, a, b], a]}",
                "Resources: {B: {Type: AWS::S3::Bucket, Condition: C, Properties: {BucketName: !If [C, x, y]}}}",
            ]
        ),
    },
    "two conditions by Fn::If": {
        "t.yaml": "\n".join(
            [
                "Conditions: {C: !Equals [!If [D, a, b], a], D: !Not [!Equals [!If [C, a, b], a]]}",
                "Resources: {B: {Type: AWS::S3::Bucket, Condition: C}}",
            ]
        ),
    },
    "an attribute of what it decides": {
        "t.yaml": "\n".join(
            [
                "Conditions: {C: !Equals [!GetAtt Q.Arn, a]}",
                "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !If [C, x, y]}},",
                "  B: {Type: AWS::S3::Bucket, Condition: C}}",
            ]
        ),
    },
    "a name that it decides": {
        "t.yaml": "\n".join(
            [
                "Conditions: {C: !Equals [!Ref B, a]}",
                "Resources: {B: {Type: AWS::S3::Bucket, Condition: C, Properties: {BucketName: !If [C, x, y]}}}",
            ]
        ),
    },
    "exports of two stacks": {
        "a.yaml": "\n".join(
            [
                "Conditions: {C: !Equals [!ImportValue b, a]}",
                "Resources: {A: {Type: AWS::S3::Bucket, Condition: C}}",
                "Outputs: {O: {Value: !If [C, a, b], Export: {Name: a}}}",
            ]
        ),
        "b.yaml": "\n".join(
            [
                "Conditions: {D: !Equals [!ImportValue a, a]}",
                "Resources: {B: {Type: AWS::S3::Bucket, Condition: D}}",
                "Outputs: {O: {Value: !If [D, a, b], Export: {Name: b}}}",
            ]
        ),
    },
    "an output that it decides": {
        "a.yaml": "\n".join(
            [
                "Conditions: {C: !Equals [!ImportValue a, a]}",
                "Resources: {A: {Type: AWS::S3::Bucket, Condition: C}}",
                "Outputs: {O: {Condition: C, Value: a, Export: {Name: a}}}",
            ]
        ),
    },
    "an output of a nested stack": {
        "a.yaml": "\n".join(
            [
                "Conditions: {C: !Equals [!GetAtt N.Outputs.O, a]}",
                "Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: b.yaml,",
                "  Parameters: {P: !If [C, a, b]}}}, A: {Type: AWS::S3::Bucket, Condition: C}}",
            ]
        ),
        "b.yaml": "\n".join(
            [
                "Parameters: {P: {Type: String}}",
                "Conditions: {D: !Equals [!Ref P, a]}",
                "Resources: {B: {Type: AWS::S3::Bucket, Condition: D}}",
                "Outputs: {O: {Value: !If [D, a, b]}}",
            ]
        ),
    },
    "a value put into a text": {
        "t.yaml": "\n".join(
            [
                "Conditions: {C: !Equals [!Sub ['${X}', {X: !If [C, a, b]}], a]}",
                "Resources: {B: {Type: AWS::S3::Bucket, Condition: C}}",
            ]
        ),
    },
    "a default": {
        "t.yaml": "\n".join(
            [
                "Parameters: {P: {Type: String, Default: !If [C, a, b]}}",
                "Conditions: {C: !Equals [!Ref P, a]}",
                "Resources: {B: {Type: AWS::S3::Bucket, Condition: C}}",
            ]
        ),
    },
    "a rule": {
        "t.yaml": "\n".join(
            [
                "Parameters: {P: {Type: String}}",
                "Rules: {R: {RuleCondition: !Equals [!If [C, a, b], a],",
                "  Assertions: [{Assert: !Equals [!If [C, a, b], !Ref P]}]}}",
                "Conditions: {C: !Equals [!Ref P, a]}",
                "Resources: {B: {Type: AWS::S3::Bucket, Condition: C}}",
            ]
        ),
    },
    "the collection of a loop": {
        "t.yaml": "\n".join(
            [
                "Transform: AWS::LanguageExtensions",
                "Conditions: {C: !Equals [!Select [0, !If [C, [a], [b]]], a]}",
                "Resources: {'Fn::ForEach::L': [V, !If [C, [a], [b]], {'B${V}': {Type: AWS::S3::Bucket,",
                "  Condition: C}}]}",
            ]
        ),
    },
    "names of resources": {
        "t.yaml": "\n".join(
            [
                "Resources: {A: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref A}},",
                "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: !GetAtt C.Arn}},",
                "  C: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref B}}}",
            ]
        ),
    },
    "an output of its own stack": {
        "a.yaml": "\n".join(
            [
                "Conditions: {C: !Equals [{'Fn::GetStackOutput': {StackName: a, OutputName: O}}, a]}",
                "Resources: {A: {Type: AWS::S3::Bucket, Condition: C}}",
                "Outputs: {O: {Value: !If [C, a, b]}}",
            ]
        ),
    },
    "the name of an export": {
        "a.yaml": "\n".join(
            [
                "Resources: {A: {Type: AWS::S3::Bucket}}",
                "Outputs: {O: {Value: x, Export: {Name: !ImportValue x}}, P: {Value: !ImportValue x,",
                "  Export: {Name: x}}}",
            ]
        ),
    },
    "a map": {
        "t.yaml": "\n".join(
            [
                "Mappings: {M: {a: {b: !FindInMap [M, a, b]}}}",
                "Resources: {A: {Type: AWS::S3::Bucket, Properties: {BucketName: !FindInMap [M, a, b]}}}",
            ]
        ),
    },
}


@pytest.mark.parametrize("way", CIRCLES)
def test_what_rests_on_itself_ends(tmp_path: Path, way: str) -> None:
    for name, text in CIRCLES[way].items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "near.yaml").write_text("Resources: {Near: {Type: AWS::S3::Bucket}}\n", "utf-8")
    result = scan(tmp_path)
    assert result.crashes == ()
    assert result.exit_code in (0, 1, 2)
    said = {each["resource"]["address"]: each for each in result.report["findings"] if each["rule"] == "s3-versioning"}
    assert said["near.yaml#Near"]["verdict"] == "FAIL"
    # What decides whether a bucket is made rests on itself, so that nobody knows; told, where it is not judged.
    assert len(said) > 1
    for each in said.values():
        assert each["verdict"] in ("FAIL", "UNKNOWN") or result.report["errors"]
