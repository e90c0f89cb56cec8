"""The Review page: copied mail that was not logged, why, and what to do."""
