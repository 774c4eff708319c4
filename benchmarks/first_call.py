"""One measured program: a fresh interpreter, from its first import to the end of its first call.

``python -m benchmarks.first_call SIDE DNS_SERVER``, where a side is ``plain``, ``plain-fips``,
``empty``, ``fips`` or ``private``. The answer comes from where urllib3 would begin, so that what is
measured is botocore and what is added to it. ``empty`` installs a policy that demands nothing,
``fips`` one that demands FIPS, for which nothing has to be asked; ``private`` demands private DNS,
and so asks a real DNS server.
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # As if it were not installed: its threads vary the count by two percent from run to run.
    sys.modules["awscrt"] = None  # type: ignore[assignment]
    os.environ.update(AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="secret")


def main(side: str, dns_server: str) -> None:
    """Make one call."""
    import boto3  # what a process pays for at its start is what is measured
    from botocore.awsrequest import AWSResponse
    from botocore.config import Config
    from botocore.httpsession import URLLib3Session

    def send(self: URLLib3Session, request: object) -> AWSResponse:
        response = AWSResponse(request.url, 200, {}, None)  # type: ignore[attr-defined]
        response._content = b'{"Keys":[]}'
        return response

    URLLib3Session.send = send
    options = {}
    if side == "plain-fips":
        options["config"] = Config(use_fips_endpoint=True)
    elif side != "plain":
        import endpoint_router

        demands = {} if side == "empty" else {side: "require"}
        # Far more time than it needs: valgrind makes everything fifty times as slow.
        dns = {"servers": [dns_server], "timeout": 60}
        endpoint_router.install({"defaults": demands, "dns": dns})
    boto3.client("kms", "us-east-1", **options).list_keys()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
