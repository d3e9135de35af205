#!/usr/bin/env bash
# croniter 7.0.0: a day of the month beside a weekday with `#`. By the README a schedule in which both fields are restricted
# runs where either matches (day_or is true by default). One would expect `0 0 1 * 1#1` on every first of a month and on every
# first Monday, as cronsim 2.8 runs it. Seen: on first Mondays alone, without an error; and of `0 0 20 * 5#2`, the 20th or the
# second Friday, no date is found at all. `0 0 1 * 1`, with every Monday, runs on both.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check croniter==7.0.0 cronsim==2.8 2>/dev/null
"$folder/v/bin/python" - <<'P'
import sys
from datetime import datetime
from croniter import CroniterBadDateError, croniter
from cronsim import CronSim

start = datetime(2026, 1, 15)
seen = []
for schedule in ["0 0 1 * 1#1", "0 0 20 * 5#2", "0 0 1 * 1", "0 0 * * 1#1"]:
    first, second = croniter(schedule, start), CronSim(schedule, start)
    expected = [f"{next(second):%d.%m.}" for _ in range(4)]
    try:
        days = [f"{first.get_next(datetime):%d.%m.}" for _ in range(4)]
    except CroniterBadDateError as error:
        days = [str(error)]
    print("croniter 7.0.0:", schedule, "from 15 January 2026 on:", *days, "| cronsim 2.8:", *expected)
    seen.append(days[0] if len(days) == 1 else days == expected)
sys.exit(seen != [False, "failed to find next date", True, True])
P
