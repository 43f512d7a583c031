"""The page's steering: mode, upstream, cassette, expectations, and what else the API lets be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from gateway.control import cassettes, settings
from gateway.control.page.rendering import page, part_of, view
from gateway.control.routes import ApiCall, Endpoint
from gateway.control.steering import GatewayMode
from gateway.core.model import Response

SECTIONS: Mapping[str, str] = {"/api/faults": "faults", "/api/emulator/state": "emulator"}
"""The sections that stand on the page where the API has what they read, and the name of each: faults are listed, put in with POST
as config.yaml writes them, and forgotten with DELETE; an emulator's state is a map with `devices`, beside `log_in`, `log_out` and `reset`."""

PARTS: Mapping[str, str] = {
    "setting": "setting.html",
    **{name: f"{name}_list.html" for name in ("expectations", *SECTIONS.values())},
}
"""What of the view is shown anew after a change, each by its element's id; a form that somebody fills in stays as it is."""


def endpoints(api: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """Return the view, with a section for each part of the API that there is."""
    sections = {endpoint.path: endpoint for endpoint in api if endpoint.method == "GET" and endpoint.path in SECTIONS}

    async def index(asked: ApiCall) -> Response:
        """Show everything that can be changed."""
        part = part_of(asked.request)
        given = {SECTIONS[path]: await endpoint.do(asked) for path, endpoint in sections.items()}
        values = {
            "shown": await settings.show(asked),
            "modes": get_args(GatewayMode),
            "cassettes": await cassettes.list_(asked) if not part else [],
            "expectations": await settings.expectations(asked),
            "sections": given,
            "given": given.get(part),
        }
        return await page(asked, PARTS.get(part, "steering.html"), **values)

    return (view("/steering", index),)
