"""The application of with_gunicorn.py: a call for each request."""

import boto3

client = boto3.client("kms")


def app(environ, start_response):
    body = str(len(client.list_keys()["Keys"])).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
