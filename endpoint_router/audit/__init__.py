"""What CloudTrail proves of a policy: which host and which path each recorded call took.

Files are read (:mod:`.sources`, :mod:`.reading`), those of buckets as they come (:mod:`.bucket`,
:mod:`.fetching`), into a few fields (:mod:`.records`), and records into groups (:mod:`.grouping`),
each once (:mod:`.ledger`); a group is judged by the same code as a live call (:mod:`.calls`,
:mod:`.judging`), with what CloudTrail saw in the place of DNS. What comes of it is a value
(:mod:`.report`), beside what a trail records (:mod:`.trail`). Whether the files are those that
CloudTrail delivered is shown by its digests (:mod:`.digests`, :mod:`.chains`, :mod:`.integrity`).
Nothing here prints.
"""
