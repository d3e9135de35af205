"""The engine: calls one service as its table says, and reshapes what it answers."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from scanner.base.error import TenantproofError
from scanner.base.record import record
from scanner.live.aws_calls import ENDLESS, PAGE_TOKENS, Answer, Caller, CredentialsEndedError, RefusedError
from scanner.live.collector_table import TAGGING, Call, Collector, Detail, Part, Prepare, Service, Shape, Tagged, words
from scanner.live.compute_once import AtOnce
from scanner.live.projection import NotSaidError, ProjectionError, plain, project
from scanner.model.absent_properties import LACKING
from scanner.snapshots.lines import Failed, Line, Listed, Path, Seen, Why
from scanner.snapshots.redaction import Redaction

MOST_PAGES = 20_000
# Pages in a row that tell nothing new. AWS gives empty pages on the way, where a filter applies after the page was cut.
MOST_IDLE = 500
MOST_ASKED = 60
# Of so few the tags are asked of each: it takes no more calls, and the service itself tells what was just changed.
FEW = 2
# By which lists say that they go on, beside their token ("ListRoles", "ListResourceRecordSets", "ListStreams").
_CUT = ("IsTruncated", "Truncated", "HasMoreStreams", "HasMoreDeliveryStreams")
_ABOUT = "ResponseMetadata"  # what boto3 adds to an answer
ACCOUNT = "AWS::::Account"

Elsewhere = Callable[[str], Caller]
"""Asks as the same account in another region."""
Each = Callable[[Callable[[object], list[Line]], Iterable[object]], Iterable[list[Line]]]
"""How a function is put to every item: `map`, or the `map` of an executor."""


@record
class Where:
    """`region` is where the calls are made; what is global has the account's home region here."""

    account: str
    region: str
    partition: str = "aws"


UNASKED = Why("not-collected", "no rule that the snapshot was taken for asks for it")


@record
class _Missing:
    """Stands in the document for an answer that there is not."""

    why: Why
    # The IAM action that was refused or answered what is not understood; none where it could not even be asked.
    action: str | None = None


def collect(
    service: Service,
    caller: Caller,
    where: Where,
    redaction: Redaction,
    each: Each = map,
    elsewhere: Elsewhere | None = None,
) -> Iterator[Line]:
    """Everything the service tells. A call that fails blinds what rests on it, and nothing else.

    Raises CredentialsEndedError and StoppedError.
    """
    for collector in service.collectors:
        yield from _Collection(service, caller, where, redaction, elsewhere).collect(collector, each)


