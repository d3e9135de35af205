"""Where other tools call the scanner."""
