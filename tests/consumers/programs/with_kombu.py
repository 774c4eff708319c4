"""kombu over SQS: a message there and back."""

from kombu import Connection

with Connection(
    "sqs://", transport_options={"region": "us-east-1", "wait_time_seconds": 1}
) as connection:
    queue = connection.SimpleQueue("kombu")
    queue.put({"hello": "kombu"})
    message = queue.get(timeout=90)
    assert message.payload == {"hello": "kombu"}
    message.ack()
    queue.close()
