"""botocore's Stubber: nothing leaves."""

from contextlib import suppress

import boto3
from botocore.stub import Stubber

client = boto3.client("kms")
with Stubber(client) as stubber:
    stubber.add_response("list_keys", {"Keys": [{"KeyId": "stubbed"}]})
    stubber.add_client_error("encrypt", "AccessDeniedException")
    assert client.list_keys()["Keys"] == [{"KeyId": "stubbed"}]
    with suppress(client.exceptions.ClientError):
        client.encrypt(KeyId="k", Plaintext=b"p")
        raise AssertionError("no error")
    stubber.assert_no_pending_responses()
