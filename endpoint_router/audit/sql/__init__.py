"""The grouping in SQL, for Athena and CloudTrail Lake: tables, the query, what its rows mean."""
