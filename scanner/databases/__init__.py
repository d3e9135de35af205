"""PostgreSQL servers that answer: throwaway ones, in which what is claimed of a schema is run, and live ones."""
