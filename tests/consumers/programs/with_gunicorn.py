"""gunicorn with workers of the kind that the argument names, and requests to it."""

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

kind = sys.argv[1]
Path("settings.py").write_text(
    f"""
workers = 2
worker_class = {kind!r}
threads = {2 if kind == "gthread" else 1}
loglevel = "warning"
control_socket_disable = True
preload_app = {"preload" in sys.argv}
"""
)
with socket.create_server(("127.0.0.1", 0)) as listener:
    port = listener.getsockname()[1]
    descriptor = listener.fileno()
    server = subprocess.Popen(
        ["gunicorn", "--config", "settings.py", "--bind", f"fd://{descriptor}"]
        + ["--pythonpath", str(Path(__file__).parent), "gunicorn_app:app"],
        pass_fds=[descriptor],
    )
    try:
        for _ in range(4):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as response:
                assert response.status == 200
    finally:
        server.terminate()
        server.wait(20)
