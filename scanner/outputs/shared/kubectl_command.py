"""A counterexample on a cluster as a command of kubectl, for a reader who wants to try it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

_ACCOUNT = "system:serviceaccount:"


def is_of_cluster(counterexample: Mapping[str, object]) -> bool:
    """Whether the request is one to the API of Kubernetes, and none to AWS."""
    return str(counterexample.get("resource", "")).startswith(("/api/", "/apis/"))


def kubectl_command(counterexample: Mapping[str, object]) -> str:
    """One line for a shell, every value quoted. The last of a chain's steps; it changes nothing."""
    path = str(counterexample.get("resource", "")).strip("/").split("/")
    group = path[1] if path[:1] == ["apis"] else ""
    rest = path[2:]
    namespace = ""
    if rest[:1] == ["namespaces"] and len(rest) > 2:  # noqa: PLR2004  # the namespace and what is in it
        namespace, rest = rest[1], rest[2:]
    kind, name, below = (*rest, "", "", "")[:3]
    words = ["kubectl", "auth", "can-i", str(counterexample.get("action", ""))]
    words.append(f"{kind}.{group}" if group else kind)
    words[-1] += f"/{name}" if name and name != "*" else ""
    words += [f"--subresource={below}"] if below else []
    words += ["-n", namespace] if namespace else []
    principal = str(counterexample.get("principal", ""))
    if counterexample.get("action") == "connect":
        # What a pod of the one namespace gets of a pod of the other: an address and a port are left to the reader.
        source = principal.rpartition(" ")[2]
        run = ["run", "probe", "-n", source, "--rm", "-i", "--restart=Never", "--image=busybox", "--"]
        return " ".join(
            shlex.quote(word) for word in ("kubectl", *run, "nc", "-zvw3", f"POD_IP_IN_{namespace}", "PORT")
        )
    words += [f"--as={principal}"] if principal else []
    return " ".join(shlex.quote(word) for word in words)
