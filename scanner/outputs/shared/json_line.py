"""A value as JSON on one line, such as every reader takes: only ASCII, only numbers, only characters."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

# Half of a pair that stands alone is no character, and strict readers refuse the whole document for it.
_ESCAPE = re.compile(r"\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(\\ud[89a-f][0-9a-f]{2})")


def json_line(value: object) -> str:
    """What is no JSON is shown as text: `.inf` as `inf`, half a surrogate pair as its escape."""
    try:
        text = _encode(value)
    except ValueError:
        # Looking for these is slow, and they are rare.
        text = _encode(finite(value))
    if "\\ud" in text:
        text = _ESCAPE.sub(lambda found: f"\\{found[0]}" if found[1] else found[0], text)
    return text


def finite(value: object) -> object:
    """The value with words for the numbers that YAML has and JSON has not."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: finite(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [finite(child) for child in value]
    return value


_encode = json.JSONEncoder(separators=(", ", ": "), allow_nan=False, default=str).encode
