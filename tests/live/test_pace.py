"""The pace of calls, in simulated time: what AWS leaves over is used, and another client hardly sees it."""

from __future__ import annotations

import argparse
import random

import pytest

from scanner.cli.shared_arguments import rate as _rate
from scanner.live import clients
from scanner.live.clients import Clients
from scanner.live.throttle import MOST, PUBLISHED, RATE, SLOWEST, TokenBucket, pace_of

SEED = 24


class World:
    """One bucket of tokens of AWS's, a client at a steady rate beside the one that is paced, and a clock."""

    def __init__(self, limit: float, other: float) -> None:
        self.now = 0.0
        self.limit, self.tokens, self.filled = limit, limit, 0.0
        self.other, self.next = other, 0.0
        self.asked = self.refused = self.others = self.others_refused = 0
        # Calls that came at even intervals would find tokens, or none, by their phase alone.
        self.random = random.Random(SEED)

    def _take(self, at: float) -> bool:
        self.tokens = min(self.limit, self.tokens + (at - self.filled) * self.limit)
        self.filled = at
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        while self.other and self.next <= until:
            self.others += 1
            self.others_refused += not self._take(self.next)
            self.next += self.random.uniform(0.2, 1.8) / self.other
        self.now = until

    def read(self, pace: TokenBucket, calls: int) -> float:
        """Seconds that the calls take, each repeated until it is answered."""
        began, done = self.now, 0
        while done < calls:
            pace.take()
            self.sleep(self.random.uniform(0.0, 0.5) / self.limit)
            self.asked += 1
            if self._take(self.now):
                pace.answered()
                done += 1
            else:
                self.refused += 1
                pace.slow()
        return self.now - began


def paced(world: World, most: float = MOST) -> TokenBucket:
    return TokenBucket(RATE, lambda: world.now, world.sleep, most)


@pytest.mark.parametrize("limit", [10, 20, 50, 100, 400])
def test_what_another_client_leaves_over_is_used_and_it_is_hardly_refused(limit: int) -> None:
    world = World(limit, limit / 2)
    calls = limit * 60
    seconds = world.read(paced(world), calls)
    # Half of the limit is left over; at first nobody knows that.
    assert seconds < 1.5 * calls / (limit / 2)
    assert world.others_refused <= 0.01 * world.others + 1
    assert world.refused <= 0.02 * calls + 5


def test_it_is_never_slower_than_twenty_a_second_where_that_is_left_over() -> None:
    world = World(1_000, 0)
    assert world.read(paced(world), 1_000) < 1_000 / RATE / 2


def test_a_ceiling_is_kept_whatever_is_answered() -> None:
    world = World(1_000, 0)
    pace = paced(world, most=5)
    assert world.read(pace, 200) >= 200 / 5 - 1 and pace.rate == 5
    world = World(1_000, 0)
    pace = paced(world, most=0.2)
    assert world.read(pace, 5) >= 18
    pace.slow()
    assert pace.rate <= 0.2


def test_refusals_of_calls_that_were_on_their_way_count_once_and_hold_all() -> None:
    world = World(1_000, 0)
    pace = paced(world)
    for _ in range(8):
        pace.slow()
    assert pace.rate == RATE / 5
    before = world.now
    pace.take()
    assert world.now - before >= 0.9


def test_another_client_that_leaves_gives_way_in_a_minute_or_two() -> None:
    world = World(40, 36)
    pace = paced(world)
    world.read(pace, 100)
    assert pace.rate < 8
    world.other = 0
    world.read(pace, 2_500)
    assert pace.rate > 20


def test_what_is_refused_for_ever_is_asked_at_the_slowest() -> None:
    world = World(1, 1)
    pace = paced(world)
    for _ in range(30):
        world.sleep(2)
        pace.slow()
    assert pace.rate == SLOWEST


def test_published_rates_are_where_it_begins_and_ends() -> None:
    assert pace_of("logs").rate == PUBLISHED["logs"] == 10
    assert pace_of("sqs").rate == RATE
    assert pace_of("logs", 3).rate == 3
    world = World(1_000, 0)
    pace = TokenBucket(PUBLISHED["logs"], lambda: world.now, world.sleep, PUBLISHED["logs"])
    world.read(pace, 300)
    assert pace.rate == 10


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "x", "", "1e9"])
def test_a_rate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        _rate(text)
    assert _rate("2.5") == 2.5


def test_the_ceiling_reaches_every_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("boto3")
    clients = Clients(None, "0", 4)
    assert clients.bucket("1", "r", "s3").rate == 4
    assert clients.bucket("1", "r", "s3") is clients.bucket("1", "r", "s3")


def test_a_run_that_is_stopped_waits_for_no_turn() -> None:
    now, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        now[0] += seconds
        slept.append(seconds)

    pace = TokenBucket(0.01, lambda: now[0], sleep, most=0.01)
    assert pace.take() is True and not slept
    assert pace.take(lambda: len(slept) == 3) is False
    assert sum(slept) == 1.5
    assert pace.take() is True
    # Turns that were given away are not taken again: the pace holds for those who go on.
    assert now[0] >= 199


def test_paces_of_accounts_that_are_done_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("boto3")
    monkeypatch.setattr(clients, "MOST_BUCKETS", 3)
    made = clients.Clients(None, "0")
    first = made.bucket("1", "eu-west-1", "sqs")
    for account in ("2", "3"):
        made.bucket(account, "eu-west-1", "sqs")
    assert made.bucket("1", "eu-west-1", "sqs") is first
    made.bucket("4", "eu-west-1", "sqs")
    # The one that nobody asked for the longest.
    assert made.bucket("1", "eu-west-1", "sqs") is first and len(made._buckets) == 3
