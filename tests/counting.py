"""What a scan does, counted: run as a program on a folder, it prints the counts as JSON."""

from __future__ import annotations

import io
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any


def counted(folder: Path) -> dict[str, int]:
    counts: Counter[str] = Counter()

    def count(owner: Any, name: str, what: str) -> None:
        real = getattr(owner, name)

        def counting(*given: Any, **named: Any) -> Any:
            counts[what] += 1
            return real(*given, **named)

        setattr(owner, name, counting)

    opened: set[str] = set()

    def watch(event: str, given: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(given[0], str) and given[0].startswith(str(folder)):
            opened.add(given[0])

    sys.addaudithook(watch)
    from scanner.cli import main as program
    from scanner.engine.judging import Judge
    from scanner.inputs.cloudformation.intrinsics import Resolver
    from scanner.model.world import World

    count(Resolver, "resolve", "values resolved")
    count(Judge, "judge", "verdicts")
    count(World, "__init__", "worlds")
    stdout, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO(), "utf-8")
    program.main(["scan", str(folder), "--no-cache", "--quiet", "--format", "json"])
    sys.stdout = stdout
    modules = [name for name in sys.modules if name.partition(".")[0] == "scanner"]
    return {
        **dict(counts),
        "files opened": len(opened),
        "modules of ours": len(modules),
        "modules in all": len(sys.modules),
    }


if __name__ == "__main__":
    print(json.dumps(counted(Path(sys.argv[1]).resolve()), indent=1))
