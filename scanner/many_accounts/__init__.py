"""Snapshots of many accounts, each judged by itself: on this machine's cores or on the workers of a Dask cluster."""
