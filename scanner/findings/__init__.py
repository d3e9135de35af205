"""Findings, exceptions, frameworks, the gate."""
