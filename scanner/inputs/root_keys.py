"""The keys at the top of a YAML or JSON text that is written in an unusual way, as its parser sees them.

A key may be behind a tag, an anchor or `? `, in braces after a comment or `---`, spelt with escapes, or after a line
break that only YAML knows (YAML 1.1, 5.4 "Line Break Characters"). What a text is must not hang on how it is written:
a template that is not taken for one is judged by nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from yaml import events
from yaml.error import YAMLError

from scanner.text.composer import parser_of

_ODD = re.compile(
    # Line breaks besides `\n` and `\r\n`: a lone carriage return, NEL, LS and PS.
    rb"\r(?!\n)|\xc2\x85|\xe2\x80[\xa8\xa9]"
    # A letter of ASCII as an escape.
    rb"|\\(?:x|u00|U000000)(?:4[1-9A-Fa-f]|5[0-9Aa]|6[1-9A-Fa-f]|7[0-9Aa])"
    # The root or a key of it behind a mark, or in braces.
    rb"|^(?:---[ \t]++)?[ \t]*+(?:[?&!{]|<<[ \t]*+:)",
    re.MULTILINE,
)
_SECTIONS = frozenset({"AWSTemplateFormatVersion", "Resources"})
_MACROS = frozenset({"Transform", "Fn::Transform"})
_ALL = _MACROS | {
    *("Conditions", "Description", "Globals", "Hooks", "Mappings", "Metadata", "Outputs", "Parameters", "Rules")
}


def is_unusual(raw: bytes) -> bool:
    """Whether a look at the beginnings of lines may miss a key of the root."""
    return _ODD.search(raw) is not None


def has_sections(raw: bytes) -> bool:
    """Whether a document has a section of a template at its root, and its `Resources` are no list."""
    return any(key in _SECTIONS and not (key == "Resources" and listed) for _, key, listed in _root_keys(raw))


def is_of_macro(raw: bytes) -> bool:
    """Whether the first document is a template that a macro, or a file that it includes, gives its resources.

    It then has sections of a template only, one of which names the macro ("Transform section syntax reference").
    """
    keys = {key for document, key, _ in _root_keys(raw) if document == 1}
    return bool(keys & _MACROS) and keys <= _ALL and (len(keys) > 1 or b"AWS::" in raw)


def is_object(raw: bytes) -> bool:
    """Whether a document has `apiVersion` and `kind` at its root, as objects of Kubernetes do."""
    found: dict[int, set[str]] = {}
    for document, key, _ in _root_keys(raw):
        keys = found.setdefault(document, set())
        keys.add(key)
        if {"apiVersion", "kind"} <= keys:
            return True
    return False


def _root_keys(raw: bytes) -> Iterator[tuple[int, str, bool]]:
    """The number of a document, a key at its root, and whether the value is a list; up to where it breaks off."""
    parser = parser_of(raw.decode("utf-8", "replace"))
    document, depth, is_mapping = 0, 0, False
    merged = -1  # the depth of the keys of what is merged into the root
    key: str | None = None
    try:
        while True:
            event: object = parser.get_event()
            if isinstance(event, events.StreamEndEvent):
                return
            if isinstance(event, events.DocumentStartEvent):
                document, depth, merged, key = document + 1, 0, -1, None
            elif isinstance(event, events.CollectionEndEvent):
                depth -= 1
                merged = -1 if depth < merged else merged
            elif isinstance(event, events.NodeEvent):
                if depth == 0:
                    is_mapping = isinstance(event, events.MappingStartEvent)
                elif is_mapping and depth in (1, merged):
                    if key is None:
                        key = event.value if isinstance(event, events.ScalarEvent) else ""
                    else:
                        yield document, key, isinstance(event, events.SequenceStartEvent)
                        if key == "<<" and depth == 1 and isinstance(event, events.MappingStartEvent):
                            merged = 2
                        key = None
                depth += isinstance(event, events.CollectionStartEvent)
    except (YAMLError, RecursionError, ValueError):
        return


__all__ = ["has_sections", "is_object", "is_of_macro", "is_unusual"]
