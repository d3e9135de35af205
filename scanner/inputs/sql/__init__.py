"""PostgreSQL's schemas as `.sql` files."""
