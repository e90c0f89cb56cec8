"""The desktop program's windows, QtWidgets: a folder a screen. Talks to `app.runtime.program.Program` alone."""
