"""Routes that are declared public."""

from __future__ import annotations

from scanner.base.glob import glob_matches

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ANY", "*"})
_EVERY = frozenset({"ANY", "*"})


def route_complaint(route: str) -> str | None:
    """What is wrong with a pattern such as `POST /auth/*`, worded to follow its name; None where it is one."""
    method, _, path = route.partition(" ")
    if method.upper() not in METHODS:
        return "must begin with an HTTP method or `*`, then a space and a path, such as `POST /auth/*`"
    if path == "*" or path[:1] in ("/", "$"):
        return "holds a space in its path" if " " in path else None
    return "needs a path after the method: one that begins with a slash, a WebSocket route such as `$connect`, or `*`"


def is_declared(route: str, method: str, path: str) -> bool:
    """Whether the pattern covers a route of an API.

    Templates of API Gateway (`/{proxy+}`) are text: that a public path lies under one does not make the whole of it
    public. For the same reason a route for any method is covered only by a pattern for every method.
    """
    wanted, _, pattern = route.partition(" ")
    every = wanted.upper() in _EVERY
    return (every or wanted.upper() == method.upper()) and glob_matches(pattern, path)
