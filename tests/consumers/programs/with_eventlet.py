"""eventlet, patched first thing, and green threads with clients of their own."""

import eventlet

eventlet.monkey_patch()

import boto3  # noqa: E402 - patched before

client = boto3.client("kms")
print("first", client.list_keys()["Keys"])


def call(_: int) -> None:
    client.list_keys()
    boto3.Session().client("sts").get_caller_identity()


list(eventlet.GreenPool().imap(call, range(5)))
