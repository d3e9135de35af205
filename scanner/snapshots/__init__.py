"""The snapshot folder's format: what `live` writes and `inputs` reads."""
