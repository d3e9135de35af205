#!/usr/bin/env bash
# rustworkx 0.18.1: dominance_frontiers(). By definition (Cytron and others, 1991) the frontier of x holds each y of which x
# dominates a predecessor without strictly dominating y. In the cycle 0, 1, 2 entered at 0 every node dominates 2, which
# precedes 0, and none strictly dominates 0: one would expect {0} three times, as networkx 3.6.1 says (mended there in 2025).
# Seen: three empty sets, and in general no frontier ever holds the entry, however many edges lead back to it.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install -q --disable-pip-version-check rustworkx==0.18.1 networkx==3.6.1
"$folder/v/bin/python" - <<'P'
import sys
import networkx, rustworkx

def by_definition(edges):
    def reached(without):
        seen = set() if without == 0 else {0}
        while more := {y for x, y in edges if x in seen and y != without} - seen:
            seen |= more
        return seen

    nodes = reached(None)
    dominates = {x: nodes - reached(x) for x in nodes}
    strictly = lambda x, y: x != y and y in dominates[x]
    return {x: {y for p, y in edges if p in dominates[x] and not strictly(x, y)} for x in nodes}

said = []
for edges in ([(0, 1), (1, 2), (2, 0)], [(0, 0)], [(0, 1), (1, 0), (0, 2), (2, 0)], [(0, 1), (1, 2), (2, 1)], [(0, 1), (0, 2), (1, 3), (2, 3)]):
    graph = rustworkx.PyDiGraph()
    graph.add_nodes_from(range(1 + max(map(max, edges))))
    graph.add_edges_from_no_data(edges)
    one = {node: set(rustworkx.dominance_frontiers(graph, 0)[node]) for node in graph.node_indices()}
    other, wanted = networkx.dominance_frontiers(networkx.DiGraph(edges), 0), by_definition(edges)
    said.append((one == wanted, other == wanted))
    print(f"{edges}: rustworkx 0.18.1 {one}, networkx 3.6.1 {other}, by definition {wanted}")
sys.exit(said != [(False, True), (False, True), (False, True), (True, True), (True, True)])
P
