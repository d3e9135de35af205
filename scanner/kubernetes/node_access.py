"""Pods whose containers have their node: whoever gets into one reaches the pods of others there."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.kubernetes.fields import as_text, at, items_of
from scanner.model.unknown import Unknown

# "Linux kernel security constraints for Pods" and capabilities(7): by these a process gets past its container's limits.
_STRONG = frozenset(
    {
        "ALL",
        "BPF",
        "DAC_READ_SEARCH",
        "MKNOD",
        "NET_ADMIN",
        "SYS_ADMIN",
        "SYS_MODULE",
        "SYS_PTRACE",
        "SYS_RAWIO",
    }
)
# What of a node holds the volumes, tokens, logs and sockets of its pods, or credentials of its own.
_TELLING = (
    "/dev",
    "/etc/cni",
    "/etc/kubernetes",
    "/proc",
    "/root",
    "/run",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
    "/var/lib/kubelet",
    "/var/lib/rancher",
    "/var/log/containers",
    "/var/log/pods",
    "/var/run",
)
_HARMLESS = (
    "/etc/localtime",
    "/etc/machine-id",
    "/etc/os-release",
    "/etc/pki",
    "/etc/ssl",
    "/lib/modules",
    "/usr/share/ca-certificates",
    "/usr/share/zoneinfo",
)


def node_of_pod(body: object) -> str | Unknown | None:
    """By what a pod has its node, as words; unknown where that is not decided, None where it has nothing of it."""
    doubt: Unknown | None = None
    for found in _ways(body):
        if isinstance(found, str):
            return found
        doubt = doubt or found
    return doubt


def _ways(body: object) -> Iterator[str | Unknown]:
    spec = at(body, "spec")
    if isinstance(spec, Unknown):
        yield spec
        return
    yield from _is_set(at(spec, "hostPID"), "shares the processes of its node")
    windows = at(spec, "securityContext", "windowsOptions", "hostProcess")
    yield from _is_set(windows, "runs as a process of its node")
    for key in ("containers", "initContainers", "ephemeralContainers"):
        for each in items_of(at(spec, key)):
            if isinstance(each, Unknown):
                yield each
            else:
                yield from _of_container(each)
    for each in items_of(at(spec, "volumes")):
        if isinstance(each, Unknown):
            yield each
            continue
        path = at(each, "hostPath", "path")
        if path is not None:
            yield from _of_folder(path)
    for key, what in (("hostNetwork", "its network, and so its role in AWS"), ("hostIPC", "its shared memory")):
        said = at(spec, key)
        if said is True or isinstance(said, Unknown):
            yield Unknown("not-modelled", f"what a pod makes of its node by {what}, is not decided")


def _is_set(said: object, words: str) -> Iterator[str | Unknown]:
    if said is True:
        yield words
    elif isinstance(said, Unknown):
        yield said


def _of_container(container: object) -> Iterator[str | Unknown]:
    context = at(container, "securityContext")
    if isinstance(context, Unknown):
        yield context
        return
    yield from _is_set(at(context, "privileged"), "is privileged")
    yield from _is_set(at(context, "windowsOptions", "hostProcess"), "runs as a process of its node")
    for each in items_of(at(context, "capabilities", "add")):
        name = as_text(each)
        if isinstance(name, Unknown):
            yield name
        elif isinstance(name, str) and name.upper().removeprefix("CAP_") in _STRONG:
            yield Unknown("not-modelled", f"what a container makes of its node by the capability {name} is not decided")


def _of_folder(path: object) -> Iterator[str | Unknown]:
    folder = as_text(path)
    if not isinstance(folder, str):
        if isinstance(folder, Unknown):
            yield folder
        return
    here = _parts(folder)
    if any(_is_within(here, _parts(each)) or _is_within(_parts(each), here) for each in _TELLING):
        yield f"mounts {folder} of its node"
    elif not any(_is_within(here, _parts(each)) for each in _HARMLESS):
        yield Unknown("not-modelled", f"what {folder} of a node holds is not decided")


def _parts(path: str) -> tuple[str, ...]:
    found: list[str] = []
    for part in path.replace("\\", "/").split("/"):
        if part == "..":
            found[-1:] = []
        elif part not in ("", "."):
            found.append(part)
    return tuple(found)


def _is_within(path: tuple[str, ...], folder: tuple[str, ...]) -> bool:
    return path[: len(folder)] == folder


__all__ = ["node_of_pod"]
