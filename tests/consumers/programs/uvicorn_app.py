"""The application of with_uvicorn.py: clients for its life, two calls for each request."""

import asyncio
from contextlib import AsyncExitStack

from aiobotocore.session import get_session

stack = AsyncExitStack()
clients = {}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        for name in ("kms", "s3"):
            context = get_session().create_client(name)
            clients[name] = await stack.enter_async_context(context)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})
        return
    key = scope["path"].strip("/")
    await asyncio.gather(
        clients["kms"].list_keys(),
        clients["s3"].put_object(Bucket="reports", Key=key, Body=key.encode()),
    )
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})
