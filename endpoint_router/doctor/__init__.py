"""``endpoint-router doctor``: am I protected here? What is seen, and what is to be said of it.

A module for each group of checks. In it stand a frozen record of what was seen, the function that
looks (whatever it reads of the world is a parameter with a default), and the checks: small pure
functions from the record to a colour, what was seen, and the way out. :mod:`.checkup` puts them
together. Nothing here prints, no credentials are read, and of values that may hold a password only
what anybody may read is kept.
"""
