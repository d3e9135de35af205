"""Rules' own examples, and what deleting a part of a rule must show."""
