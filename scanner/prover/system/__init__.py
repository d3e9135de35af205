"""Who acts, on what, and by which requests."""
