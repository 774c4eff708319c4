"""boto3's transfers by the AWS Common Runtime, whose HTTP client is its own."""

from pathlib import Path

import boto3
from boto3.s3.transfer import TransferConfig

client = boto3.client("s3")
config = TransferConfig(preferred_transfer_client="crt")
Path("here").write_bytes(b"by CRT")
client.upload_file("here", "reports", "crt", Config=config)
client.download_file("reports", "crt", "back", Config=config)
assert Path("back").read_bytes() == b"by CRT"
