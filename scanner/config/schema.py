"""What `tenantproof.yaml` and `[tool.tenantproof]` may say."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

from scanner.text.shape import Anything, Flag, Items, Key, Number, OneOf, Record, Table, Text

SEVERITIES = ("critical", "high", "medium", "low")
THRESHOLDS = (*SEVERITIES, "never")
LEAST_REASON = 20
"""Characters that a reason has at least."""

PRESETS: dict[str, dict[str, object]] = {
    "gate": {"fail_on": "high"},
    "audit": {"fail_on": "low", "unknown_fails": "high"},
    "hipaa": {"fail_on": "medium", "unknown_fails": "high", "frameworks": ["hipaa-security-rule"]},
}
"""What each preset says in the words of the file; all that it leaves out stays as it is without."""


def _reason(text: str) -> str | None:
    return None if len(text.strip()) >= LEAST_REASON else f"needs at least {LEAST_REASON} characters of reason"


def _inside(text: str) -> str | None:
    """A file of the project must not make the tool read what lies elsewhere."""
    absolute = PurePosixPath(text).is_absolute() or PureWindowsPath(text).drive or PureWindowsPath(text).root
    if absolute or ".." in PureWindowsPath(text).parts:
        return "must be a path inside the folder of this file"
    return None


_NAMES = Items(Text())
_PATH = Text(complain=_inside)
_PARAMETERS = Table(OneOf((Text(non_empty=False), Number(whole=False), Flag(), Items(Anything()))))

CONFIG = Record(
    {
        "preset": Key(Text(choices=tuple(PRESETS)), "Values to start from; what this file says itself counts more."),
        "rules": Key(Items(_PATH), "Folders of rules of your own, from this file's folder."),
        "select": Key(_NAMES, "Only these rules, layers, frameworks; globs."),
        "skip": Key(_NAMES, "Not these rules, layers, frameworks; globs."),
        "frameworks": Key(_NAMES, "Only what evidences these frameworks."),
        "severities": Key(
            Table(
                Record(
                    {
                        "severity": Key(Text(choices=SEVERITIES), "The severity in this project.", required=True),
                        "because": Key(Text(complain=_reason), "Why it differs here.", required=True),
                    },
                    doc="Another severity, with its reason.",
                )
            ),
            "Rules that weigh more or less here, by id.",
        ),
        "fail_on": Key(Text(choices=THRESHOLDS), "The least severity of a finding that fails the run."),
        "unknown_fails": Key(Text(choices=THRESHOLDS), "The same for what could not be determined."),
        "rules_as_of": Key(
            Text(r"\d+\.\d+\.\d+", "a version such as `0.1.0`"),
            "Rules that came with later versions are notes: shown, and never part of the exit code.",
        ),
        "rule_pages": Key(
            Text(r"https://[^\s\"'<>`#?]{1,400}", "an address that begins with `https://`, without `?` and `#`"),
            "Where the pages are published that `tenantproof rules docs --site` writes; SARIF links rules to theirs.",
        ),
        "baseline": Key(_PATH, "A file of findings that do not count, from this file's folder."),
        "exclude": Key(_NAMES, "Paths to leave out; globs."),
        "parameters": Key(_PARAMETERS, "Values of template parameters."),
        "templates": Key(
            Table(_PATH),
            "Where templates that `TemplateURL` names by an address are: the folder, from this file's folder, by what "
            "such addresses begin with.",
        ),
        "approved_by": Key(Text(), "Who agreed to what this file leaves out; not the author of the change."),
        "stages": Key(Table(_PARAMETERS), "Values of template parameters by stage, for `--stage`."),
    },
    doc="How this project is scanned; the command line counts more.",
)

__all__ = ["CONFIG", "LEAST_REASON", "PRESETS", "SEVERITIES", "THRESHOLDS"]
