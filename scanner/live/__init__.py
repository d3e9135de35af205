"""All that speaks to AWS."""
