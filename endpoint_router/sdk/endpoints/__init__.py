"""What botocore says about endpoints: rulesets, its data, what a client was configured with."""
