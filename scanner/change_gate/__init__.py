"""A change judged by what held before it."""
