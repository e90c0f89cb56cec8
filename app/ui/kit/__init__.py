"""The parts all screens are made of: tokens, theme, icons, widgets, fields. Knows nothing of mail."""
