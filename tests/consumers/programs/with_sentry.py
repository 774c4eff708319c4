"""Sentry's integration of boto3."""

import boto3
import sentry_sdk
from sentry_sdk.integrations.boto3 import Boto3Integration

events = []
sentry_sdk.init(
    dsn="https://key@sentry.invalid/1",
    integrations=[Boto3Integration()],
    traces_sample_rate=1.0,
    before_send_transaction=lambda event, hint: events.append(event),
)
with sentry_sdk.start_transaction(name="app"):
    boto3.client("kms").list_keys()
    client = boto3.client("s3")
    client.put_object(Bucket="reports", Key="sentry", Body=b"traced")
    assert client.get_object(Bucket="reports", Key="sentry")["Body"].read() == b"traced"
spans = [span["description"] for span in events[0]["spans"]]
assert {"aws.kms.ListKeys", "aws.s3.PutObject", "aws.s3.GetObject"} <= set(spans), spans
