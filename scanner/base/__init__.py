"""What every floor may use: git, caches, terminals, records."""
