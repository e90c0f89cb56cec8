"""The Deals page."""
