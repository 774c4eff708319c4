"""PynamoDB, which prepares and sends its requests by itself; with an argument, under X-Ray."""

import sys

if "xray" in sys.argv:
    from aws_xray_sdk.core import patch_all, xray_recorder

    patch_all()
    xray_recorder.configure(sampling=False, context_missing="IGNORE_ERROR")
    xray_recorder.begin_segment("app")

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model


class Report(Model):
    class Meta:
        table_name = "reports"
        region = "us-east-1"

    name = UnicodeAttribute(hash_key=True)
    body = UnicodeAttribute(default="")


Report.create_table(billing_mode="PAY_PER_REQUEST", wait=True)
Report("first", body="kept").save()
assert Report.get("first").body == "kept"
if "xray" in sys.argv:
    names = {one.name for one in xray_recorder.current_segment().subsegments}
    assert "dynamodb" in names, names
