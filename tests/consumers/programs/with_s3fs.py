"""s3fs: files written, listed and read, one of them in parts, and a presigned URL."""

import fsspec

files = fsspec.filesystem("s3")
with files.open("reports/s3fs/small.txt", "wb") as file:
    file.write(b"first\nsecond\n")
assert files.ls("reports/s3fs") == ["reports/s3fs/small.txt"]
assert files.cat("reports/s3fs/small.txt") == b"first\nsecond\n"
files.pipe("reports/s3fs/piped.txt", b"piped")
assert len(files.cat(["reports/s3fs/small.txt", "reports/s3fs/piped.txt"])) == 2
large = bytes(range(256)) * 50_000
with files.open("reports/s3fs/large", "wb", block_size=5 << 20) as file:
    file.write(large)
assert files.info("reports/s3fs/large")["size"] == len(large)
with files.open("reports/s3fs/large", "rb", block_size=5 << 20) as file:
    assert file.read() == large
assert "Signature" in files.url("reports/s3fs/small.txt")
