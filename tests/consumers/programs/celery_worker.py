"""A celery worker over SQS, and a task of it that calls KMS."""

import os
import subprocess
from pathlib import Path

from celery_tasks import keys

Path("results").mkdir()
here = str(Path(__file__).parent)
path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), here]))
worker = subprocess.Popen(
    ["celery", "-A", "celery_tasks", "worker", "--concurrency=1"],
    env={**os.environ, "PYTHONPATH": path},
)
try:
    print(keys.delay().get(timeout=90))
finally:
    worker.terminate()
    worker.wait(60)
