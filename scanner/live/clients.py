"""boto3 behind the seam: clients that all accounts share, one pace for each account, region and service."""

from __future__ import annotations

import gc
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from scanner.base.extras import MissingExtraError
from scanner.base.problem import Problem, ProblemsError
from scanner.live.answers import NO_ANSWER, NoAnswerError, check_answer
from scanner.live.aws_calls import (
    Answer,
    CredentialsEndedError,
    RefusedError,
    SignedOutError,
    StoppedError,
    credentials_ended,
    is_throttled,
)
from scanner.live.throttle import MOST, TokenBucket, pace_of

MOST_ATTEMPTS = 8
_LONGEST_PAUSE = 20.0
_CONNECT_SECONDS = 10
_READ_SECONDS = 60
# Shards are read service by service, so that whatever has not been used for so many is not used again. A client takes
# two to three megabytes, the model of its service up to ten.
MOST_CLIENTS = 20
_AT_ONCE = 6
# Of an account, region and service that were not asked for so many others nothing is asked any more.
MOST_BUCKETS = 20_000
MOST_MODELS = 8
WHERE = "AWS"
_MALFORMED = (ElementTree.ParseError, AttributeError, KeyError, TypeError, ValueError)
Credentials = Any  # botocore's own, which has no types; nothing here looks into them

# The credentials of the account that the running thread asks as. Building a set of clients costs seconds and many
# megabytes, so there is one for all accounts, and only what signs a request differs.
_CREDENTIALS: ContextVar[Credentials] = ContextVar("credentials")


class Clients:
    """One client a (service, region). `most` is a ceiling in calls a second of one account, region and service.

    Raises MissingExtraError without boto3, and ProblemsError for a profile that is none.
    """

    def __init__(self, profile: str | None, version: str, most: float | None = None) -> None:
        try:
            # By name: the packages have no types, and mypy need not look for them.
            boto3: Any = import_module("boto3")
            sessions: Any = import_module("botocore.session")
            config: Any = import_module("botocore.config")
        except ImportError:
            raise MissingExtraError("live") from None
        try:
            base = boto3.Session(profile_name=profile)
            self.own: Credentials = base.get_credentials()
            self.home = base.region_name
        except import_module("botocore.exceptions").BotoCoreError as error:
            raise ProblemsError([Problem("--profile", str(error).rstrip(".").lower(), kind="config")]) from None
        if self.own is None:
            hint = "pass --profile, or set the environment as `aws configure` describes"
            raise ProblemsError([Problem(WHERE, "there are no credentials", hint=hint, kind="config")])
        session = sessions.Session(profile=profile)
        session.register_component("credential_provider", _Resolver(_Current()))
        session.register_component("data_loader", _forgetful(session))
        self._session = boto3.Session(botocore_session=session)
        self._config = config.Config(
            user_agent_extra=f"tenantproof/{version}",
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            # What is throttled is retried here, in the knowledge of every other call to the same service.
            retries={"mode": "standard", "total_max_attempts": 2},
            max_pool_connections=32,
        )
        self._clients: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self._buckets: OrderedDict[tuple[str, str, str], TokenBucket] = OrderedDict()
        self._most = MOST if most is None else most
        self._lock = threading.Lock()

    def client(self, service: str, region: str) -> Any:  # a client's methods are made from the service's model
        """boto3's client, made when it is first asked for. Of those unused the longest, some are dropped when there are
        many."""
        with self._lock:
            known = self._clients.get((service, region))
            if known is None:
                known = self._session.client(service, region_name=region, config=self._config)
                known.meta.events.register_first("before-parse.*.*", check_answer)
                self._clients[service, region] = known
            self._clients.move_to_end((service, region))
            if len(self._clients) > MOST_CLIENTS:
                while len(self._clients) > MOST_CLIENTS - _AT_ONCE:
                    self._clients.popitem(last=False)
                # A client and its model are a ring, which is else found only when much more of the kind was made.
                gc.collect()
            return known

    def bucket(self, account: str, region: str, service: str) -> TokenBucket:
        """The pace of one account, region and service, shared by all threads."""
        with self._lock:
            known = self._buckets.get((account, region, service))
            if known is None:
                known = self._buckets[account, region, service] = pace_of(service, self._most)
            self._buckets.move_to_end((account, region, service))
            # An organisation has millions, and shards are read service by service.
            if len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
            return known

    def assumed(self, role: str, external_id: str | None, region: str) -> Credentials:
        """Credentials of a role that renew themselves. Raises what the first call raises."""
        return Assumed(AwsCaller(self, self.own, "", region), role, external_id)


