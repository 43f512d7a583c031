"""The login page: a page with one button, in place of an MVPD's own page. Its address is a browser endpoint of the API.

Facts
-----
* The API sends a browser to the MVPD's page, and after the login to the app's redirectUrl. Here the page comes at once.
* The button sends a GET to the same address with `button=pressed`, which redaction does not take for a secret. So a login can be recorded
  and replayed like any other call.
"""

from __future__ import annotations

from html import escape

from gateway.emulator.answers import html_answer, redirect
from gateway.emulator.errors import page_error
from gateway.emulator.logins import log_in
from gateway.emulator.model import Answer, Asked
from gateway.emulator.sessions import find, login_of, missing, of_session
from gateway.emulator.state import Session

BUTTON = ("button", "pressed")


def authenticate(asked: Asked) -> Answer:
    """Show the page of a session, or log in and send the browser to the redirectUrl."""
    session, wrong = find(asked, asked.code)
    if session is None:
        return page_error(asked.call, 400, f"{wrong}: this code was never given, or is older than 30 minutes.")
    if lacking := missing(session):
        return page_error(asked.call, 400, f"The session has no {', '.join(lacking)}. Resume it first.")
    if not wants_login(asked):
        return page(asked, session)
    mvpd = asked.catalogue.find(session.mvpd)
    if mvpd is None:
        return page_error(asked.call, 400, f"There is no MVPD {session.mvpd}.")
    if login_of(asked, session) is None:
        session.login = log_in(of_session(asked, session), mvpd, mvpd.at_login, session.client, session.subjects)
    return redirect(asked.call, session.redirect_url)


def wants_login(asked: Asked) -> bool:
    """Return whether the button was pressed, or is not needed."""
    return asked.options.auto_login or asked.call.query.get(BUTTON[0]) == BUTTON[1]


def page(asked: Asked, session: Session) -> Answer:
    """Return the page. Its button sends the query of the address again, with its own parameter."""
    mvpd = asked.catalogue.find(session.mvpd)
    name = (mvpd and mvpd.name) or session.mvpd
    given = {**asked.call.query, BUTTON[0]: BUTTON[1]}
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">\n' for name, value in given.items()
    )
    return html_answer(
        asked.call,
        200,
        f"Log in at {name}",
        f"<p>This page of the emulator takes the place of the login page of {escape(name)}.</p>\n"
        f'<form method="get" action="">\n{hidden}<button type="submit">Log in</button>\n</form>',
    )
