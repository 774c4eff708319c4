"""The tasks of celery_worker.py."""

import boto3
from celery import Celery

app = Celery("celery_tasks", broker="sqs://", backend="file://results")
app.conf.broker_transport_options = {
    "region": "us-east-1",
    "wait_time_seconds": 1,
    "polling_interval": 0.1,
}
app.conf.worker_hijack_root_logger = False


@app.task
def keys() -> list[str]:
    return [key["KeyId"] for key in boto3.client("kms").list_keys()["Keys"]]
