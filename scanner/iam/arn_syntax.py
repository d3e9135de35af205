"""What the variable parts of ARNs may hold: the alphabets of names, by service, with the document of each.

Only where a document tells is a name's alphabet taken for narrower than that of any name: what the proof holds for
impossible must be.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import ascii_letters, ascii_lowercase, digits

from scanner.base.record import record
from scanner.iam.resource_arns import ArnForm, Hole

_WORD = ascii_letters + digits
_SPACES = " \t\n\r\f\v"


@record
class Characters:
    """A run of at least `least` characters out of `chars`, or with `inverted` of all others; `most` None is no end."""

    chars: str
    inverted: bool = False
    least: int = 1
    most: int | None = None

    @property
    def regex(self) -> str:
        """As Python's `re` writes it; no `chars` stands for any character."""
        inside = f"[{'^' if self.inverted else ''}{re.escape(self.chars)}]" if self.chars else "."
        return f"{inside}{{{self.least},{'' if self.most is None else self.most}}}"


Piece = str | Characters

# No name has a wildcard: policies could not name it then, and no service lets one be made.
_SEGMENT = Characters("/:*?" + _SPACES, inverted=True)
_PATH = Characters(":*?", inverted=True)
_COLON = Characters("/*?", inverted=True)
_ANY = Characters("", inverted=True)
_REGION = Characters(ascii_lowercase + digits + "-", least=5)
_ACCOUNT = Characters(digits, least=12, most=12)
_PARTITION = Characters(ascii_lowercase + "-", least=3)
_RANDOM = Characters(_WORD, least=6, most=6)


@record
class NameForm:
    """The form of a name, by the service of the ARN and the name of the hole in the "Service Authorization Reference".

    `pieces` stand for the hole; `document` is where AWS says so.
    """

    service: str
    hole: str
    pieces: tuple[Piece, ...]
    document: str


def _name(service: str, hole: str, more: str, document: str, *, least: int = 1) -> NameForm:
    return NameForm(service, hole, (Characters(_WORD + more, least=least),), document)


def _stamp(service: str, hole: str, document: str) -> NameForm:
    """A time in ISO 8601."""
    return NameForm(service, hole, (Characters(digits + "-:.TZ+"),), document)


NAME_FORMS = (
    _name("dynamodb", "TableName", "_.-", "CreateTable (Amazon DynamoDB API Reference)", least=3),
    _name("dynamodb", "IndexName", "_.-", "GlobalSecondaryIndex (Amazon DynamoDB API Reference)", least=3),
    _stamp("dynamodb", "StreamLabel", "StreamDescription (Amazon DynamoDB Streams API Reference)"),
    _name("sqs", "QueueName", "_-.", "CreateQueue (Amazon SQS API Reference)"),
    _name("sns", "TopicName", "_-.", "CreateTopic (Amazon SNS API Reference)"),
    _name("lambda", "FunctionName", "_-", "CreateFunction (AWS Lambda API Reference)"),
    _name("kinesis", "StreamName", "_.-", "CreateStream (Amazon Kinesis Data Streams API Reference)"),
    _name("kms", "KeyId", "-", "Key identifiers (AWS KMS Developer Guide)"),
    _name("ecs", "ClusterName", "_-", "CreateCluster (Amazon ECS API Reference)"),
    _name("ecs", "ServiceName", "_-", "CreateService (Amazon ECS API Reference)"),
    _name("logs", "LogGroupName", "_/.#-", "CreateLogGroup (Amazon CloudWatch Logs API Reference)"),
    _name("iam", "RoleNameWithPath", "_+=,.@-/", "CreateRole (IAM API Reference)"),
    _name("ssm", "ParameterNameWithoutLeadingSlash", "_.-/", "PutParameter (AWS Systems Manager API Reference)"),
    _name("cognito-idp", "UserPoolId", "_-", "UserPoolType (Amazon Cognito User Pools API Reference)"),
    NameForm(
        "s3",
        "BucketName",
        (Characters(ascii_lowercase + digits + ".-", least=3, most=63),),
        "General purpose bucket naming rules (Amazon S3 User Guide)",
    ),
    *(
        NameForm("kafka", name, (_ACCOUNT,), "Multi-VPC private connectivity (Amazon MSK Developer Guide)")
        for name in ("VpcOwnerAccount", "ClusterOwnerAccount")
    ),
    # What ends the ARN of a log group is the character itself: a stream of it has another form.
    NameForm("logs", "*", ("*",), "CloudWatch Logs resources and operations (Amazon CloudWatch Logs User Guide)"),
    NameForm("s3", "ObjectName", (_ANY,), "Naming Amazon S3 objects (Amazon S3 User Guide)"),
    NameForm(
        "secretsmanager",
        "SecretId",
        (Characters(_WORD + "/_+=.@-"), "-", _RANDOM),
        "CreateSecret (AWS Secrets Manager API Reference)",
    ),
    NameForm(
        "ecr",
        "RepositoryName",
        (Characters(ascii_lowercase + digits + "._/-", least=2),),
        "CreateRepository (Amazon ECR API Reference)",
    ),
)
# The characters that end names whose other characters may be more, from the pages that NAME_FORMS cites.
_LAST = {
    ("iam", "RoleNameWithPath"): _WORD + "_+=,.@-",
    ("ecr", "RepositoryName"): ascii_lowercase + digits,
    ("s3", "BucketName"): ascii_lowercase + digits,
}
_FORMS = {(form.service, form.hole): form for form in NAME_FORMS}


