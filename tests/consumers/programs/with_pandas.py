"""pandas: `s3://` paths as CSV and as Parquet, which go through s3fs."""

import fsspec
import pandas

frame = pandas.DataFrame({"n": [1, 2, 3]})
frame.to_csv("s3://reports/frames/one.csv", index=False)
assert pandas.read_csv("s3://reports/frames/one.csv")["n"].tolist() == [1, 2, 3]
# Left to itself, pyarrow takes its own client of S3, which is not botocore's.
through = {"filesystem": fsspec.filesystem("s3")}
frame.to_parquet("reports/frames/one.parquet", **through)
assert pandas.read_parquet("reports/frames/one.parquet", **through)["n"].tolist() == [1, 2, 3]
