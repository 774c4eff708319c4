"""Overhead against plain botocore on the same URL. ``python -m benchmarks``; not a test."""
