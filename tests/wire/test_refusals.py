"""Who refuses the certificate is known until it accepts it."""

from __future__ import annotations

from itertools import count

from gateway.wire.refusals import CertificateRefusal, CertificateRefusals, refusing


def test_refusals_are_counted_by_device_and_forgotten_when_it_accepts() -> None:
    told = CertificateRefusals(lambda address: {"hint": f"what to do for {address}"}, map(float, count(100)).__next__)
    assert told.refused("10.0.0.7", "unknown authority") == {"hint": "what to do for 10.0.0.7"}
    told.refused("10.0.0.8", "closed")
    told.refused("10.0.0.7", "expired")
    assert refusing([told.handshakes]) == [
        CertificateRefusal("10.0.0.7", "expired", 2, 100.0, 102.0),
        CertificateRefusal("10.0.0.8", "closed", 1, 101.0, 101.0),
    ]
    told.accepted("10.0.0.7")
    told.accepted("10.0.0.9")
    assert [refusal.address for refusal in refusing([told.handshakes])] == ["10.0.0.8"]


def test_however_many_there_are_they_take_no_more_room() -> None:
    told = CertificateRefusals()
    for number in range(5000):
        told.refused(f"fd00::{number:x}", "closed")
        told.accepted(f"fd01::{number:x}")
    known = told.handshakes
    assert 200 < len(known.refused) < 1000
    assert 200 < len(known.accepted) < 2000
    assert refusing([known])[0].address == f"fd00::{4999:x}"


def test_what_a_device_does_in_one_process_counts_in_all() -> None:
    """Its refusals are added, with the latest reason; a handshake that it finished in one process ends those of before in all."""
    clock = map(float, count(100)).__next__
    one, other = CertificateRefusals(clock=clock), CertificateRefusals(clock=clock)
    one.refused("10.0.0.7", "closed")
    one.refused("10.0.0.8", "closed")
    other.refused("10.0.0.7", "unknown authority")
    one.refused("10.0.0.7", "closed")
    other.refused("10.0.0.7", "expired")
    assert refusing([one.handshakes, other.handshakes]) == [
        CertificateRefusal("10.0.0.7", "expired", 4, 100.0, 104.0),
        CertificateRefusal("10.0.0.8", "closed", 1, 101.0, 101.0),
    ]
    other.accepted("10.0.0.8")
    other.accepted("10.0.0.7")
    assert refusing([one.handshakes, other.handshakes]) == []
    one.refused("10.0.0.8", "closed")
    assert [refusal.address for refusal in refusing([other.handshakes, one.handshakes])] == ["10.0.0.8"]
