"""Templates and what they resolve to."""
