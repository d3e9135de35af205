"""Amazon SQS: queues and their policies."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, Tagged

_NUMBERS = (
    "DelaySeconds",
    "KmsDataKeyReusePeriodSeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
)

SQS = Service(
    "sqs",
    (
        Collector(
            # A page is asked for only where its size is, too ("ListQueues").
            Call("list_queues", {"MaxResults": "`1000`"}, "QueueUrls[].{Url: @}", Paging("NextToken", "NextToken")),
            Part(
                "AWS::SQS::Queue",
                id="last(item.Url)",
                arn="arn:{partition}:sqs:{region}:{account}:{id}",
                gone=("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
                details={
                    "queue": Detail("get_queue_attributes", {"QueueUrl": "item.Url", "AttributeNames": "['All']"}),
                    "tagged": Detail(
                        "list_queue_tags",
                        {"QueueUrl": "item.Url"},
                        tagged=Tagged("sqs", "{Tags: mapping(tags, 'Key', 'Value')}"),
                    ),
                },
                properties={
                    "QueueName": "id",
                    "KmsMasterKeyId": "queue.Attributes.KmsMasterKeyId",
                    "SqsManagedSseEnabled": "queue.Attributes.SqsManagedSseEnabled",
                    "FifoQueue": "queue.Attributes.FifoQueue",
                    "DeduplicationScope": "queue.Attributes.DeduplicationScope",
                    "FifoThroughputLimit": "queue.Attributes.FifoThroughputLimit",
                    "RedrivePolicy": "document(queue.Attributes.RedrivePolicy)",
                    "RedriveAllowPolicy": "document(queue.Attributes.RedriveAllowPolicy)",
                    "Tags": "tags(tagged.Tags)",
                    **{name: f"queue.Attributes.{name}" for name in _NUMBERS},
                },
                children=(
                    Part(
                        "AWS::SQS::QueuePolicy",
                        each="queue.Attributes.Policy && {Policy: queue.Attributes.Policy}",
                        id="parent_id",
                        properties={"Queues": "[parent_id]", "PolicyDocument": "document(item.Policy)"},
                    ),
                ),
            ),
            folded=("AWS::SQS::QueueInlinePolicy",),
        ),
    ),
)
