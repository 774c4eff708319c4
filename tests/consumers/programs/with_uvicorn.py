"""uvicorn, and 500 requests at once to it, each of which calls KMS and S3."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import aiohttp

REQUESTS = 500


async def ask(port: int) -> None:
    everything = aiohttp.TCPConnector(limit=REQUESTS)
    async with aiohttp.ClientSession(connector=everything) as session:

        async def one(number: int) -> int:
            async with session.get(f"http://127.0.0.1:{port}/{number}") as response:
                await response.read()
                return response.status

        statuses = await asyncio.gather(*map(one, range(REQUESTS)))
    assert set(statuses) == {200}, statuses


with socket.create_server(("127.0.0.1", 0), backlog=REQUESTS) as listener:
    command = ["uvicorn", "--fd", str(listener.fileno()), "--log-level", "warning"]
    command += ["--app-dir", str(Path(__file__).parent), "uvicorn_app:app"]
    server = subprocess.Popen([*command, *sys.argv[1:]], pass_fds=[listener.fileno()])
    try:
        asyncio.run(ask(listener.getsockname()[1]))
    finally:
        server.terminate()
        server.wait(60)
