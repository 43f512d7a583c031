"""Who refuses the certificate is known until it accepts it."""

from __future__ import annotations

from itertools import count

from gateway.wire.refusals import CertificateRefusal, CertificateRefusals


def test_refusals_are_counted_by_device_and_forgotten_when_it_accepts() -> None:
    told = CertificateRefusals(lambda address: {"hint": f"what to do for {address}"}, map(float, count(100)).__next__)
    assert told.refused("10.0.0.7", "unknown authority") == {"hint": "what to do for 10.0.0.7"}
    told.refused("10.0.0.8", "closed")
    told.refused("10.0.0.7", "expired")
    assert told.all == [
        CertificateRefusal("10.0.0.7", "expired", 2, 100.0, 102.0),
        CertificateRefusal("10.0.0.8", "closed", 1, 101.0, 101.0),
    ]
    told.accepted("10.0.0.7")
    told.accepted("10.0.0.9")
    assert [refusal.address for refusal in told.all] == ["10.0.0.8"]


def test_however_many_there_are_they_take_no_more_room() -> None:
    told = CertificateRefusals()
    for number in range(5000):
        told.refused(f"fd00::{number:x}", "closed")
    assert 200 < len(told.all) < 1000
    assert told.all[0].address == f"fd00::{4999:x}"