class Assumed:
    """Credentials of a role, renewed before they end, and when AWS says that they have.

    What `assume_role` is refused with is raised where the credentials are asked for; SignedOutError means that whoever
    assumes the role is not known any more.
    """

    def __init__(self, caller: AwsCaller, role: str, external_id: str | None) -> None:
        self._caller = caller
        self._arguments: dict[str, object] = {"RoleArn": role, "RoleSessionName": "tenantproof"}
        if external_id is not None:
            self._arguments["ExternalId"] = external_id
        self._current = self._fresh()
        self._lock = threading.Lock()

    def get_frozen_credentials(self) -> Any:  # botocore's own
        """What botocore signs a request with: key, secret and token of one moment."""
        return self._current.get_frozen_credentials()

    def renew(self, token: str | None) -> bool:
        """Asks anew at the next call; False where others than those with this token are in use, or none yet were."""
        with self._lock:
            if self._current.token != token:
                return False
            self._current = self._fresh()
            return True

    def _fresh(self) -> Any:  # botocore's own
        credentials: Any = import_module("botocore.credentials")
        return credentials.DeferredRefreshableCredentials(refresh_using=self._ask, method="assume-role")

    def _ask(self) -> Mapping[str, object]:
        try:
            given = self._caller.call("sts", "assume_role", **self._arguments)["Credentials"]
        except CredentialsEndedError as error:
            raise SignedOutError(str(error)) from None
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }


class _Count:
    """Requests of one shard, from whatever thread and to whatever region."""

    __slots__ = ("_lock", "number")

    def __init__(self) -> None:
        self.number = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        with self._lock:
            self.number += 1


