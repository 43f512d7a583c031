"""Adobe's side of a lab in namespaces: TLS and plain HTTP that write down who asked, and the DNS that knows where it is.

python -m tests.lab.adobe ADDRESS CERTIFICATE HOST=ADDRESS,ADDRESS...
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import dns.message
import dns.rdatatype
import dns.rrset


class Captured(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # http.server's name
        asked = {"host": self.headers["Host"], "sent": self.headers["X-Forwarded-For"], "path": self.path}
        body = json.dumps({**asked, "logouts": {}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        sys.stdout.write(f"{json.dumps(asked)}\n")
        sys.stdout.flush()

    def log_message(self, *_: object) -> None:
        pass


class Both(ThreadingHTTPServer):
    """Listens on both families."""

    address_family = socket.AF_INET6


def answer_dns(address: str, hosts: dict[str, list[str]]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.bind((address, 53))
        while True:
            data, client = asked.recvfrom(4096)
            query = dns.message.from_wire(data)
            response = dns.message.make_response(query)
            name = query.question[0].name
            kind = dns.rdatatype.to_text(query.question[0].rdtype)
            for known in hosts.get(name.to_text(omit_final_dot=True).lower(), ()):
                if kind == ("AAAA" if ":" in known else "A"):
                    response.answer.append(dns.rrset.from_text(name, 60, "IN", kind, known))
            asked.sendto(response.to_wire(), client)


def main(address: str, certificate: str, *hosts: str) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = Both(("::", 443), Captured)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    known = {name: addresses.split(",") for name, _, addresses in (host.partition("=") for host in hosts)}
    Thread(target=answer_dns, args=(address, known), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
