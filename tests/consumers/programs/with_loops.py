"""aiobotocore: loops in threads at once, then one loop after the other, all with one session."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from aiobotocore.session import get_session

session = get_session()


async def calls() -> None:
    async with session.create_client("kms") as kms:
        await asyncio.gather(*(kms.list_keys() for _ in range(10)))


def loop(_: int = 0) -> None:
    asyncio.run(calls())


with ThreadPoolExecutor(4) as pool:
    list(pool.map(loop, range(4)))
loop()
loop()
