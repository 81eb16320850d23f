"""Frames of a JSON header and raw bytes over stream sockets, the one format between the host and the inside."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

Header: TypeAlias = dict[str, Any]
Frame: TypeAlias = tuple[Header, list[bytes]]

_HEAD: Final = struct.Struct("!II")
_encode = json.JSONEncoder(separators=(",", ":")).encode
MAXIMUM: Final = 1 << 30


class WireError(Exception):
    """The other side sent what is no frame."""


def pack(header: Header, blobs: Sequence[bytes] = ()) -> bytes:
    """Return ``header`` and ``blobs`` as one frame."""
    text = _encode({**header, "blobs": [len(blob) for blob in blobs]}).encode()
    return b"".join((_HEAD.pack(len(text), sum(map(len, blobs))), text, *blobs))


class Decoder:
    """Turns received bytes into frames. ``raw`` is the last frame as it came."""

    def __init__(self) -> None:
        """Start with nothing received."""
        self._buffer = bytearray()
        self.raw = b""

    def feed(self, data: bytes) -> None:
        """Take what was received."""
        self._buffer += data

    def next(self) -> Frame | None:
        """Return the next complete frame, if there is one."""
        buffer = self._buffer
        if len(buffer) < _HEAD.size:
            return None
        head, body = _HEAD.unpack_from(buffer)
        if head > MAXIMUM or body > MAXIMUM:
            raise WireError("oversized frame")
        end = _HEAD.size + head + body
        if len(buffer) < end:
            return None
        frame = _parse(buffer, head, end)
        with memoryview(buffer) as view:
            self.raw = bytes(view[:end])
            view[:end] = bytes(end)  # what is deleted stays in the memory that children are forked with
        del buffer[:end]
        return frame


def _parse(buffer: bytearray, head: int, end: int) -> Frame:
    """Take one frame that ends at ``end`` apart."""
    try:
        header = json.loads(buffer[_HEAD.size : _HEAD.size + head])
        sizes = header.pop("blobs")
    except (ValueError, KeyError, AttributeError) as error:
        raise WireError(f"garbled frame: {error}") from None
    blobs, at = [], _HEAD.size + head
    with memoryview(buffer) as view:
        for size in sizes:
            blobs.append(bytes(view[at : at + size]))
            at += size
    if at != end:
        raise WireError("sizes in a frame do not add up")
    return header, blobs


def send(connection: socket.socket, header: Header, blobs: Sequence[bytes] = ()) -> None:
    """Send one frame, waiting until it is sent."""
    connection.sendall(pack(header, blobs))


def receive(connection: socket.socket, decoder: Decoder) -> Frame | None:
    """Wait for the next frame; ``None`` when the other side is gone."""
    while (frame := decoder.next()) is None:
        try:
            data = connection.recv(1 << 18)
        except ConnectionResetError:
            return None
        if not data:
            return None
        decoder.feed(data)
    return frame
