"""Settings: rows with a name, one sentence on the effect, and one control that takes effect at once."""
