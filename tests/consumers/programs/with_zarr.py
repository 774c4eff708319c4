"""xarray: a data set as zarr, there and back, which goes through s3fs in a loop of zarr's own."""

import xarray

data = xarray.Dataset({"t": ("x", [1.0, 2.0, 3.0])})
data.to_zarr("s3://reports/set.zarr", mode="w", consolidated=False)
back = xarray.open_zarr("s3://reports/set.zarr", consolidated=False)
assert back["t"].values.tolist() == [1.0, 2.0, 3.0]
