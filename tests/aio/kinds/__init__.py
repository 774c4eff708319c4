"""The tables of ``tests/kinds``, and more of what is beside them, through asynchronous clients."""
