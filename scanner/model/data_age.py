"""How old the facts are that ship with this version: each with its date, source and age limit, all in one file.

`data_dates.json` names every file of data that is read from AWS's documents or from other packages. Age is judged by
the day that a scan is made for (`--as-of`), never by the clock. Past its limit a fact is still the best there is: a
note says so, and a verdict becomes UNKNOWN only where a newer list could turn it.
"""

from __future__ import annotations

import datetime
import json
from functools import lru_cache

from scanner.base.record import record
from scanner.shipped_data import data_file


@record
class DataDate:
    """`file` is the file under `scanner/_data` that holds the facts, None where they stand in the rules themselves."""

    name: str
    date: datetime.date
    source: str
    age_limit_days: int
    about: str
    file: str | None

    def age(self, as_of: datetime.date) -> int:
        """Days from the date of the facts to the day that is judged by."""
        return (as_of - self.date).days

    def is_past(self, as_of: datetime.date) -> bool:
        """Whether the facts are older than their limit on the day that is judged by."""
        return self.age(as_of) > self.age_limit_days

    def note(self, as_of: datetime.date) -> str:
        """What is said of facts past their limit."""
        return (
            f"{self.about}: this version has it as of {self.date}, {self.age(as_of)} days before {as_of} and past its "
            f"limit of {self.age_limit_days} days; a newer version of tenantproof may say otherwise"
        )


@lru_cache(maxsize=1)
def data_dates() -> dict[str, DataDate]:
    """Every kind of shipped facts by its name."""
    read: dict[str, dict[str, str | int | None]] = json.loads(data_file("data_dates.json").read_bytes())
    return {
        name: DataDate(
            name,
            datetime.date.fromisoformat(str(row["date"])),
            str(row["source"]),
            int(row["age_limit_days"] or 0),
            str(row["about"]),
            str(row["file"]) if row["file"] is not None else None,
        )
        for name, row in read.items()
    }


def past(as_of: datetime.date) -> list[DataDate]:
    """Those that are past their age limit on the day, by name."""
    return [each for each in data_dates().values() if each.is_past(as_of)]
