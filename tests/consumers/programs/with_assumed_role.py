"""aiobotocore with a profile that assumes a role: its client of STS is made by its session."""

import asyncio
import os
from pathlib import Path

from aiobotocore.session import AioSession

ROLE = """\
[profile role]
role_arn = arn:aws:iam::123456789012:role/reader
credential_source = Environment
"""
config = Path("aws-config")
config.write_text(ROLE)
os.environ["AWS_CONFIG_FILE"] = str(config.absolute())


async def main() -> None:
    async with AioSession(profile="role").create_client("kms", "us-east-1") as kms:
        await asyncio.gather(*(kms.list_keys() for _ in range(10)))


asyncio.run(main())
