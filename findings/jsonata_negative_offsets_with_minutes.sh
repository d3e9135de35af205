#!/usr/bin/env bash
# jsonata 2.2.2 (npm, the reference implementation of the language that AWS Step Functions takes): $fromMillis() with an offset.
# The third argument is `(+|-)HHMM`; `-0330` is Newfoundland, three hours and a half behind UTC. One would expect 11:30 for
# 15:00 UTC. Seen: 10:30, and the offset is printed as -04:30: a negative offset loses one hour more where it has minutes.
# Positive offsets with minutes and negative ones of whole hours are right.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund jsonata@2.2.2 >/dev/null
cat >ask.js <<'P'
const jsonata = require("jsonata");
const utc = Date.UTC(2026, 0, 15, 15, 0);
const two = (number) => String(Math.floor(number)).padStart(2, "0");
(async () => {
  const right = [];
  for (const offset of ["-0330", "-0930", "-0230", "-0300", "+0530", "+0545", "-0045"]) {
    const minutes = (offset[0] === "-" ? -1 : 1) * (60 * Number(offset.slice(1, 3)) + Number(offset.slice(3)));
    const there = new Date(utc + minutes * 60000);
    const wanted = `${two(there.getUTCHours())}:${two(there.getUTCMinutes())} ${offset.slice(0, 3)}:${offset.slice(3)}`;
    const said = await jsonata(`$fromMillis(${utc}, "[H01]:[m01] [Z]", "${offset}")`).evaluate({});
    right.push(said === wanted);
    console.log(`jsonata 2.2.2: 15:00 UTC at ${offset}: ${said}, wanted ${wanted}`);
  }
  process.exit(JSON.stringify(right) === "[false,false,false,true,true,true,false]" ? 0 : 1);
})();
P
node ask.js
