#!/usr/bin/env bash
# common-expression-language 0.10.0 (CEL in Rust): durations. The language definition gives them the range of
# google.protobuf.Duration, some 10,000 years to either side, and string() turns one into seconds with the suffix `s`. One
# would expect "-90s" for duration('-90s') and two durations of 10 and 20 thousand million seconds to differ. Seen:
# "-5124095h33m3.709551616s" for the first, though comparing and getMinutes() know the value; the others are both cut off
# at 292 years and equal, so a date plus one of them is too early, without an error.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check common-expression-language==0.10.0
"$folder/v/bin/python" - <<'P'
import sys
import cel

said = []
for text in [
    "string(duration('-90s'))",
    "string(duration('1s') - duration('3s'))",
    "duration('-90s') < duration('0s')",
    "duration('-90s').getMinutes()",
    "string(duration('90s'))",
    "duration('10000000000s') == duration('20000000000s')",
    "timestamp('2000-01-01T00:00:00Z') + duration('10000000000s') == timestamp('2316-11-20T17:46:40Z')",
]:
    said.append(cel.evaluate(text, {}))
    print(f"common-expression-language 0.10.0: {text}: {said[-1]!r}")
sys.exit(said != ["-5124095h33m3.709551616s", "-5124095h34m31.709551616s", True, -1, "1m30s", True, False])
P
