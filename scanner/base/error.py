"""The base of every exception that this program raises by itself."""


class TenantproofError(Exception):
    """Caught as such nowhere: each of its kinds is answered where it can be."""


__all__ = ["TenantproofError"]
