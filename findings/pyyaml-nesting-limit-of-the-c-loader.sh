#!/usr/bin/env bash
# PyYAML 6.0.4, C loader: a nesting limit that 6.0.3 had not, and that its own pure-Python loader has not.
#
# Expected by most: a patch release reads the documents that the one before read; both loaders of one package read the same
# documents; an event reader sees the events before the place that is wrong.
# Seen: from 1,001 levels of flow collections on (1,000 of block collections) the C loader raises ScannerError, the Python
# loader of the same release reads on; in flow style the error comes before the first collection's event, because the
# scanner looks ahead, so a reader that counts levels by events never sees the level it would have stopped at.
# What follows for a reader of untrusted YAML: a depth limit of one's own has to be told from this one (scanner/text/yaml.py).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
for version in 6.0.3 6.0.4; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "pyyaml==$version" 2>/dev/null
done
cat >"$folder/probe.py" <<'PY'
import yaml

FLOW = lambda levels: "[" * levels + "]" * levels
BLOCK = lambda levels: "- " * levels + "x"


def read(text, loader):
    seen = 0
    try:
        for _ in yaml.parse(text, Loader=loader):
            seen += 1
    except yaml.YAMLError as error:
        return f"{type(error).__name__} after {seen} events"
    return "read"


for name, make in (("flow", FLOW), ("block", BLOCK)):
    for levels in (999, 1000, 1001):
        text = make(levels)
        print(f"{yaml.__version__} {name} {levels}: C {read(text, yaml.CSafeLoader)}, Python {read(text, yaml.SafeLoader)}")
PY
seen=$(for version in 6.0.3 6.0.4; do "$folder/$version/bin/python" "$folder/probe.py"; done)
echo "$seen"
wanted='6.0.3 flow 999: C read, Python read
6.0.3 flow 1000: C read, Python read
6.0.3 flow 1001: C read, Python read
6.0.3 block 999: C read, Python read
6.0.3 block 1000: C read, Python read
6.0.3 block 1001: C read, Python read
6.0.4 flow 999: C read, Python read
6.0.4 flow 1000: C read, Python read
6.0.4 flow 1001: C ScannerError after 1 events, Python read
6.0.4 block 999: C read, Python read
6.0.4 block 1000: C ScannerError after 1001 events, Python read
6.0.4 block 1001: C ScannerError after 1001 events, Python read'
if [ "$seen" != "$wanted" ]; then echo "this has changed"; exit 1; fi
echo "as described"
