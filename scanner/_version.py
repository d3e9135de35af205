"""The version, in a module of its own so that what is below `scanning` can name it."""

__version__ = "0.2.0"
