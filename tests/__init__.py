"""Tests of Hitchpost. Shared parts stand in `tests.support`; fixtures in `tests/conftest.py`."""
