"""Amazon SNS: topics, their policies and who is told what they say."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, Tagged, same

_NEXT = Paging("NextToken", "NextToken")
_ATTRIBUTES = "topic.Attributes"

SNS = Service(
    "sns",
    (
        Collector(
            Call("list_topics", items="Topics[]", paging=_NEXT),
            Part(
                "AWS::SNS::Topic",
                id="item.TopicArn",
                arn="item.TopicArn",
                gone=("NotFound", "NotFoundException", "ResourceNotFound"),
                details={
                    "topic": Detail("get_topic_attributes", {"TopicArn": "item.TopicArn"}),
                    "tagged": Detail(
                        "list_tags_for_resource", {"ResourceArn": "item.TopicArn"}, "Tags[]", tagged=Tagged("sns")
                    ),
                    # The subscriptions of other accounts to the topic are in no list of this one's.
                    "told": Detail(
                        "list_subscriptions_by_topic", {"TopicArn": "item.TopicArn"}, "Subscriptions[]", _NEXT
                    ),
                },
                properties={
                    "TopicName": "last(item.TopicArn)",
                    "ArchivePolicy": f"document({_ATTRIBUTES}.ArchivePolicy)",
                    "ContentBasedDeduplication": f"{_ATTRIBUTES}.ContentBasedDeduplication",
                    "DisplayName": f"{_ATTRIBUTES}.DisplayName",
                    "FifoTopic": f"{_ATTRIBUTES}.FifoTopic",
                    "KmsMasterKeyId": f"{_ATTRIBUTES}.KmsMasterKeyId",
                    "SignatureVersion": f"{_ATTRIBUTES}.SignatureVersion",
                    "TracingConfig": f"{_ATTRIBUTES}.TracingConfig",
                    # Addresses may hold a password, and those of this account are told with each subscription.
                    "Subscription": "told[?starts_with(SubscriptionArn, 'arn:')].{Protocol: Protocol}",
                    "Tags": "tagged",
                },
                children=(
                    Part(
                        "AWS::SNS::TopicPolicy",
                        each=f"{_ATTRIBUTES}.Policy && {{Policy: {_ATTRIBUTES}.Policy}}",
                        id="parent_id",
                        properties={"Topics": "[parent_id]", "PolicyDocument": "document(item.Policy)"},
                    ),
                ),
            ),
            folded=("AWS::SNS::TopicInlinePolicy",),
        ),
        Collector(
            Call("list_subscriptions", items="Subscriptions[]", paging=_NEXT),
            Part(
                "AWS::SNS::Subscription",
                # Those that nobody confirmed are told nothing, and have no name.
                keep="starts(item.SubscriptionArn, 'arn:')",
                id="item.SubscriptionArn",
                arn="item.SubscriptionArn",
                properties=same("item", "Endpoint", "Protocol", "TopicArn"),
            ),
        ),
    ),
)
