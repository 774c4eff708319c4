"""aiobotocore: three services from many tasks, in one loop of the kind that the argument names."""

import asyncio
import sys

from aiobotocore.session import get_session


async def main() -> None:
    session = get_session()
    async with (
        session.create_client("kms") as kms,
        session.create_client("s3") as s3,
        session.create_client("sts") as sts,
    ):
        await asyncio.gather(*(kms.list_keys() for _ in range(50)))
        await s3.put_object(Bucket="reports", Key="async", Body=b"body")
        print((await sts.get_caller_identity())["Account"])


if sys.argv[1:] == ["uvloop"]:
    import uvloop

    uvloop.run(main())
else:
    asyncio.run(main())
