"""Activity: what recipients did, newest first, and why each event is believed."""
