"""Resources and partly known values."""
