from __future__ import annotations

import pytest

from tests.tenancy.conftest import Declare


@pytest.mark.parametrize(
    ("method", "path", "public"),
    [
        ("POST", "/auth/login", True),
        ("post", "/auth/a/b", True),
        ("GET", "/auth/login", False),
        ("POST", "/auth", False),
        ("POST", "/x/auth/login", False),
        ("GET", "/health", True),
        ("GET", "/healthz", False),
        ("GET", "/Health", False),
        ("OPTIONS", "/patients/{id}", True),
        ("ANY", "/health", False),
        ("DELETE", "/{proxy+}", False),
        ("GET", "/static/{proxy+}", True),
        ("ANY", "/static/{proxy+}", True),
        ("GET", "$connect", False),
    ],
)
def test_only_declared_routes_are_public(declare: Declare, method: str, path: str, public: bool) -> None:
    tenancy = declare('routes: {public: ["POST /auth/*", "GET /health", "OPTIONS *", "* /static/*"]}')
    assert tenancy.is_public_route(method, path) is public


def test_without_a_declaration_no_route_is_public(declare: Declare) -> None:
    assert not declare("").is_public_route("GET", "/health")
