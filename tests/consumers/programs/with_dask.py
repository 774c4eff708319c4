"""dask: a frame of three partitions as Parquet, there and back, by threads."""

import dask
import dask.dataframe as dd
import pandas

dask.config.set(scheduler="threads", num_workers=3)
frame = pandas.DataFrame({"n": range(30), "text": [str(n) for n in range(30)]})
dd.from_pandas(frame, npartitions=3).to_parquet("s3://reports/dask/frame")
back = dd.read_parquet("s3://reports/dask/frame")
assert back.npartitions == 3
assert back["n"].sum().compute() == sum(range(30))
