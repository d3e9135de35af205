"""Write `docs/terraform-types.md`: how Terraform has the types that rules and the prover read."""

from __future__ import annotations

from pathlib import Path

from scanner.inputs.terraform.provider_types import provider_types
from scanner.inputs.terraform.table import all_types
from scanner.inputs.terraform.unmapped import NOT_MAPPED, made_types
from scanner.language.library import load_library
from scanner.language.needs import needs_of

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "terraform-types.md"
_HEAD = """# Types in plans of Terraform

Written by `scripts/write_terraform_types.py`. These are all the CloudFormation types that rules, relations between
resources or the isolation proof read, with the resource types of hashicorp/aws that become them. A type in *italics* is
a part: what it says is put into the resource that it names, or stands beside it. Arguments are checked against release
{provider} of the provider ({package}, {date}). Older releases are read too: what they call
otherwise is in the tables (`scanner/inputs/terraform/types`), and what they lack is not there.
"""


def text() -> str:
    library = load_library(examples=False)
    wanted = sorted(each for each in needs_of(library.rules, library.relations).types if each.startswith("AWS::"))
    made = made_types()
    rows = []
    for kind in wanted:
        names = [f"`{name}`" if _is_whole(name, kind) else f"*`{name}`*" for name in made.get(kind, ())]
        rows.append(f"| `{kind}` | {', '.join(names) or f'none: {NOT_MAPPED[kind]}'} |")
    more = sorted(set(made) - set(wanted))
    about = provider_types().about
    counted = sum(1 for kind in wanted if kind in made)
    sums = f"\n{len(wanted)} types, {counted} of them in Terraform by {len(all_types())} resource types.\n"
    also = f"\nAlso read, for what they name: {', '.join(f'`{kind}`' for kind in more)}.\n"
    head = "\n| type | in Terraform |\n|---|---|\n"
    return _HEAD.format(**about) + sums + head + "\n".join(rows) + "\n" + also


def _is_whole(name: str, kind: str) -> bool:
    mapped = all_types()[name]
    return bool(mapped.makes) and mapped.makes[0].type == kind


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
    print(TARGET)
