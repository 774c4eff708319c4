"""aioboto3: resources, an upload and a download in parts, and a table's item."""

import asyncio
import io

import aioboto3
from boto3.s3.transfer import TransferConfig

PARTS = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
LARGE = bytes(range(256)) * 50_000


async def main() -> None:
    session = aioboto3.Session()
    async with session.resource("s3") as s3:
        bucket = await s3.Bucket("reports")
        await bucket.upload_fileobj(io.BytesIO(LARGE), "aioboto3/large", Config=PARTS)
        keys = [item.key async for item in bucket.objects.filter(Prefix="aioboto3/")]
        assert keys == ["aioboto3/large"]
        there = await (await s3.Object("reports", keys[0])).get()
        assert await there["Body"].read() == LARGE
        back = io.BytesIO()
        await s3.meta.client.download_fileobj("reports", keys[0], back)
        assert back.getvalue() == LARGE
    async with session.client("kms") as kms, session.client("sts") as sts:
        await kms.list_keys()
        await sts.get_caller_identity()


asyncio.run(main())
