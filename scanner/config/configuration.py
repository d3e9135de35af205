"""Command line, file and preset as one configuration that knows where each value came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.base.record import record
from scanner.config.loading import ConfigFile
from scanner.config.schema import CONFIG, PRESETS

ADDED = frozenset(("rules", "skip", "exclude", "parameters", "templates"))
"""What the command line adds to what the file says; of all else it takes the place."""

DEFAULTS: dict[str, object] = {"fail_on": "high"}


@record
class Setting:
    """`source` is `default`, a preset, a place in a file, an option of the command line, or several of these."""

    value: Any  # Any: held against the form, or checked by the command line
    source: str


def settle(file: ConfigFile, given: Mapping[str, Any], preset: str | None) -> dict[str, Setting]:
    """Every value that anything says: the command line, then `--preset`, the file, the file's preset, the defaults.

    `given` has only what the command line was told. Any: checked where it was read.
    """
    named = file.values.get("preset")
    layers: list[tuple[Mapping[str, Any], Mapping[str, str]]] = [(DEFAULTS, dict.fromkeys(DEFAULTS, "default"))]
    if named is not None:
        layers.append((PRESETS[named], dict.fromkeys(PRESETS[named], f"preset {named}, {file.places['preset']}")))
    layers.append((file.values, file.places))
    if preset is not None:
        values = {"preset": preset, **PRESETS[preset]}
        layers.append((values, dict.fromkeys(values, f"--preset {preset}")))
    options = {key: f"--{key.removesuffix('s') if key == 'frameworks' else key.replace('_', '-')}" for key in given}
    layers.append((given, options))
    settled: dict[str, Setting] = {}
    for layer, places in layers:
        for key, value in layer.items():
            settled[key] = _over(key, settled.get(key), Setting(value, places[key]))
    return {key: settled[key] for key in CONFIG.keys if key in settled}


def _over(key: str, below: Setting | None, above: Setting) -> Setting:
    if below is None or key not in ADDED:
        return above
    both = f"{below.source}, {above.source}"
    if isinstance(below.value, Mapping):
        return Setting({**below.value, **above.value}, both)
    return Setting(list(dict.fromkeys([*below.value, *above.value])), both)


__all__ = ["ADDED", "DEFAULTS", "Setting", "settle"]
