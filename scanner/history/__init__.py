"""Recorded audits."""
