"""Tests without a network: a gateway for each test or for one command, and the report at its end.

The way of the report
---------------------
::

    Watch ──▶ Outcome ──▶ judging: fails the test ──▶ Brought ──▶ Told: the end of the session
     hears     what is     Used remembers its last     in the      adds it up, by cassette,
     each      known of    look, so that nothing       test's      over all processes
     exchange  a gateway   is told twice               report
                  └──────▶ Ran: the end of `gateway exec`, and its JUnit file

* `outcome.py` has `Watch`, the observer of a gateway, and `Outcome`. `running.py` adds the facts that only the gateway knows: played
  interactions, unmet expectations, and the number of connections.
* `judging.py` fails a test. `told.py` makes the report about all tests, and fails the session.
"""
