"""The tenancy as the files show it, with the evidence."""
