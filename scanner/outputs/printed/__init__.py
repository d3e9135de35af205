"""PDF and XLSX, made for printing."""
