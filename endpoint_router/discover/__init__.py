"""VPC endpoints as EC2 describes them, as entries of a policy: ``endpoint-router discover``.

:mod:`.asking` alone sends calls of its own to AWS, and only when a user says so.
"""
