"""The form of rule and relation files: checks them when loaded, and describes them to editors."""

from __future__ import annotations

from scanner.language.alias import SCHEMES
from scanner.language.expressions.theorem import THEOREMS
from scanner.text.shape import Anything, Date, Flag, Items, Key, Named, Number, OneOf, Record, Shape, Table, Text

ID = Text("[a-z0-9]+(-[a-z0-9]+)*", "words of lower-case letters and digits joined by `-`")
COMPARISONS = (
    "is",
    "is_not",
    "in",
    "not_in",
    "contains",
    "matches",
    "starts_with",
    "ends_with",
    "at_least",
    "at_most",
    "exists",
)
VERBS = ("that", "all", "any", "not", "each", "some", "none", "prove")
IN_ACCOUNT = ("absent", "holds")
OF = ("sessions", "compute", "silo")
DATA = ("items", "copies")
OVER = ("dynamodb-item", "s3-object", "kms-context", "arn", "tagged", "namespace")
_EXPRESSION = Text(meaning="a JMESPath expression")
_MESSAGE = Key(Text(), "what to say when it does not hold; `{{ JMESPath }}` is filled in")


def _assertion() -> Shape:
    several = Items(Named("assertion", _assertion), least=1, or_one=True)
    return Record(
        {
            "that": Key(_EXPRESSION, "holds when the value is truthy, or as the one comparison beside it says"),
            "is": Key(Anything(), "equals; a boolean or number also equals its string form"),
            "is_not": Key(Anything(), "does not equal; an absent value does not either"),
            "in": Key(OneOf((Items(Anything()), Text())), "is one of"),
            "not_in": Key(OneOf((Items(Anything()), Text())), "is none of"),
            "contains": Key(Anything(), "a list has the item, a string the part"),
            "matches": Key(Text(), "the pattern is found in it (`re.search`)"),
            "starts_with": Key(Text(), "begins so"),
            "ends_with": Key(Text(), "ends so"),
            "at_least": Key(OneOf((Number(whole=False), Text(r"\$\w+"))), "is a number not below"),
            "at_most": Key(OneOf((Number(whole=False), Text(r"\$\w+"))), "is a number not above"),
            "exists": Key(Flag(), "is there and not empty, or is not; an empty text, list or mapping counts as absent"),
            "aws_default": Key(
                Record(
                    {
                        "value": Key(Anything(), "what AWS takes where nothing is written", required=True),
                        "because": Key(Text(), "what AWS does, and since when", required=True),
                        "in_account": Key(
                            Text(choices=IN_ACCOUNT),
                            "what an account's silence means: `absent` (the default: a service answers what is set, so"
                            " what it leaves out is not), or `holds` (the service takes the default there, too)",
                        ),
                    }
                ),
                "the value where the template is silent; the finding names it as an assumption",
            ),
            "all": Key(several, "every assertion holds"),
            "any": Key(several, "at least one assertion holds"),
            "not": Key(several, "the assertions do not hold together"),
            "each": Key(_EXPRESSION, "every item of the list satisfies `assert`"),
            "some": Key(_EXPRESSION, "at least one item of the list satisfies `assert`"),
            "none": Key(_EXPRESSION, "no item of the list satisfies `assert`"),
            "assert": Key(several, "what the items must satisfy"),
            "as": Key(Text(r"[A-Za-z_]\w*", "a name"), "a name for the item, read as `$name`"),
            "prove": Key(Text(choices=THEOREMS), "the prover says so"),
            "over": Key(Text(choices=OVER), "the kind of data that the theorem is about; without it, every kind"),
            "services": Key(
                Items(Text(r"[a-z0-9-]+", "the prefix of a service in ARNs"), least=1),
                "of entries of the kinds `arn` and `tagged`, only those of these services",
            ),
            "except_services": Key(
                Items(Text(r"[a-z0-9-]+", "the prefix of a service in ARNs"), least=1),
                "of entries of the kinds `arn` and `tagged`, those of other services",
            ),
            "data": Key(Text(choices=DATA), "only the data itself, or only streams, exports and backups of it"),
            "of": Key(Text(choices=OF), "whose requests: sessions of one tenant each, or what runs for all tenants"),
            "message": _MESSAGE,
        },
        exactly_one=VERBS,
        doc="one assertion: it has exactly one verb",
    )


_TEMPLATE = Record(
    {
        "expect": Key(Text(), "text that the message contains"),
        "on": Key(Text(), "the logical id that the verdict is about; without it, every resource that the rule names"),
        "tenancy": Key(Anything(), "a tenancy.yaml"),
        "parameters": Key(Table(Anything()), "values of the template's parameters"),
        "params": Key(Table(Anything()), "values of the rule's parameters"),
        "account": Key(Text(r"\d{12}", "12 digits"), "the account it is deployed to"),
        "region": Key(Text(), "the region it is deployed to"),
        "strict_defaults": Key(Flag(), "whether AWS defaults count as unknown"),
        "as_of": Key(Date(), "the day it is judged by"),
    },
    rest=Anything(),
    doc="a template body, and what it is judged with",
)
_EXAMPLES = Key(Table(_TEMPLATE, least=1))

