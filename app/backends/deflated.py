"""A socket whose conversation is compressed in both directions: raw DEFLATE as RFC 4978 wants it. Used by `imap`."""

from __future__ import annotations

import socket
import zlib

_CHUNK = 1 << 16


class Deflated:
    """What `Wire` needs of a non-blocking socket, around another one. `came`: compressed bytes that were read already.

    One call unpacks no more than it is asked for, so that a small input which unpacks to much is held back by whoever
    counts what comes out. A stream that is broken is an OSError."""

    def __init__(self, sock: socket.socket, came: bytes = b"") -> None:
        self._sock, self._packed = sock, came
        self._unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        self._packer = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._unsent = b""

    def recv(self, size: int) -> bytes:
        """At most `size` bytes; b"" at the end."""
        while True:
            # also with nothing new: the unpacker may hold back what the last call did not ask for
            try:
                data = self._unpacker.decompress(self._packed, size)
            except zlib.error as error:
                raise OSError(f"broken compression: {error}") from error
            self._packed = self._unpacker.unconsumed_tail
            if data:
                return data
            if self._unpacker.eof:
                return b""
            self._packed = self._sock.recv(_CHUNK)
            if not self._packed:
                return b""

    def send(self, data: bytes | memoryview) -> int:
        """All of it, or BlockingIOError: then the same data has to be given again."""
        if not self._unsent:
            self._unsent = self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        while self._unsent:
            self._unsent = self._unsent[self._sock.send(self._unsent) :]
        return len(data)

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        self._sock.close()
