"""What the README's numbers come from: whole processes, cold, medians."""
