"""The snapshot folder's format."""
