"""vcrpy: recorded once, played twice without the network."""

import boto3
import vcr

with vcr.use_cassette("cassette.yaml"):
    first = boto3.client("kms").list_keys()["Keys"]
for _ in range(2):
    with vcr.use_cassette("cassette.yaml", record_mode="none") as cassette:
        assert boto3.client("kms").list_keys()["Keys"] == first
        assert cassette.all_played
