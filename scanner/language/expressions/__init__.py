"""What rules may ask: expressions, functions, relations."""
