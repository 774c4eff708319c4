"""awswrangler: a data frame there and back, and a listing."""

import awswrangler
import pandas

frame = pandas.DataFrame({"n": [1, 2, 3]})
awswrangler.s3.to_parquet(frame, "s3://reports/frames/one.parquet")
assert awswrangler.s3.list_objects("s3://reports/frames/") == ["s3://reports/frames/one.parquet"]
assert awswrangler.s3.read_parquet("s3://reports/frames/one.parquet")["n"].tolist() == [1, 2, 3]
