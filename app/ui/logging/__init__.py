"""Logging addresses on screen: what stands in the settings about them, and the wizard that sets one up."""
