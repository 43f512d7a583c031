"""A history answers each filter as a look at every exchange would, page by page, and a whole day of them in a moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.severity import RANK
from gateway.history.database import Database, HistoryRow
from gateway.history.reading import History, HistoryQuery
from tests.history.a_day import BEGAN, CHECKS, DAY, DEVICES, ROUTES, generate, rows

COUNT = 600
ALL = [*rows(COUNT)]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    file = tmp_path_factory.mktemp("history") / "day.sqlite"
    database = Database(file, max_age=7 * DAY, max_size=1 << 30)
    database.write(ALL, BEGAN)
    with History(file) as reading:
        yield reading
    database.close()


def meets(row: HistoryRow, query: HistoryQuery) -> bool:
    status = str(row.status)
    return (
        query.device in {"", row.device}
        and (not query.finding or query.finding in row.findings)
        and (query.severity is None or row.severity <= RANK[query.severity])
        and query.source in {"", row.source}
        and (
            not query.status
            or (status[0] == query.status[0] if query.status.endswith("xx") else status == query.status)
        )
        and query.route in {"", row.route}
        and query.text.lower() in f"{row.device} {row.method} {row.target}".lower()
        and (query.since is None or row.at >= float(query.since))
    )


QUERIES = st.builds(
    HistoryQuery,
    device=st.sampled_from(["", "", DEVICES[0], DEVICES[1], "nobody"]),
    finding=st.sampled_from(["", "", *[check for check, *_ in CHECKS], "XXX999"]),
    severity=st.sampled_from([None, "error", "warning", "info"]),
    source=st.sampled_from(["", "upstream", "gateway"]),
    status=st.sampled_from(["", "200", "401", "4xx", "5xx", "abc"]),
    route=st.sampled_from(["", *[route for _, route, _ in ROUTES]]),
    text=st.sampled_from(["", "REF7", "roku", "delete", "100%", "_", "\\", "zzz"]),
    since=st.sampled_from([None, BEGAN + DAY / 2, BEGAN + 2 * DAY]),
    limit=st.sampled_from([1, 7, 1000]),
)


@given(QUERIES, st.sampled_from([100_000, 10]))
def test_every_filter_finds_what_a_look_at_each_would(history: History, query: HistoryQuery, few: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.history.reading.FEW", few)
        expected = [number for number, row in enumerate(ALL, 1) if meets(row, query)][::-1]
        found: list[int] = []
        before = None
        for _ in range(4):
            page = history.page(
                HistoryQuery(**{**{name: getattr(query, name) for name in query.__struct_fields__}, "before": before})
            )
            found += [kept.number for kept in page.kept]
            before = page.next
            if before is None:
                break
        assert found == expected[: len(found)]
        assert (before is None) == (len(found) == len(expected))
        assert history.count(query) == len(expected)
        assert [one.line for one in history.interactions(query)] == expected[::-1]


def test_an_entry_is_all_of_it(history: History) -> None:
    (kept,) = history.page(HistoryQuery(limit=1)).kept
    assert kept.entry == json.loads(ALL[-1].entry)
    assert history.devices() == sorted({row.device for row in ALL})


A_DAY = 500_000
SOON = 0.2
"""Seconds of processor time: a machine that does something else as well is no slower by that."""


@pytest.mark.long
def test_half_a_million_exchanges_answer_a_filter_at_once(tmp_path: Path) -> None:
    file = tmp_path / "day.sqlite"
    generate(file, A_DAY)
    slow = {}
    with History(file) as history:
        for query in queries():
            began = process_time()
            history.page(query)
            if (took := process_time() - began) > SOON:
                slow[repr(query)] = took
    assert slow == {}


def queries() -> Iterator[HistoryQuery]:
    """Each filter, common and rare, by itself and with one of each other."""
    of: dict[str, list[object]] = {
        "device": [DEVICES[0], DEVICES[-1], "nobody"],
        "finding": ["HDR004", "XFF002", "XXX999"],
        "severity": ["error", "warning"],
        "source": ["upstream", "gateway"],
        "status": ["200", "502", "4xx"],
        "route": [ROUTES[0][1], "other"],
        "text": ["ref7", "zzz"],
        "since": [BEGAN + 0.9 * DAY, BEGAN + 2 * DAY],
        "before": [1000],
    }
    yield HistoryQuery()
    for name, values in of.items():
        for value in values:
            yield HistoryQuery(**{name: value})  # type: ignore[arg-type]
            for other, others in of.items():
                if other > name:
                    yield from (HistoryQuery(**{name: value, other: one}) for one in others)  # type: ignore[arg-type]
