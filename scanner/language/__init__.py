"""The rule language: loading, checking, three-valued evaluation."""
