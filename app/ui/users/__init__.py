"""The section Users of the settings."""
