"""The engine's half of a message: the setting, the value that was found, and what is required.

A rule's author writes the risk; which setting brought it about and what stood there, the engine knows itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from scanner.base.record import record
from scanner.language.message import shown
from scanner.language.requirement import REQUIRED

MOST_SETTINGS = 2
MOST_VALUE = 100
_CODE = re.compile(r"`([^`]*)`")
_PATH = re.compile(r"`[A-Z][\w-]*(?:\[\d+\]|(?:\.[A-Za-z]\w*)+)`")
_PARTS = re.compile(r"[A-Za-z_][\w-]*")


@record
class FoundValue:
    """`path` is where in the resource it stands, `value` what may be shown of it, None where nothing is written.

    `wanted` is what is asked of it, empty where it is wrong by being there; `by_default` says that `value` is what AWS
    takes where nothing is written, `within` that it is one of several values at the path.
    """

    path: str
    value: object = None
    wanted: str = ""
    by_default: bool = False
    within: bool = False

    @property
    def setting(self) -> str:
        """The path as people write it: what all resources have in front of it is left out."""
        return self.path.removeprefix("Properties.")

    @property
    def property_name(self) -> str:
        """`BucketEncryption` of `Properties.BucketEncryption.Rules[0]`; empty of what is not below the properties."""
        return _property(self) if self.path.startswith("Properties.") else ""

    @property
    def is_document(self) -> bool:
        """Whether the value is a text that holds mappings or lists, whose beginning says nothing of what is wrong."""
        return isinstance(self.value, str) and self.value.lstrip()[:1] in ("{", "[")

    def sentence(self) -> str:
        """`Status` is `off`; `on` is required."""
        if not self.wanted and self.value is None:
            return f"`{self.setting}`"
        if self.by_default:
            found = f"is not set, and AWS takes {_shown(self.value)}"
        elif self.value is None:
            found = "is not set"
        elif self.value in ("", [], {}):
            found = "is empty"
        else:
            found = f"{'has' if self.within else 'is'} {_shown(self.value)}"
        return f"`{self.setting}` {found}" + (f"; {self.wanted}" if self.wanted else "")


def names_a_setting(message: str) -> bool:
    """Whether it has a path as code, so that nothing is to be added to it."""
    return _PATH.search(message) is not None


def with_found_values(message: str, found: Sequence[FoundValue]) -> str:
    """The message with what it does not say yet: a setting that it names itself is not told twice.

    Alternatives of one property are told together; what else would do, the rule's fix says.
    """
    telling = [each for each in found if each.path]
    if not telling or any(_names(message, each) for each in telling):
        return message
    first = next((each for each in telling if each.wanted), telling[0])
    if not first.wanted and _CODE.search(message):
        return message
    if first.is_document:
        return f"{message} (`{first.setting}`)"
    beside = {each.setting: each for each in reversed(telling) if each.wanted and _property(each) == _property(first)}
    alternatives = list(reversed(beside.values())) or [first]
    text = _told(alternatives[:MOST_SETTINGS])
    return f"{message}: {text}" if first.wanted or first.value is not None else f"{message} ({text})"


def _told(alternatives: Sequence[FoundValue]) -> str:
    """Neither `Bucket` nor `Prefix` is set; one of them is required."""
    missing = [each for each in alternatives if each.value is None and not each.by_default]
    if len(alternatives) == MOST_SETTINGS == len(missing) and len({each.wanted for each in missing}) == 1:
        first, second = missing
        wanted = "one of them is required" if first.wanted == REQUIRED else f"{first.wanted} of one of them"
        return f"neither `{first.setting}` nor `{second.setting}` is set; {wanted}"
    return ", or ".join(each.sentence() for each in alternatives)


def _property(found: FoundValue) -> str:
    return re.split(r"[.\[]", found.setting, maxsplit=1)[0]


def _names(message: str, found: FoundValue) -> bool:
    """Whether the message has a part of the path as code, or another path."""
    if names_a_setting(message):
        return True
    named = {part for code in _CODE.findall(message) for part in re.split(r"[^\w-]+", code)}
    return any(part in named for part in _PARTS.findall(found.setting))


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    clean = shown(text).replace("`", "'")
    return f"`{clean}`" if len(clean) <= MOST_VALUE else f"`{clean[:MOST_VALUE]}…`"
