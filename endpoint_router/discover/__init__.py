"""VPC endpoints as EC2 describes them, as entries of a policy: ``endpoint-router discover``.

:mod:`.asking` is the only room that sends calls of its own to AWS, and only when a user says so.
"""
