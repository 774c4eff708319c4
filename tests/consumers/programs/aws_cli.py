"""AWS CLI v1's commands that are drawn from the services' models."""

import subprocess

for command in (
    "sts get-caller-identity",
    "kms list-keys",
    "s3api list-objects-v2 --bucket reports",
):
    subprocess.run(["aws", *command.split()], check=True)
