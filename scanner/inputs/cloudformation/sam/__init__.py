"""AWS SAM templates, expanded by the translator and given their places back."""
