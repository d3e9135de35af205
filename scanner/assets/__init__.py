"""Technology assets with the ways that data takes between them, who may read what, and what records it."""
