"""Compile `scanner/_data/terraform_provider.json`: the arguments of the AWS provider's resource types.

`python scripts/compile_terraform.py PACKAGE DATE` reads an unpacked package `@cdktn/provider-aws` of npm (`npm pack`
and `tar x`), whose comments say of each argument whether it is required, optional or computed. Only the types that the
tables of `scanner.inputs.terraform.types` have are kept.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from scanner.inputs.terraform.table import all_types

TARGET = Path(__file__).resolve().parent.parent / "scanner" / "_data" / "terraform_provider.json"
_CLASS = re.compile(r"^class (\w+) extends cdktn\.(\w+) \{$(.*?)^\}$", re.MULTILINE | re.DOTALL)
_ARGUMENT = re.compile(r"// (\w+) - computed: (true|false), optional: (true|false), required: (true|false)")
_INNER = re.compile(r"^    _\w+ = new (\w+)\(this, \"(\w+)\"", re.MULTILINE)
_TYPE = re.compile(r'static tfResourceType = "(\w+)"')


def types_of(package: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """Each resource type with its arguments: `r` required, `o` optional, `c` optional and computed, `x` computed."""
    for file in sorted(package.glob("lib/*/index.js")):
        if file.parent.name.startswith("data-aws-"):
            continue
        text = file.read_text("utf-8")
        named = _TYPE.search(text)
        if named is None or named[1] not in all_types():
            continue
        classes = {name: body for name, _, body in _CLASS.findall(text)}
        main = next(body for body in classes.values() if _TYPE.search(body))
        yield named[1], _arguments(main, classes)


def _arguments(body: str, classes: dict[str, str]) -> dict[str, object]:
    inner = {attribute: name for name, attribute in _INNER.findall(body)}
    found: dict[str, object] = {}
    for name, computed, optional, required in _ARGUMENT.findall(body):
        flag = "r" if required == "true" else "o" if computed == "false" else "c" if optional == "true" else "x"
        kind = inner.get(name, "")
        below = (
            classes.get(kind.removesuffix("List") + "OutputReference") if kind.endswith("List") else classes.get(kind)
        )
        found[name] = [flag, _arguments(below, classes)] if below is not None else flag
    return found


def main() -> int:
    package = Path(sys.argv[1])
    about = json.loads((package / "package.json").read_text("utf-8"))
    provider = about["cdktn"]["provider"]
    types = dict(types_of(package))
    source = {
        "package": f"@cdktn/provider-aws {about['version']}",
        "provider": provider["version"],
        "date": sys.argv[2],
    }
    lines = [f'"about":{json.dumps(source)}']
    lines += [f'"{name}":{json.dumps(types[name], separators=(",", ":"), sort_keys=True)}' for name in sorted(types)]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    missing = sorted(set(all_types()) - set(types))
    print(f"{len(types)} types, {TARGET.stat().st_size:,} bytes; not in the package: {', '.join(missing)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
