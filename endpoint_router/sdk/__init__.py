"""Where the router plugs into botocore: the only room that knows it."""
