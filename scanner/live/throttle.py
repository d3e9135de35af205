"""How fast to ask: what AWS leaves over, so that what the account itself asks is hardly ever throttled by a scan.

AWS gives each account, region and service a bucket of tokens that is refilled at a rate of its own ("Request
throttling for the Amazon EC2 API"), which few services publish and which the account's own clients share. So the rate
is raised while nothing is refused and calls wait for their turn; a refusal halves it for all, with a second in which
the bucket fills again. What was answered between two refusals, when the bucket was empty both times, is what is left
over: from then on a little less is asked, and more only after a while without a refusal.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

RATE = 20.0
"""Calls a second of one account, region and service to begin with. Control planes refuse at some 10 to 100."""
SLOWEST = 0.5
MOST = 1_000.0
# The rates that AWS publishes for reads of control planes, in calls a second of one account and region; where they
# differ by operation, the lowest of those that are asked. None is exceeded: "Lambda quotas" (control plane), "Quotas
# for configuring and running a REST API" (management API), "Quotas in AWS CloudTrail", "CloudWatch Logs quotas"
# (DescribeLogGroups), "Kinesis Data Streams quotas" (ListStreams), "Quotas in Amazon Cognito" (UserPoolRead,
# ClientRead), "AWS KMS request quotas" (ListGrants), "Request throttling for the Amazon EC2 API" (describes).
PUBLISHED = {
    "apigateway": 10.0,
    "apigatewayv2": 10.0,
    "cloudtrail": 10.0,
    "cognito-idp": 15.0,
    "ec2": 20.0,
    "kinesis": 5.0,
    "kms": 100.0,
    "lambda": 15.0,
    "logs": 10.0,
}
_RAISED = 1.25
_PAUSE = 1.0
_BACK = 0.5
# A bucket that is empty after so many seconds is a small one, and much less is left over than was asked.
_EARLY = 1.0
_BACK_EARLY = 0.2
# Of what was left over between two refusals.
_KEPT = 0.9
# So many seconds tell what is left over.
_TOLD = 2.0
# A second refusal within this time is of calls that were on their way already.
_SAME = 1.0
# After a refusal the rate grows by so much a second for each second since: little at first, as another refusal is
# another client's too.
_REGAINED = 0.0001
# So many seconds at most between two looks at whether the run was stopped.
_LOOKS = 0.5


class TokenBucket:
    """The pace of one account, region and service; `most` is a ceiling in calls a second."""

    __slots__ = (
        "_began",
        "_busy",
        "_clock",
        "_given_up",
        "_good",
        "_lock",
        "_next",
        "_raised",
        "_rate",
        "_refused",
        "_sleep",
        "_top",
        "_waited",
    )

    def __init__(
        self,
        rate: float = RATE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        most: float = MOST,
    ) -> None:
        self._top = most
        self._rate = min(rate, most)
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._given_up = 0
        self._began: float | None = None
        self._raised = clock()
        self._refused: float | None = None
        # Seconds since the last refusal in which calls waited for their turn, and what was answered in them.
        self._busy = 0.0
        self._good = 0
        self._waited = False
        self._lock = threading.Lock()

    @property
    def rate(self) -> float:
        """Calls a second at this moment, never below SLOWEST where the ceiling is not."""
        return self._rate

    def take(self, stopped: Callable[[], bool] = lambda: False) -> bool:
        """Waits for its turn; False where the run was stopped meanwhile, as a slow pace may keep it long."""
        with self._lock:
            now = self._clock()
            if self._began is None:
                self._began = now
            # A quarter of a second's worth may be taken at once after a pause.
            turn = max(self._next, now - 0.25)
            self._next = turn + 1.0 / self._rate
            wait = turn - now
            self._waited = self._waited or wait > 0
        while wait > 0:
            step = min(wait, _LOOKS)
            self._sleep(step)
            wait -= step
            if wait > 0 and stopped():
                return False
        return True

    def slow(self) -> None:
        """AWS has throttled a call."""
        with self._lock:
            now = self._clock()
            if self._refused is not None and now - self._refused < _SAME:
                return
            early = self._refused is None and (self._began is None or now - self._began < _EARLY)
            left = self._rate * (_BACK_EARLY if early else _BACK)
            if self._refused is not None and self._busy >= _TOLD:
                left = min(self._rate, max(left, _KEPT * self._good / self._busy))
            self._rate = max(min(SLOWEST, self._top), left)
            self._refused = self._raised = now
            self._busy, self._good, self._waited = 0.0, 0, False
            self._next = max(self._next, now + _PAUSE)

    def answered(self) -> None:
        """AWS has answered: faster, where calls waited for their turn."""
        with self._lock:
            self._given_up = 0
            self._good += 1
            now = self._clock()
            passed = now - self._raised
            if passed < 1.0:
                return
            self._raised = now
            if not self._waited:
                # Nobody asked for more, so that nothing was learnt.
                self._busy, self._good = 0.0, 0
                return
            self._waited = False
            self._busy += passed
            factor = _RAISED if self._refused is None else 1.0 + _REGAINED * (now - self._refused) * passed
            self._rate = min(self._top, self._rate * min(factor, _RAISED))

    def gave_up(self) -> None:
        """A call was throttled until nobody asked any more."""
        with self._lock:
            self._given_up += 1

    def attempts(self, most: int) -> int:
        """How often to ask: half as often after each call in a row that was given up, or one service holds up a run."""
        with self._lock:
            return max(1, most >> self._given_up)


def pace_of(service: str, most: float = MOST) -> TokenBucket:
    """The pace of a service of boto3's name: as AWS publishes it, else from RATE on, and never above `most`."""
    published = PUBLISHED.get(service)
    return TokenBucket(RATE if published is None else published, most=min(most, published or MOST))
