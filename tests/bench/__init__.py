"""Benchmarks: each prints ratios beside the peer or the limit that it measured in the same run. Not part of the tests."""
