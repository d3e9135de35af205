"""What AWS policies mean."""
