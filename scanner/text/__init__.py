"""Files with positions, problems with places, terminal output."""
