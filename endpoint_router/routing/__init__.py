"""What is decided: pure functions over frozen values. No clock, socket, environment or botocore."""
