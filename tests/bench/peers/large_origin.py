"""An origin of large bodies, in raw sockets: GET /N sends N bytes, POST takes what comes; anything else gets the documented answer's shape."""

from __future__ import annotations

import re
import socket
import sys
import threading

PIECE = memoryview(bytes(1 << 18))
SMALL = b'{"logouts": {}}'


def serve(connection: socket.socket) -> None:
    buffer = bytearray(1 << 18)
    data = b""
    with connection:
        while True:
            while b"\r\n\r\n" not in data:
                got = connection.recv(65536)
                if not got:
                    return
                data += got
            head, _, data = data.partition(b"\r\n\r\n")
            found = re.search(rb"\r\ncontent-length: *([0-9]+)", head, re.IGNORECASE)
            left = int(found[1]) - len(data) if found else 0
            data = b"" if found else data
            while left > 0:
                got_bytes = connection.recv_into(buffer, min(left, len(buffer)))
                if not got_bytes:
                    return
                left -= got_bytes
            asked = re.match(rb"GET /([0-9]+) ", head)
            size = int(asked[1]) if asked else len(SMALL)
            kind = b"application/octet-stream" if asked else b"application/json"
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n" % (kind, size))
            if not asked:
                connection.sendall(SMALL)
            else:
                for _ in range(size // len(PIECE)):
                    connection.sendall(PIECE)
                connection.sendall(PIECE[: size % len(PIECE)])


def main() -> None:
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listening:
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
