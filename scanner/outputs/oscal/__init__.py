"""NIST's OSCAL documents."""
