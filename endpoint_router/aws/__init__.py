"""The grammar of AWS's names, strings in and values out. Pure: no botocore, no policy, no I/O."""
