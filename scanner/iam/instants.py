"""Numbers and points in time as conditions write them, and which of them no request can come before."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from scanner.model.data_age import data_dates

# No number or date that AWS reads is longer; a longer one is not worth parsing.
_LONGEST_NUMBER = 64
_NUMBER = re.compile(r"\A[+-]?(\d+(\.\d*)?|\.\d+)\Z", re.ASCII)
_DATE = re.compile(
    r"\A(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?)?)?\Z", re.ASCII
)
# "AWS global condition context keys": when the request is made, in either form.
_OF_THE_REQUEST = frozenset({"aws:currenttime", "aws:epochtime"})


def number(text: str) -> Decimal | None:
    """None for what is no number."""
    return Decimal(text) if len(text) <= _LONGEST_NUMBER and _NUMBER.match(text) else None


def instant(text: str) -> Decimal | None:
    """Seconds since 1970, of a date in a W3C form of ISO 8601 or of such a number."""
    match = _DATE.match(text)
    if match is None:
        return number(text)
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
    except ValueError:
        return None
    seconds = Decimal(int(moment.timestamp())) + Decimal(f"0.{fraction or 0}")
    if zone and zone != "Z":
        offset = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
        seconds -= offset if zone[0] == "+" else -offset
    return seconds


@lru_cache(maxsize=1)
def first_request() -> datetime:
    """The day of the catalogue of actions: what is decided here is decided of requests that are yet to come."""
    day = data_dates()["actions"].date
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def is_time_of_request(key: str) -> bool:
    """Whether the key, in lower case, says when a request is made."""
    return key in _OF_THE_REQUEST


def is_past(text: str) -> bool:
    """Whether a date is one at which no request can be made any more; what is no date is none."""
    found = instant(text)
    return found is not None and found < Decimal(int(first_request().timestamp()))


__all__ = ["first_request", "instant", "is_past", "is_time_of_request", "number"]
