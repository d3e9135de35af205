"""Where long names break in print: on the paper, and not beyond it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.outputs.printed import pdf

typst = pytest.importorskip("typst")
TEMPLATE = (Path(__file__).resolve().parents[3] / "reports" / "templates" / "report.typ").read_text("utf-8")


@pytest.mark.parametrize("text", ["L" * 200, "e5" * 32, "arn:aws:iam::111122223333:role/" + "r" * 64], ids=len)
@pytest.mark.parametrize("how", ["soft", "mono", "shown"])
def test_a_long_name_takes_several_lines(text: str, how: str) -> None:
    """A digest of 64 letters ran over the edge of the paper, in every report."""
    begin, end = TEMPLATE.index('#show "\\u{200b}"'), TEMPLATE.index("// What stands between two backticks")
    marked = json.dumps(pdf._breakable(text), ensure_ascii=False)
    held = f"#{marked}" if how == "shown" else f"#{how}({marked})"
    measured = f"#context [#metadata(measure(block(width: 62mm)[{held}]).width.mm()) <width>]"
    wide = "#context [#metadata(measure(block[L" + held + "]).height.pt()) <height>]"
    one = "#context [#metadata(measure(block[L]).height.pt()) <one>]"
    narrow = wide.replace("block[", "block(width: 62mm)[")
    source = f"#set text(size: 10pt)\n{TEMPLATE[begin:end]}\n{measured}\n{narrow}\n{one}".encode()

    def told(label: str) -> float:
        (found,) = json.loads(typst.query(source, f"<{label}>", field="value"))
        return float(found)

    assert told("width") <= 62
    assert told("height") > 1.5 * told("one")
