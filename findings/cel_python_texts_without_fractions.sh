#!/usr/bin/env bash
# cel-python 0.5.0: string() of durations and timestamps, and nanoseconds. CEL's definition gives both the range and resolution
# of the protobuf types, nanoseconds, and string() is there to be read again by duration() and timestamp(). One would expect
# "1.5s" and duration(string(d)) == d. Seen: the fraction is cut off ("-0.5s" becomes "0s"), of a timestamp as well, though
# getMilliseconds() knows it; and 1ns is no longer than 0s, while 999ns equals 1us. Whole seconds are right.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check cel-python==0.5.0
"$folder/v/bin/python" - <<'P'
import sys
import celpy

environment = celpy.Environment()
seen = {}
for text, expected in [
    ('string(duration("1.5s"))', "1s"),
    ('string(duration("-0.5s"))', "0s"),
    ('string(timestamp("2020-01-01T00:00:00.5Z"))', "2020-01-01T00:00:00Z"),
    ('duration("1.5s") == duration(string(duration("1.5s")))', "False"),
    ('timestamp("2020-01-01T00:00:00.5Z").getMilliseconds()', "500"),
    ('duration("1ns") > duration("0s")', "False"),
    ('duration("999ns") == duration("1us")', "True"),
    ('string(duration("90s"))', "90s"),
]:
    answer = str(environment.program(environment.compile(text)).evaluate({}))
    seen[text] = answer == expected
    print(f"cel-python 0.5.0: {text} is {answer}")
sys.exit(not all(seen.values()))
P
