"""What a function that SAM refuses would have added to other resources: that part of them is open.

Events of a function add paths to the description of an API, notifications to a bucket and subscriptions to a topic
("AWS SAM resources and properties", EventSource). Where the function is left out, the others are made without them, and
what they would hold nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.inputs.cloudformation.sam.prepare import mapping
from scanner.inputs.cloudformation.sam.translator import SERVERLESS
from scanner.model.unknown import Unknown

# Of each type that events add to: the property, by the event's type and the event's property that names the resource.
_ADDED = {
    "AWS::ApiGateway::RestApi": ("Body", "Api", "RestApiId"),
    "AWS::ApiGatewayV2::Api": ("Body", "HttpApi", "ApiId"),
    "AWS::S3::Bucket": ("NotificationConfiguration", "S3", "Bucket"),
}
# APIs that SAM makes for events that name none.
_IMPLIED = ("ServerlessRestApi", "ServerlessHttpApi")
_PUT_IN = "Fn::Transform"
_WITH_EVENTS = ("Function", "StateMachine", "WebFunction")


def add_refused(resources: dict[str, object], refused: Mapping[str, object]) -> None:
    """Opens what the refused functions may add to, in `resources`, the bodies that are deployed."""
    events = [
        (name, event)
        for name, body in refused.items()
        if str(mapping(body).get("Type")) in {SERVERLESS + each for each in _WITH_EVENTS}
        for event in _events(mapping(body))
    ]
    for logical_id, body in resources.items() if events else ():
        added = _ADDED.get(str(mapping(body).get("Type")))
        by = next((name for name, event in events if added is not None and _adds(event, logical_id, added)), None)
        if by is not None and added is not None:
            detail = f"`{by}` may add to `{added[0]}` of `{logical_id}`, and SAM refuses it"
            more = Unknown("invalid-template", detail, subject=by)
            properties = mapping(mapping(body).get("Properties"))
            opened = _opened(properties.get(added[0]), more)
            resources[logical_id] = {**mapping(body), "Properties": {**properties, added[0]: opened}}


def _opened(value: object, more: Unknown) -> object:
    """What is written, with more in it: of an API's description the paths and what is done in each."""
    if not isinstance(value, dict):
        return more
    paths = value.get("paths")
    if not isinstance(paths, dict):
        return {**value, _PUT_IN: more}
    return {**value, "paths": {**paths, _PUT_IN: more}}


def _events(body: Mapping[str, object]) -> Iterator[object]:
    """The events, and None where it cannot be told which there are."""
    properties = body.get("Properties", {})
    events = properties.get("Events", {}) if isinstance(properties, dict) else None
    if not isinstance(events, dict) or any(key.startswith("Fn::") for key in (*mapping(properties), *events)):
        yield None
        return
    yield from events.values()


def _adds(event: object, logical_id: str, added: tuple[str, str, str]) -> bool:
    """Whether the event is, or may be, one of those that name the resource."""
    _, kind, naming = added
    if not isinstance(event, dict) or not isinstance(event.get("Type"), str):
        return True
    if event["Type"] != kind:
        return False
    properties = event.get("Properties", {})
    if not isinstance(properties, dict) or any(key.startswith("Fn::") for key in properties):
        return True
    named = properties.get(naming)
    if named is None:
        return logical_id in _IMPLIED
    if isinstance(named, dict) and isinstance(named.get("Ref"), str):
        return logical_id == str(named["Ref"])
    return isinstance(named, dict) or logical_id == str(named)


__all__ = ["add_refused"]
