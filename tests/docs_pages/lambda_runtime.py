"""Lambda beside a function: the Runtime API, and a machine as Lambda lays it out.

The function's process is real, and so is AWS's runtime client in it (``awslambdaric``). What is
played here is what the client talks to, by its documentation, and the few lines by which a managed
runtime starts it: they decide where modules come from.
"""

from __future__ import annotations

import http.server
import json
import os
import queue
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

#: How long a function may take, if something is wrong. Seconds.
_PLENTY = 180.0
_API = "/2018-06-01/runtime"

#: What a managed runtime does before its client: layers are looked into by default only.
BOOTSTRAP = """
import os, site, sys

task, python = os.environ["LAMBDA_TASK_ROOT"], "python%d.%d" % sys.version_info[:2]
if "PYTHONPATH" not in os.environ:
    for folder in ("/opt/python", f"/opt/python/lib/{python}/site-packages"):
        sys.path.insert(0, folder)
        site.addsitedir(folder)
    os.environ["PYTHONPATH"] = os.environ["LAMBDA_RUNTIME_DIR"]
sys.path.insert(0, task)
import awslambdaric.__main__
awslambdaric.__main__.main([task, os.environ["_HANDLER"]])
"""


class RuntimeApi:
    """The Runtime API on a free port of loopback; a context manager.

    :ivar address: for ``AWS_LAMBDA_RUNTIME_API``.
    """

    def __init__(self) -> None:
        self._events: queue.Queue[Any] = queue.Queue()
        self._answers: queue.Queue[tuple[str, Any]] = queue.Queue()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # /invocation/next, which waits
                event = api._events.get()
                body = json.dumps(event).encode()
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739")
                deadline = int((time.time() + _PLENTY) * 1000)
                self.send_header("Lambda-Runtime-Deadline-Ms", str(deadline))
                arn = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:keys"
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", arn)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:  # /invocation/ID/response, …/error, /init/error
                text = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                api._answers.put((self.path.rpartition("/")[2], json.loads(text)))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing to stderr."""

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A function that was killed has reset its connection."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> RuntimeApi:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def invoke(self, event: Any) -> tuple[str, Any]:
        """``response`` and what the handler returned, or ``error`` and what was told of it.

        :raises queue.Empty: the function said nothing.
        """
        self._events.put(event)
        return self._answers.get(timeout=_PLENTY)


class Function:
    """A function's process, as Lambda starts it; a context manager.

    :param api: the Runtime API that it is told of.
    :param task: its code. :param environ: its variables. :param image: of an image, the command.
    :ivar err: what it wrote to its log, once it has ended.
    """

    err = ""

    def __init__(
        self,
        api: RuntimeApi,
        runtime: Path,
        task: Path,
        environ: Mapping[str, str],
        image: Sequence[str] = (),
    ) -> None:
        python = str(runtime / "bin" / f"python3.{sys.version_info[1]}")
        wrapper = environ.get("AWS_LAMBDA_EXEC_WRAPPER")
        plain = [python, str(runtime / "bootstrap.py")]
        self._command = list(image) or [*([wrapper] if wrapper else []), *plain]
        self._log = task.parent / "log"
        self._environ = {
            "PATH": f"{runtime / 'bin'}:{os.environ['PATH']}",
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "LAMBDA_TASK_ROOT": str(task),
            "LAMBDA_RUNTIME_DIR": str(runtime),
            "_HANDLER": "app.handler",
            "AWS_REGION": "us-gov-west-1",
            "AWS_DEFAULT_REGION": "us-gov-west-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret-of-nobody",
            "AWS_SESSION_TOKEN": "token-of-nobody",
            "AWS_MAX_ATTEMPTS": "1",
            **environ,
        }

    def __enter__(self) -> Function:
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environ,
                cwd=self._environ["LAMBDA_TASK_ROOT"],
                stdout=log,
                stderr=log,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self.err = self._log.read_text()

    def ended(self) -> tuple[int, str]:
        """Status and log of a function that does not start."""
        status = self._process.wait(timeout=_PLENTY)
        return status, self._log.read_text()

    def freeze(self) -> None:
        """Nothing in the process runs from now on."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was."""
        self._process.send_signal(signal.SIGCONT)


def make_runtime(folder: Path, hidden: Sequence[str]) -> Path:
    """A Python of its own in *folder*, with what the tests' one has, but for what is *hidden*.

    :param hidden: beginnings of names in ``site-packages``.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    inside = Path(f"lib/python3.{sys.version_info[1]}/site-packages")
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(tuple(hidden)) and entry.suffix != ".pth":
            (folder / inside / entry.name).symlink_to(entry)
    (folder / "bootstrap.py").write_text(BOOTSTRAP)
    return folder