# "AWS Regions" (AWS Regions and Availability Zones User Guide): an area, in some partitions a word for it, a direction
# and a number.
_DIRECTIONS = "north|south|east|west|central|northeast|northwest|southeast|southwest"
_REGION_NAME = rf"[a-z]{{2,4}}(?:-(?:gov|iso[a-z]?|de))?-(?:{_DIRECTIONS})-[1-9]"
REGIONS = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-central-1", "eu-west-2", "eu-west-3",
    "eu-north-1", "eu-south-1", "eu-south-2", "eu-central-2", "ca-central-1", "ca-west-1", "ap-southeast-1",
    "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7", "ap-northeast-1",
    "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-east-1", "ap-east-2", "sa-east-1",
    "me-south-1", "me-central-1", "af-south-1", "il-central-1", "mx-central-1", "us-gov-west-1", "us-gov-east-1",
    "cn-north-1", "cn-northwest-1", "eusc-de-east-1",
)  # fmt: skip
"""Regions that counterexamples are looked for in, those that readers know first. No verdict rests on there being no
others: what is possible in none of them only is not proved."""


@lru_cache(maxsize=1024)
def is_region(text: str) -> bool:
    """Whether the text has the form of a region's name; a beginning of one has not."""
    return re.fullmatch(_REGION_NAME, text) is not None


def partition_of(region: str) -> str:
    """The partition of a region that is known ("AWS partitions", AWS Fault Isolation Boundaries)."""
    partitions = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
    return next((name for beginning, name in partitions.items() if region.startswith(beginning)), "aws")


PLACE = frozenset({"Partition", "Region", "Account", "AccountId"})
"""The holes of a form that say where its resources are."""


def hole_pieces(service: str, hole: Hole) -> tuple[Piece, ...]:
    """What may stand for a hole of an ARN of the service."""
    place = {"Partition": _PARTITION, "Region": _REGION, "Account": _ACCOUNT, "AccountId": _ACCOUNT}.get(hole.name)
    if place is not None:
        return (place,)
    known = _FORMS.get((service, hole.name))
    if known is not None:
        return known.pieces
    return ({"segment": _SEGMENT, "path": _PATH, "colon": _COLON}.get(hole.alphabet, _ANY),)


def last_characters(service: str, hole: str) -> str | None:
    """What the names that stand for a hole end with; None where it is any of their characters."""
    return _LAST.get((service, hole))


def _of_any_length(piece: Piece) -> Piece:
    if isinstance(piece, str) or piece.least == piece.most:
        return piece
    return Characters(piece.chars, piece.inverted, min(piece.least, 1), piece.most)


@lru_cache(maxsize=4096)
def regex_of(form: ArnForm) -> re.Pattern[str]:
    """Matches every ARN of the form. It has no nested repeats, and ARNs that requests hold are short.

    A name may be shorter than AWS lets it be, but not empty: the proof finds the shortest of many names, and a longer
    one makes the same request.
    """
    written: list[str] = []
    for piece in form.pieces:
        if isinstance(piece, str):
            written.append(re.escape(piece))
        elif piece.name == "Region":
            written.append(_REGION_NAME)
        else:
            pieces = hole_pieces(form.service, piece)
            each = pieces if piece.name in PLACE else map(_of_any_length, pieces)
            written.extend(re.escape(one) if isinstance(one, str) else one.regex for one in each)
            if (last := last_characters(form.service, piece.name)) is not None:
                written.append(f"(?<=[{re.escape(last)}])")
    return re.compile("".join(written), re.DOTALL)
