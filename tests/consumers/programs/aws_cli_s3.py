"""AWS CLI v1's `s3` commands: a file there and back."""

import subprocess
from pathlib import Path

Path("here.txt").write_bytes(b"body" * 1000)
subprocess.run(["aws", "s3", "cp", "here.txt", "s3://reports/cli.txt"], check=True)
subprocess.run(["aws", "s3", "ls", "s3://reports/"], check=True)
subprocess.run(["aws", "s3", "cp", "s3://reports/cli.txt", "back.txt"], check=True)
assert Path("back.txt").read_bytes() == b"body" * 1000
