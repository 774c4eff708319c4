"""moto in process: nothing leaves."""

import boto3
from moto import mock_aws


@mock_aws
def test() -> None:
    client = boto3.client("s3")
    client.create_bucket(Bucket="mine")
    client.put_object(Bucket="mine", Key="k", Body=b"mocked")
    assert client.get_object(Bucket="mine", Key="k")["Body"].read() == b"mocked"
    assert boto3.client("kms").list_keys()["Keys"] == []
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="mine")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="mocked")
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


test()
