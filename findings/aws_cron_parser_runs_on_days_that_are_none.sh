#!/usr/bin/env bash
# aws-cron-parser 1.1.12 (npm): next() of EventBridge schedules. A day of the month that a month does not have is no run in that
# month: `0 0 31 * ? *` runs seven times a year and `0 0 29 2 ? *` in leap years. One would expect 31 March after 1 February.
# Seen: 3 March, for 31 February is counted on, into the next month; 31 April is 1 May, and 29 February 2026 is 1 March.
# The same schedules by L, or by a day that every month has, are right.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund aws-cron-parser@1.1.12 >/dev/null
cat >ask.js <<'P'
const cron = require("aws-cron-parser");
const day = (date) => date.toISOString().slice(0, 10);
const lastOf = (date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
const right = [];
for (const [schedule, from, runs] of [
  ["0 0 31 * ? *", "2026-02-01", (date) => date.getUTCDate() === 31],
  ["0 0 31 4,5 ? *", "2026-04-01", (date) => date.getUTCDate() === 31 && date.getUTCMonth() === 4],
  ["0 0 29 2 ? *", "2026-01-01", (date) => date.getUTCDate() === 29 && date.getUTCMonth() === 1],
  ["0 0 L * ? *", "2026-02-01", (date) => date.getUTCDate() === lastOf(date)],
  ["0 0 28 2 ? *", "2026-01-01", (date) => date.getUTCDate() === 28 && date.getUTCMonth() === 1],
]) {
  const wanted = new Date(from + "T00:00:00Z");
  do wanted.setUTCDate(wanted.getUTCDate() + 1);
  while (!runs(wanted));
  const found = cron.next(cron.parse(schedule), new Date(from + "T00:00:00Z"));
  right.push(day(found) === day(wanted));
  console.log(`aws-cron-parser 1.1.12: ${schedule} after ${from}: ${day(found)}, by the calendar ${day(wanted)}`);
}
process.exit(JSON.stringify(right) === "[false,false,false,true,true]" ? 0 : 1);
P
node ask.js
