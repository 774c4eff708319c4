"""smart_open: a file-like object over a multipart upload."""

from smart_open import open

with open("s3://reports/smart.txt", "w") as file:
    file.write("first\nsecond\n")
with open("s3://reports/smart.txt") as file:
    assert file.read() == "first\nsecond\n"
