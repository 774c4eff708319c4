"""What can be said of a policy before it is in force: what is wrong or doubtful, what it changes.

Everything here is told from texts and from botocore's data: no name is looked up, nothing is sent.
How it is shown is the command line's.
"""