_ALIAS = OneOf(
    (
        Text(),
        Record(
            {
                "id": Key(Text(), "the name", required=True),
                "basis": Key(
                    Text(choices=("same", "narrower", "wider")),
                    "whether the other asks the same, less (narrower) or more (wider) than the rule",
                    required=True,
                ),
            },
            doc="a name with its basis",
        ),
    )
)

RULE = Record(
    {
        "id": Key(ID, "the file's name; states the requirement", required=True),
        "title": Key(
            Text(complain=lambda text: "has more than 90 characters" if len(text) > 90 else None),  # noqa: PLR2004  # the limit itself
            "one sentence, at most 90 characters",
            required=True,
        ),
        "severity": Key(Text(choices=("critical", "high", "medium", "low")), "how bad a failure is", required=True),
        "tier": Key(Text(choices=("core", "supporting", "legacy")), "core unless said; legacy rules are off"),
        "since": Key(
            Text(r"\d+\.\d+\.\d+", "a version such as `0.2.0`"),
            "the version of the rules that it came with; without it, the first",
        ),
        "subsumes": Key(Items(ID), "rules that stay silent where this one reports"),
        "aliases": Key(
            Record(
                {scheme: Key(Items(_ALIAS, least=1), what) for scheme, what in SCHEMES.items()},
                doc="what others call the rule, by who they are",
            ),
            "names by which other tools know the rule",
        ),
        "why": Key(Text(), "the risk, in two sentences that an auditor can quote", required=True),
        "applies_to": Key(
            Record(
                {
                    "kind": Key(Text(choices=("tenant-owned", "tenant-principal")), "as the tenancy declares"),
                    "types": Key(Items(Text(), least=1), "CloudFormation types; `*` stands for anything"),
                    "where": Key(_EXPRESSION, "only resources for which this is truthy"),
                    "otherwise": Key(Text(), "why the rule is not about the others, in words"),
                },
                at_least_one=("kind", "types", "where"),
            ),
            "the resources that the rule is about",
            required=True,
        ),
        "params": Key(
            Table(
                Record(
                    {
                        "from": Key(Text(), "a path in tenancy.yaml"),
                        "default": Key(Anything(), "the value where nothing is declared"),
                    },
                    at_least_one=("from", "default"),
                ),
                key=Text(r"[A-Za-z_]\w*", "a name"),
            ),
            "values that users may set, read as `$name`",
        ),
        "assert": Key(Items(Named("assertion", _assertion), least=1), "all must hold", required=True),
        "fix": Key(Text(), "what to do", required=True),
        "cli": Key(
            Items(Text(r"(?:aws|kubectl) \S.*", "a command of the AWS CLI or of kubectl"), least=1),
            "the same on the command line; words in capitals are to be filled in",
        ),
        "references": Key(Items(Text(r"https?://\S+", "a URL"), least=1), "documents that say so", required=True),
        "examples": Key(
            Record(
                {
                    "pass": _EXAMPLES,
                    "fail": _EXAMPLES,
                    "unknown": _EXAMPLES,
                    "not applicable": _EXAMPLES,
                }
            ),
            "the rule's tests and its documentation",
            required=True,
        ),
    }
)

_END = Text(r"[A-Za-z0-9]+::[A-Za-z0-9]+::[A-Za-z0-9]+", "a resource type")
_FROM = Text(
    r"([A-Za-z0-9]+::[A-Za-z0-9]+|Custom)::[A-Za-z0-9-]+(\.[A-Za-z0-9]+)+",
    "a type and the path of a property, joined by `.`",
)
RELATIONS = Table(
    Record(
        {
            "from": Key(Items(_FROM, least=1, or_one=True), "the properties that name the other end", required=True),
            "to": Key(Items(_END, least=1, or_one=True), "what they name", required=True),
            "lives": Key(
                Text(choices=("beside", "anywhere")),
                "whether none in the files means none, or only that it may be elsewhere",
            ),
            "admits": Key(
                Text(r"[a-z0-9.-]+", "a service principal"),
                "the service that a bucket must let in, by policy or ACL and in the same account and region, to be at "
                "the other end of what is only to be decided",
            ),
            "made_by_aws": Key(
                Text(r"[a-z.]+", "the beginning of a name"),
                "how the names begin that AWS gives to what it makes itself, with its defaults: no file holds those",
            ),
            "doc": Key(Text(), "what the relation is"),
        }
    ),
    key=ID,
)
