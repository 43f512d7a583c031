"""Prints URL, status and body of each flow of a file, as mitmproxy's own reader has them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mitmproxy.io import FlowReader

if __name__ == "__main__":
    with Path(sys.argv[1]).open("rb") as file:
        flows = [
            [flow.request.url, flow.response.status_code, flow.response.content.hex()]
            for flow in FlowReader(file).stream()
        ]
    print(json.dumps(flows))  # noqa: T201  that is what it is for
