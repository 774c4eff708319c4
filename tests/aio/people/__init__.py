"""What people do with asynchronous clients, for real: processes in a network of their own."""
