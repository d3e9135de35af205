"""Write into `docs/proof.md` how many actions are harmless, by the reasons that their rows give."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from scanner.iam.action_rows import action_rows

TARGET = Path(__file__).resolve().parent.parent / "docs" / "proof.md"
_BEGIN, _END = "<!-- from the rows of actions -->\n", "<!-- end of it -->\n"


def text() -> str:
    """The page with the counts of now."""
    before, _, rest = TARGET.read_text("utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError("docs/proof.md has no place for the counts")
    rows = action_rows()
    counts = Counter(row.reason for row in rows.rows())
    lines = [f"Rows as of {rows.date}, each naming one action:", "", "| reason | actions |", "|---|---|"]
    lines += [f"| {why} | {counts[reason]:,} |" for reason, why in rows.reasons.items() if counts[reason]]
    lines += [f"| Not modelled: a policy that allows it leaves the proof open. | {counts['']:,} |"]
    return f"{before}{_BEGIN}\n" + "\n".join(lines) + f"\n\n{_END}{after}"


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
    print(TARGET)
