#!/usr/bin/env bash
# aws-croniter 2.1.1: get_next() of EventBridge schedules. The user guide lets `L` stand in the day-of-week field for the last
# day of the week, which is 7, Saturday. One would expect every Saturday, and of `? 2 SUN#5` (a February with five Sundays)
# 29 February 2032. Seen: None for both, which is what the library says where nothing follows. A search is given up after
# ten steps: `29 2 ?` from March 2028 finds 2032, from March 2096 it finds no 2104, and `L` alone is taken for a day 0.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check aws-croniter==2.1.1
"$folder/v/bin/python" - <<'P'
import sys
from calendar import SATURDAY, SUNDAY
from datetime import datetime, timedelta, timezone
from aws_croniter import AwsCroniter

pairs = []
for expression, year, month, runs in [
    ("0 0 ? * L *", 2026, 1, lambda day: day.weekday() == SATURDAY),
    ("0 0 ? * 7 *", 2026, 1, lambda day: day.weekday() == SATURDAY),
    ("0 0 ? 2 SUN#5 *", 2026, 1, lambda day: (day.month, day.weekday(), (day.day + 6) // 7) == (2, SUNDAY, 5)),
    ("0 0 ? 2 SUN#5 *", 2031, 1, lambda day: (day.month, day.weekday(), (day.day + 6) // 7) == (2, SUNDAY, 5)),
    ("0 0 29 2 ? *", 2096, 3, lambda day: (day.month, day.day) == (2, 29)),
    ("0 0 29 2 ? *", 2028, 3, lambda day: (day.month, day.day) == (2, 29)),
]:
    begin = datetime(year, month, 1, tzinfo=timezone.utc)
    wanted = next(day for day in (begin + timedelta(days=n) for n in range(1, 10_000)) if runs(day))
    found = AwsCroniter(expression).get_next(begin)[0]
    pairs.append("none" if found is None else "right" if found == wanted else "other")
    print(f"aws-croniter 2.1.1: {expression:16} after {begin.date()}: {found and found.date()}, by the calendar {wanted.date()}")
sys.exit(pairs != ["none", "right", "none", "right", "none", "right"])
P
