"""What a team has told other tools to pass over: read, never trusted, and translated elsewhere."""