class _Collection:
    def __init__(
        self, service: Service, caller: Caller, where: Where, redaction: Redaction, elsewhere: Elsewhere | None
    ) -> None:
        self._service = service
        self._caller = caller
        self._where = where
        self._redaction = redaction
        self._elsewhere = elsewhere
        self._many = False
        self._tags: AtOnce[tuple[str, str], Mapping[str, object] | None] = AtOnce()
        self._shared: AtOnce[str, object] = AtOnce()
        self._base: dict[str, object] = {
            "account": where.account,
            "region": where.region,
            "partition": where.partition,
            "now": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def collect(self, collector: Collector, each: Each) -> Iterator[Line]:
        action = self._service.action(collector.listing)
        unread: Why | None = None
        items: list[object] = []
        try:
            for answer in self._pages(collector.listing, self._base):
                items.extend(_items(collector.listing, answer))
        except RefusedError as error:
            if not error.later and error.is_one_of(collector.none):
                items = [{}]
            else:
                unread = error.why(action, "")
        except ProjectionError as error:
            unread = Why("scanner-error", f"the answer of `{action}` is not understood: {error}")
        if unread is None and not items and collector.part.type == ACCOUNT:
            unread = Why("not-collected", f"`{action}` told nothing of the account")
        if unread is not None:
            yield Failed(action, "", unread, collector.types)
        self._many = len(items) > FEW
        found: list[Seen] = []
        for lines in each(lambda item: [*self._item(collector, item)], items):
            yield from lines
            if collector.summary:
                found.extend(line for line in lines if isinstance(line, Seen) and line.type == collector.part.type)
        if collector.summary:
            yield self._summary(collector.summary, found, unread)
        yield from (Listed(name, unread) for name in collector.types if name != ACCOUNT)
        yield from (Listed(name, UNASKED) for name in collector.unasked)
        if unread is not None:
            for part in (collector.part, *collector.also):
                if part.shared:
                    yield from self._doubtful(part, self._base, unread)

    def _summary(self, shapes: Mapping[str, Shape], found: Iterable[Seen], unread: Why | None) -> Seen:
        """What all of the items say of the account; what is not known of one of them is not known of all."""
        seen = [*found]
        document: dict[str, object] = {**self._base, "found": [plain(each.properties) for each in seen]}
        for each in seen:
            document.update({str(path[0]): _Missing(why) for path, why in each.unknown})
            if each.doubt is not None:
                document["found"] = _Missing(each.doubt)
        if unread is not None:
            document["found"] = _Missing(unread)
        return self._seen(Part(ACCOUNT, "account", shapes, shared=True), document, self._where.account)

    def _item(self, collector: Collector, item: object) -> Iterator[Line]:
        for part in (collector.part, *collector.also):
            yield from self._part(part, {**self._base, "item": item})

    def _part(self, part: Part, above: Mapping[str, object]) -> Iterator[Line]:
        if part.each == "item":
            yield from self._one(part, above)
            return
        missing = _missing(part.each, above)
        if missing is not None:
            yield from self._doubtful(part, {**above, "item": _Missing(missing.why)}, missing.why)
            return
        try:
            found = project(part.each, above)
        except ProjectionError as error:
            why = Why("scanner-error", f"what AWS tells of `{part.type}` is not understood: {error}")
            yield from self._doubtful(part, {**above, "item": _Missing(why)}, why)
            return
        inside = {**above, "parent": above.get("item")}
        for item in found if isinstance(found, list) else () if found is None else (found,):
            yield from self._one(part, {**inside, "item": item})

    def _one(self, part: Part, document: Mapping[str, object]) -> Iterator[Line]:
        document = dict(document)
        if part.called is not None:
            document[part.called] = document.get("item")
        late = part.keep is not None and bool(words(part.keep) & part.details.keys())
        try:
            if part.keep is not None and not late and not project(part.keep, document):
                return
            name = project(part.id, document)
        except ProjectionError as error:
            why = Why("scanner-error", f"what AWS tells of `{part.type}` is not understood: {error}")
            yield Failed(self._service.name, "", why, (part.type,))
            yield Listed(part.type, why)
            return
        if not isinstance(name, str) or not name:
            why = Why("scanner-error", f"AWS tells of a `{part.type}` without a name")
            yield Failed(self._service.name, "", why, (part.type,))
            yield Listed(part.type, why)
            return
        document["id"] = name
        failures: list[Failed] = []
        for key, detail in part.details.items():
            try:
                document[key] = self._detail(part, detail, document, name)
            except _GoneError:
                return
            answer = document[key]
            if isinstance(answer, _Missing) and answer.action == self._service.action(detail):
                failures.append(Failed(answer.action, name, answer.why, (part.type, *_below(part))))
        yield from failures
        # What cannot be asked about is kept, with what is not known of it.
        if late and part.keep and _missing(part.keep, document) is None and not project(part.keep, document):
            return
        yield self._seen(part, document, name)
        for child in part.children:
            yield from self._part(child, {**document, "parent_id": name})

    def _detail(self, part: Part, detail: Detail, document: Mapping[str, object], name: str) -> object:
        """The answer, None where there is none, or why it is missing. Raises _GoneError where the item is."""
        for expression in (*detail.arguments.values(), *([detail.when] if detail.when else ())):
            missing = _missing(expression, document)
            if missing is not None:
                return missing
        action = self._service.action(detail)
        try:
            if detail.when is not None and not project(detail.when, document):
                return None
            if detail.needless is not None and self._is_known_to(detail.needless, document):
                return None
            if detail.tagged is not None and self._many:
                tags = self._tags_of(part, detail.tagged, document, name)
                if tags is not None:
                    return project(detail.tagged.answer, {"tags": tags})
            if detail.once:
                asked = str({key: project(shape, document) for key, shape in detail.arguments.items()})
                answer = self._shared.get(f"{action} {asked}", lambda: self._tried(detail, document))
                if isinstance(answer, RefusedError):
                    raise answer
                return answer
            found = self._answer(detail, document)
            if detail.sole and not found:
                raise _GoneError
            return found
        except RefusedError as error:
            if not error.later and error.is_one_of(detail.absent):
                return None
            if error.is_one_of(part.gone):
                raise _GoneError from None
            return _Missing(error.why(action, name), action)
        except ProjectionError as error:
            return _Missing(
                Why("scanner-error", f"the answer of `{action}` on {name} is not understood: {error}"), action
            )

    def _is_known_to(self, expression: str, document: Mapping[str, object]) -> bool:
        return _missing(expression, document) is None and bool(project(expression, document))

    def _answer(self, detail: Detail, document: Mapping[str, object]) -> object:
        pages = [*self._pages(detail, document)]
        if detail.items is None:
            return plain({key: value for key, value in pages[0].items() if key != _ABOUT})
        items = [item for page in pages for item in _items(detail, page)]
        return items if detail.by is None else {str(project(detail.by, {"item": item})): item for item in items}

    def _tried(self, detail: Detail, document: Mapping[str, object]) -> object:
        try:
            return self._answer(detail, document)
        except RefusedError as error:
            return error

    def _tags_of(self, part: Part, tagged: Tagged, document: Mapping[str, object], name: str) -> object:
        """What the tagging service tells of the resource; None where it does not answer and the call is to be made."""
        region = (self._text(part.region, document) if part.region else None) or self._where.region
        arn = self._arn(part, document, name, region)
        found = self._tags.get((tagged.kind, region), lambda: self._all_tags(tagged.kind, region))
        return None if found is None or arn is None else found.get(arn, [])

    def _all_tags(self, kind: str, region: str) -> Mapping[str, object] | None:
        """By ARN. That it is denied blinds nothing: each resource is asked about then."""
        caller = self._caller
        if region != self._where.region:
            if self._elsewhere is None:
                return None
            caller = self._elsewhere(region)
        try:
            pages = [*self._pages(TAGGING, {"kind": kind}, caller)]
            found = [item for page in pages for item in _items(TAGGING, page)]
            return {str(each["ResourceARN"]): each.get("Tags", []) for each in found if isinstance(each, Mapping)}
        except CredentialsEndedError:
            # A region that is switched off knows nobody; in the region of all other calls they would be of no more use.
            if caller is self._caller:
                raise
            return None
        except (RefusedError, ProjectionError, KeyError):
            return None

    def _pages(self, call: Call, document: Mapping[str, object], caller: Caller | None = None) -> Iterator[Answer]:
        arguments = {name: project(expression, document) for name, expression in call.arguments.items()}
        service = call.service or self._service.name
        if call.after is not None:
            self._prepare(service, call.after)
        seen: set[str] = set()
        met: set[int] = set()
        idle = 0
        while True:
            try:
                answer = (caller or self._caller).call(service, call.operation, **arguments)
            except RefusedError as error:
                raise RefusedError(error.code, error.text, later=True) if seen else error from None
            except CredentialsEndedError as error:
                if not seen or error.code not in PAGE_TOKENS:
                    raise
                # Some services call a page's token by the word that others have for a session's. The first page tells
                # the two apart: it raises again where nobody is known any more.
                del arguments[call.paging.parameter]  # type: ignore[union-attr]  # a token was asked for
                (caller or self._caller).call(service, call.operation, **arguments)
                raise RefusedError(error.code, "the token of the next page is not taken", later=True) from None
            if call.text:
                answer = {**answer, **{key: _text(answer[key]) for key in call.text if key in answer}}
            yield answer
            token = project(call.paging.next, answer) if call.paging is not None else None
            if call.paging is None or not token:
                if call.paging is not None and _goes_on(answer):
                    raise RefusedError(ENDLESS, "a page says that there are more, and not how to ask for them")
                return
            told = hash(str([each for key, each in answer.items() if key != _ABOUT and isinstance(each, list | dict)]))
            idle = idle + 1 if told in met else 0
            met.add(told)
            # A service that gives pages for ever must not keep the run from ending.
            if str(token) in seen:
                raise RefusedError(ENDLESS, "a page leads back to an earlier one")
            if len(seen) >= MOST_PAGES or idle >= MOST_IDLE:
                raise RefusedError(ENDLESS, f"{len(seen) + 1:,} pages were read, and each leads on to another one")
            seen.add(str(token))
            arguments[call.paging.parameter] = token

    def _prepare(self, service: str, first: Prepare) -> None:
        """Raises RefusedError where AWS takes too long."""
        for _ in range(MOST_ASKED):
            if project(first.done, self._caller.call(service, first.operation)):
                return
            time.sleep(first.pause)
        raise RefusedError("NotReadyInTime", f"`{first.operation}` did not end")

    def _seen(self, part: Part, document: Mapping[str, object], name: str, doubt: Why | None = None) -> Seen:
        properties: dict[str, object] = dict.fromkeys(LACKING.get(part.type, ()))
        unknown: list[tuple[Path, Why]] = []
        for key, shape in part.properties.items():
            self._put(properties, unknown, (key,), shape, document)
        safe, hashed = self._redaction.redact(properties, part.type)
        region = self._text(part.region, document) if part.region else None
        return Seen(
            part.type,
            name,
            self._arn(part, document, name, region),
            region or (self._where.region if self._service.scope == "region" else None),
            safe,
            unknown,
            hashed,
            doubt,
            part.shared,
        )

    def _put(
        self,
        into: dict[str, object],
        unknown: list[tuple[Path, Why]],
        path: Path,
        shape: Shape,
        document: Mapping[str, object],
    ) -> None:
        """Puts the value of the property there, or notes why it is not known."""
        missing = _missing(shape, document)
        if (
            missing is not None
            and isinstance(shape, Mapping)
            and any(_missing(each, document) is None for each in shape.values())
        ):
            # Some of its fields rest on other answers, and are known.
            known: dict[str, object] = {}
            for key, child in shape.items():
                self._put(known, unknown, (*path, key), child, document)
            into[str(path[-1])] = {key: value for key, value in known.items() if value is not None}
            return
        why = missing.why if missing is not None else None
        value: object = None
        if why is None:
            try:
                value = project(shape, document)
            except NotSaidError as error:
                why = Why("not-collected", str(error))
            except ProjectionError as error:
                why = Why("scanner-error", f"what AWS tells of `{path[0]}` is not understood: {error}")
        if why is not None:
            unknown.append((path, why))
        # AWS tells what is not set as an empty list or text, and CloudFormation leaves it out.
        into[str(path[-1])] = None if value in ("", [], {}) else value

    def _arn(self, part: Part, document: Mapping[str, object], name: str, region: str | None) -> str | None:
        if part.arn is None:
            return None
        if not part.arn.startswith("arn:"):
            return self._text(part.arn, document)
        return part.arn.format(
            partition=self._where.partition,
            region=region or self._where.region,
            account=self._where.account,
            id=name,
        )

    def _text(self, expression: str, document: Mapping[str, object]) -> str | None:
        if _missing(expression, document) is not None:
            return None
        try:
            value = project(expression, document)
        except ProjectionError:
            return None
        return value if isinstance(value, str) and value else None

    def _doubtful(self, part: Part, document: Mapping[str, object], why: Why) -> Iterator[Seen]:
        """What may be there, and could not be read: what names its parent is known, and nothing else."""
        document = {"item": _Missing(why), **document, "parent": document.get("parent", document.get("item"))}
        inside = {**document, "item": _Missing(why), **{key: _Missing(why) for key in part.details}}
        if part.shared:
            # One resource that several tell of: what this service would have told is unknown.
            yield self._seen(part, inside, self._text(part.id, inside) or self._where.account)
            return
        parent = document.get("parent_id")
        name = self._text(part.id, inside) or f"{parent if isinstance(parent, str) else '?'}/?"
        yield self._seen(part, inside, name, why)
        for child in part.children:
            yield from self._doubtful(child, {**inside, "parent_id": name}, why)


def _goes_on(answer: Answer) -> bool:
    """Whether the page says that others follow it."""
    return any(
        each.get(name) is True for each in (answer, *answer.values()) if isinstance(each, Mapping) for name in _CUT
    )


class _GoneError(TenantproofError):
    """The item was deleted since it was listed."""


def _items(call: Call, answer: Answer) -> Iterator[object]:
    # Times and bytes are as JSON has them before anything is compared with them.
    found = project(call.items, plain(answer)) if call.items is not None else plain(answer)  # type: ignore[arg-type]  # an answer is an object
    if isinstance(found, list):
        yield from found
    elif found is not None:
        yield found


def _text(value: object) -> object:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _missing(shape: Shape, document: Mapping[str, object]) -> _Missing | None:
    """The first answer that the expressions rest on and that there is not."""
    named = words(shape)
    return next((value for key, value in document.items() if isinstance(value, _Missing) and key in named), None)


def _below(part: Part) -> Iterator[str]:
    for child in part.children:
        yield child.type
        yield from _below(child)
