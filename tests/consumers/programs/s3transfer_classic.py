"""boto3's transfers: in parts, by threads."""

from io import BytesIO

import boto3
from boto3.s3.transfer import TransferConfig

MIB = 1 << 20
content = bytes(11 * MIB)
client = boto3.client("s3")
config = TransferConfig(
    preferred_transfer_client="classic", multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB
)
client.upload_fileobj(BytesIO(content), "reports", "large", Config=config)
back = BytesIO()
client.download_fileobj("reports", "large", back, Config=config)
assert back.getvalue() == content
