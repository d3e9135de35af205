"""How long the action catalogue and the AWS-managed policies take to load: `python benchmarks/catalogue.py`.

Each figure is the median of fresh readings in one process, after the modules themselves were imported.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

from scanner.iam import managed
from scanner.iam.catalogue import Catalogue
from scanner.iam.key_presence import key_presence
from scanner.iam.managed import managed_policy
from scanner.shipped_data import data_file

ROUNDS = 21


def opened() -> Catalogue:
    return Catalogue(data_file("actions.jsonl").read_bytes(), key_presence())


def milliseconds(work: Callable[[], object], prepare: Callable[[], object] = lambda: None) -> float:
    times = []
    for _ in range(ROUNDS):
        prepare()
        start = perf_counter()
        work()
        times.append((perf_counter() - start) * 1000)
    return median(times)


def forget_managed_policies() -> None:
    for cached in (managed._archive, managed._known_names, managed._about):
        cached.cache_clear()


def main() -> None:
    warm = opened()
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    figures = {
        "open the catalogue": milliseconds(opened),
        "open it and read one action": milliseconds(lambda: opened().action("s3:GetObject")),
        "open it and decode every service": milliseconds(lambda: opened().matching("*:NoSuchAction")),
        "open it and build every action": milliseconds(lambda: opened().matching("*")),
        "presence of a key, warm": milliseconds(lambda: warm.presence("s3:ListBucket", "s3:prefix")),
        "first AWS-managed policy": milliseconds(lambda: managed_policy(arn), forget_managed_policies),
        "next AWS-managed policy": milliseconds(lambda: managed_policy(arn)),
    }
    for name, figure in figures.items():
        print(f"{name:<36}{figure:10.4f} ms")


if __name__ == "__main__":
    main()
