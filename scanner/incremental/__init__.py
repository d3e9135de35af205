"""What makes a second scan of the same files fast."""
