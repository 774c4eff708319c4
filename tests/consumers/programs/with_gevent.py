"""gevent, patched first thing, and ten greenlets with clients of their own."""

from gevent import monkey

monkey.patch_all()

import boto3  # noqa: E402 - patched before
import gevent  # noqa: E402

client = boto3.client("kms")
print("first", client.list_keys()["Keys"])


def call() -> None:
    client.list_keys()
    boto3.Session().client("sts").get_caller_identity()


gevent.joinall([gevent.spawn(call) for _ in range(5)], raise_error=True)
