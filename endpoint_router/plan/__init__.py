"""From decision logs to what is missing before a policy can be enforced, as a policy and Terraform.

Values in, text out: opening files, printing and exit codes are :mod:`endpoint_router.cli.plan`.
Nothing here asks DNS, AWS or botocore; all that it knows of a call is what the log says.
"""
