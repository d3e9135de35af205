"""Write the table of calls that real recordings have, in `docs/untested.md`; takes the path of the recordings."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.live.recorded import calls, recordings

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "untested.md"
MARKS = ("<!-- recorded calls -->\n", "<!-- end of recorded calls -->\n")


def table(recorded: Path) -> str:
    seen = {key for _, recording in recordings(recorded) for key in recording.answers}
    rows: dict[str, tuple[set[str], set[str]]] = {}
    for service, key in calls():
        rows.setdefault(service, (set(), set()))[key not in seen].add(key[1])
    total = sum(len(met) + len(never) for met, never in rows.values())
    met_of_all = sum(len(met) for met, _ in rows.values())
    lines = [
        f"\n{met_of_all} of {total} calls were seen in recordings of real answers; of the others shapes are known.\n",
        "\n| service | calls seen | calls never seen |\n|---|---|---|\n",
    ]
    for service, (met, never) in sorted(rows.items()):
        lines.append(f"| {service} | {len(met)} | {', '.join(f'`{name}`' for name in sorted(never)) or '-'} |\n")
    return "".join(lines)


if __name__ == "__main__":
    text = TARGET.read_text("utf-8")
    before, _, rest = text.partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    TARGET.write_text(f"{before}{MARKS[0]}{table(Path(sys.argv[1]))}{MARKS[1]}{after}", "utf-8")
