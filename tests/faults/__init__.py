"""The program between faults: at every step of every conversation, at random, and at every answer of a sending server."""
