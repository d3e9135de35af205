"""Reads the shipped rules once, when the package is built, so that no scan has to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileRules(BuildHookInterface):  # type: ignore[type-arg]  # takes no configuration
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """An installation from a checkout is built too: there the file counts until a rule is edited."""
        del version
        if self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        from scanner.language.compile_library import compile_rules

        target = compile_rules()
        build_data["force_include"][str(target)] = str(Path("scanner") / "_data" / target.name)
