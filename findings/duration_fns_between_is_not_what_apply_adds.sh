#!/usr/bin/env bash
# duration-fns 3.0.2 (npm): between(), and normalize() with a date. One would expect apply(a, between(a, b)) to be b, and one
# day to be normal as it stands: the README makes a month of days only where there are as many as the month has. Seen: from 31
# January 2026 to 1 February is P1M-30D, which apply() takes to 29 January, for one month later is 28 February; normalize()
# makes the same of one day, and P1M-29DT-12H of 36 hours. From 31 January 2027 to 23 February 2028 ends two days early. From
# the 28th of a month or before, apply() comes to the right day.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund duration-fns@3.0.2 >/dev/null
cat >ask.js <<'P'
const { apply, between, normalize, toString } = require("duration-fns");

const day = (date) => date.toISOString().slice(0, 10);
const pairs = [["2026-01-31", "2026-02-01"], ["2026-03-31", "2026-02-01"], ["2027-01-31", "2028-02-23"], ["2026-01-15", "2026-02-14"]];
const seen = pairs.map(([from, to]) => {
  const duration = between(from, to);
  console.log("duration-fns 3.0.2: from", from, "to", to, "is", toString(duration), "and that added is", day(apply(from, duration)));
  return toString(duration) + " " + day(apply(from, duration));
});
const normal = [{ days: 1 }, { hours: 36 }].map((each) => toString(normalize(each, "2026-01-31")));
console.log("duration-fns 3.0.2: from 2026-01-31 on, one day is", normal[0], "and 36 hours are", normal[1]);
const expected = ["P1M-30D 2026-01-29", "-P1M30D 2026-01-29", "P1Y1M-8D 2028-02-21", "P1M-1D 2026-02-14", "P1M-30D", "P1M-29DT-12H"];
process.exit(JSON.stringify([...seen, ...normal]) === JSON.stringify(expected) ? 0 : 1);
P
TZ=UTC node ask.js
