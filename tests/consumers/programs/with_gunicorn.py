"""gunicorn with workers of the kind that the argument names, and requests to it."""

import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

with socket.create_server(("127.0.0.1", 0)) as listener:
    port, descriptor = listener.getsockname()[1], listener.fileno()
    Path("settings.py").write_text(
        f"""
bind = "fd://{descriptor}"
pythonpath = {str(Path(__file__).parent)!r}
workers = 2
worker_class = {sys.argv[1]!r}
threads = {2 if sys.argv[1] == "gthread" else 1}
loglevel = "warning"
control_socket_disable = True
"""
    )
    server = subprocess.Popen(
        ["gunicorn", "--config", "settings.py", "gunicorn_app:app"],
        pass_fds=[descriptor],
    )
    try:
        for _ in range(4):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as response:
                assert response.status == 200
    finally:
        server.terminate()
        server.wait(60)
