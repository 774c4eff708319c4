"""botocore's Stubber: nothing leaves."""

import boto3
from botocore.stub import Stubber

client = boto3.client("kms")
with Stubber(client) as stubber:
    stubber.add_response("list_keys", {"Keys": [{"KeyId": "stubbed"}]})
    stubber.add_client_error("encrypt", "AccessDeniedException")
    assert client.list_keys()["Keys"] == [{"KeyId": "stubbed"}]
    try:
        client.encrypt(KeyId="k", Plaintext=b"p")
    except client.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException"
    stubber.assert_no_pending_responses()
