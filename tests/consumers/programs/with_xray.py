"""X-Ray's patch_all() over boto3."""

from aws_xray_sdk.core import patch_all, xray_recorder

patch_all()
xray_recorder.configure(sampling=False, context_missing="IGNORE_ERROR")
segment = xray_recorder.begin_segment("app")

import boto3  # noqa: E402 - patched before

boto3.client("kms").list_keys()
boto3.client("s3").put_object(Bucket="reports", Key="xray", Body=b"traced")
names = [one.name for one in segment.subsegments]
assert names == ["kms", "s3"], names
