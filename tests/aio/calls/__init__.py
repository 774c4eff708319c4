"""What becomes of calls, as in ``tests/sdk/calls``, made by asynchronous clients."""
