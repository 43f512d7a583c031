"""Tests without a network: a gateway for each test, or for one command, and its report at the end.

What is told, by whom, to whom
------------------------------
::

    Watch ──▶ Outcome ──▶ judging: fails the test ──▶ Brought ──▶ Told: the end of the session
     hears     what is     Used remembers its last     in the      adds it up, by cassette,
     each      known of    look, so that nothing       test's      over all processes
     exchange  a gateway   is told twice               report
                  └──────▶ Ran: the end of `gateway exec`, and its JUnit file

* `outcome.py`: `Watch`, the observer of a gateway, and `Outcome`. `running.py` adds to it what only the gateway knows: what was
  played, which expectations are unmet, how many connections there were.
* `judging.py`: what fails a test. `told.py`: the report about all tests, and the reasons to fail the session.
"""
