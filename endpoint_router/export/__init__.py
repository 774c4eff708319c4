"""The part of a policy that other software can carry, written in the formats that it reads.

Pure, but for :mod:`.survey`, which asks botocore: what it found comes in as values, texts come out.
Nothing is written that would allow what the policy forbids: what a format cannot hold is left out,
and said.
"""
