"""Benchmarks: `make bench`. Speed lives here, never in a test."""
