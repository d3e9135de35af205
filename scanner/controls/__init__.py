"""Frameworks, their controls, and what rules say of each."""
