"""What a program of one's own calls: the same in a zipapp and frozen."""

import boto3

boto3.client("kms").list_keys()
boto3.client("s3").put_object(Bucket="reports", Key="own", Body=b"body")
print(boto3.client("sts").get_caller_identity()["Account"])
