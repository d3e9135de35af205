"""The isolation proof; pure."""