class AwsCaller:
    """Asks as one account in one region. `calls` counts requests, also those that were throttled."""

    def __init__(
        self,
        clients: Clients,
        credentials: Credentials,
        account: str,
        region: str,
        stopped: Callable[[], bool] = lambda: False,
        count: _Count | None = None,
    ) -> None:
        self._count = count or _Count()
        self._clients = clients
        self._credentials = credentials
        self._account = account
        self._region = region
        self._stopped = stopped

    @property
    def calls(self) -> int:
        """Requests so far, of this caller and of those made `at` another region of the same account."""
        return self._count.number

    def at(self, region: str) -> AwsCaller:
        """The same account in another region; what it asks counts here too."""
        return AwsCaller(self._clients, self._credentials, self._account, region, self._stopped, self._count)

    def call(self, service: str, operation: str, /, **arguments: object) -> Answer:
        """Raises RefusedError with AWS's code, also where a call was throttled too often.

        StoppedError is raised where the run is to end, CredentialsEndedError where credentials are no longer valid and
        cannot be renewed.
        """
        exceptions: Any = import_module("botocore.exceptions")
        parsers: Any = import_module("botocore.parsers")
        bucket = self._clients.bucket(self._account, self._region, service)
        method = getattr(self._clients.client(service, self._region), operation)
        renewed = False
        attempts = bucket.attempts(MOST_ATTEMPTS)
        attempt = 0
        while True:
            if self._stopped() or not bucket.take(self._stopped):
                raise StoppedError
            self._count.add()
            token = _CREDENTIALS.set(self._credentials)
            try:
                answer: Answer = method(**arguments)
            except exceptions.ClientError as error:
                code = str(error.response.get("Error", {}).get("Code", "unknown"))
                ended = credentials_ended(code)
                if ended is not None:
                    # A long run outlives the sessions of its roles, and a clock that is slow does not see them end.
                    if renewed or not isinstance(self._credentials, Assumed):
                        raise ended from None
                    renewed = True
                    self._credentials.renew(self._token())
                    continue
                if is_throttled(code) and attempt + 1 >= attempts:
                    bucket.gave_up()
                if not is_throttled(code) or attempt + 1 >= attempts:
                    raise RefusedError(code, str(error.response.get("Error", {}).get("Message", ""))) from None
                bucket.slow()
                # Full jitter ("Exponential Backoff And Jitter"), so that threads do not come back all at once.
                pause = random.uniform(0, min(_LONGEST_PAUSE, 0.5 * 2**attempt))  # noqa: S311  # no secret depends on it
                self._pause(pause)
                attempt += 1
            except NoAnswerError as error:
                raise RefusedError(NO_ANSWER, str(error)) from None
            # What botocore's parsers and handlers raise for an answer that is not of its form is not always an error
            # of its own: one call fails then, and not the run.
            except (exceptions.BotoCoreError, parsers.ResponseParserError, *_MALFORMED) as error:
                raise RefusedError(type(error).__name__, str(error)) from None
            else:
                bucket.answered()
                return answer
            finally:
                _CREDENTIALS.reset(token)

    def _token(self) -> str | None:
        token = self._credentials.get_frozen_credentials().token
        return None if token is None else str(token)

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._stopped():
                raise StoppedError
            time.sleep(min(left, 0.2))


def _forgetful(session: Any) -> Any:  # botocore's session, and a loader of its kind
    """A loader that does not keep the model of every service that was ever asked for, as botocore's own does."""
    loaders: Any = import_module("botocore.loaders")

    class Forgetful(loaders.Loader):  # type: ignore[misc]  # botocore has no types
        def __init__(self, paths: list[str]) -> None:
            super().__init__(paths, include_default_search_paths=False)
            self._recent: OrderedDict[str, None] = OrderedDict()

        def load_service_model(self, service_name: str, *rest: object, **named: object) -> object:
            model: object = super().load_service_model(service_name, *rest, **named)
            self._recent[service_name] = None
            self._recent.move_to_end(service_name)
            while len(self._recent) > MOST_MODELS:
                self._forget(self._recent.popitem(last=False)[0])
            return model

        def _forget(self, service: str) -> None:
            # A botocore that keeps them elsewhere only takes more memory.
            kept: dict[tuple[str, ...], object] = getattr(self, "_cache", {})
            for key in [key for key in kept if key[0].startswith("load_") and Path(key[1]).parts[:1] == (service,)]:
                del kept[key]

    return Forgetful(list(loaders.create_loader(session.get_config_variable("data_path")).search_paths))


class _Current:
    """Looks like botocore's credentials, and is those of whoever the thread asks as."""

    method = "tenantproof"
    account_id = None

    @property
    def access_key(self) -> str:
        return str(self.get_frozen_credentials().access_key)

    @property
    def secret_key(self) -> str:
        return str(self.get_frozen_credentials().secret_key)

    @property
    def token(self) -> str | None:
        token = self.get_frozen_credentials().token
        return None if token is None else str(token)

    def get_frozen_credentials(self) -> Any:  # botocore's own
        return _CREDENTIALS.get().get_frozen_credentials()

    def get_deferred_property(self, name: str) -> Callable[[], object]:
        return lambda: getattr(self, name, None)


class _Resolver:
    """What botocore asks for credentials."""

    def __init__(self, credentials: _Current) -> None:
        self._credentials = credentials

    def load_credentials(self) -> _Current:
        return self._credentials
