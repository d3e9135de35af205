"""The decision procedure: automata, formulas, search, replay."""
