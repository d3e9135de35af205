"""Rule by resource, to findings."""
