"""The browser's part of a logout: `GET /adobe-services/logout` replaces the MVPD's logout, and sends the browser to the app's address.

Facts
-----
* In the samples of single sign-on, the URL has no redirect_url. But it has the device's pseudonym. With it, the emulator finds the logout
  that was answered with this URL, and its redirectUrl.
"""

from __future__ import annotations

from html import escape

from gateway.emulator.answers import html_answer, redirect
from gateway.emulator.model import Answer, Asked
from gateway.emulator.state import key_of


def mvpd_logout(asked: Asked) -> Answer:
    """Send the browser to the app's address. If no address is known, show a page that says that the logout is done."""
    given = asked.call.query
    key = asked.state.places.get(key_of(given.get("pt_device_id", "")))
    device = asked.state.devices.get(key) if key is not None else None
    url = given.get("redirect_url") or (device.leaving if device is not None else "")
    if url:
        return redirect(asked.call, url)
    mvpd = escape(given.get("mso_id", "the MVPD"))
    return html_answer(
        asked.call, 200, "Logged out", f"<p>This page of the emulator takes the place of the logout at {mvpd}.</p>"
    )
