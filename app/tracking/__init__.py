"""Opens and clicks: tokens, rewriting of outgoing HTML, the tracking server, and the client of its event stream."""
