"""What the files are called in which a project says what it accepts."""

DECISIONS = ("decisions.yaml", "decisions.yml")
EXCEPTIONS = ("exceptions.yaml", "exceptions.yml")
