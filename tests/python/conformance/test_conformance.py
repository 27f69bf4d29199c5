"""Our calendar differs from each public one on exactly the days of its list, over 2015 to 2026.

The public calendars are no independent witnesses: they are also a source of many rows of our calendar file, next to the
exchange's notices. That we agree with them therefore checks that the rows were carried over and are evaluated as they
were meant; the finding is where we differ, and each list says why and how well that is known.
"""

from __future__ import annotations

import datetime
import functools
import importlib.metadata
from collections.abc import Callable, Iterator

import pytest
from conftest import RunningStack
from peaktrade_futures import Endpoints, Stack
from peaktrade_futures.proto.calendar.v1 import calendar_pb2

from .days import Days, our_sessions
from .differences import disagreements, read_list, without_reason
from .public_calendars import LISTS, PUBLIC_CALENDARS, PublicCalendar

# Days that are listed one by one: special days on which a calendar is wrong or the two mean different things.
LISTED_DAYS = {"CMES": 36, "CME_Equity": 29, "CME Globex Equity": 4, "CME_TradeDate": 0}
# Regular sessions that differ in structure: kind, our text, their text, sessions.
LISTED_RANGES = {
    "CMES": [
        ("close", "16:15", "17:00", 180),
        ("halt", "15:15-15:30", "none", 1619),
        ("close", "16:00", "17:00", 2812),
    ],
    "CME_Equity": [("close", "16:15", "16:00", 180)],
    "CME Globex Equity": [("close", "16:15", "16:00", 180), ("halt", "15:15-15:30", "none", 1619)],
    "CME_TradeDate": [],
}

# exchange_calendars 4.13.2 uses what pandas 3.1 announces to change; its answers are what the lists check.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")

each_calendar = pytest.mark.parametrize("calendar", PUBLIC_CALENDARS, ids=lambda calendar: calendar.list_path.stem)


@pytest.fixture(scope="module")
def sessions(stack: RunningStack) -> Iterator[list[calendar_pb2.Session]]:
    """Our sessions, as the calendar service gives them."""
    with Stack(Endpoints(calendar=stack.addresses["calendar"])) as client:
        yield our_sessions(client)


@functools.cache
def library_days(calendar: PublicCalendar) -> Days:
    """The library's days, worked out once."""
    return calendar.theirs(calendar.name)


def found_disagreements(calendar: PublicCalendar, sessions: list[calendar_pb2.Session]) -> list[str]:
    return disagreements(read_list(calendar.list_path), calendar.ours(sessions), library_days(calendar))


@each_calendar
def test_the_library_is_the_one_that_the_list_was_written_for(calendar: PublicCalendar) -> None:
    assert importlib.metadata.version(calendar.package) == calendar.version


@each_calendar
def test_our_calendar_differs_on_exactly_the_listed_days(
    sessions: list[calendar_pb2.Session], calendar: PublicCalendar
) -> None:
    # Twelve years of weekdays less holidays on either side: an empty calendar would agree with an empty list.
    assert min(len(calendar.ours(sessions)), len(library_days(calendar))) > 3000
    lines = found_disagreements(calendar, sessions)
    assert not lines, f"{calendar.name} and {calendar.list_path.name}:\n" + "\n".join(lines)


def close_earlier(sessions: list[calendar_pb2.Session], at: int) -> None:
    sessions[at].segments[-1].close.seconds -= 900


def remove(sessions: list[calendar_pb2.Session], at: int) -> None:
    del sessions[at]


def add_saturday(sessions: list[calendar_pb2.Session], at: int) -> None:
    friday = sessions[at]
    date = datetime.date.fromisoformat(friday.trade_date) + datetime.timedelta(days=1)
    saturday = calendar_pb2.Session(trade_date=date.isoformat())
    for segment in friday.segments:
        moved = saturday.segments.add()
        moved.CopyFrom(segment)
        moved.open.seconds += 86_400
        moved.close.seconds += 86_400
    sessions.insert(at + 1, saturday)


@each_calendar
@pytest.mark.parametrize(
    ("change", "date"), [(close_earlier, "2019-05-17"), (remove, "2019-05-17"), (add_saturday, "2019-05-18")]
)
def test_one_changed_session_of_ours_is_told_by_its_date(
    sessions: list[calendar_pb2.Session],
    calendar: PublicCalendar,
    change: Callable[[list[calendar_pb2.Session], int], None],
    date: str,
) -> None:
    changed = []
    for session in sessions:
        changed.append(calendar_pb2.Session())
        changed[-1].CopyFrom(session)
    at = next(at for at, session in enumerate(changed) if session.trade_date == "2019-05-17")
    change(changed, at)
    lines = found_disagreements(calendar, changed)
    if change is close_earlier and calendar.name == "CME_TradeDate":
        assert lines == [], "this calendar is compared by its dates alone"
    else:
        assert any(line.startswith("+ found, not listed: " + date) for line in lines), lines


@each_calendar
def test_the_list_holds_the_known_number_of_days_and_a_reason_for_each(calendar: PublicCalendar) -> None:
    rows = read_list(calendar.list_path)
    assert len({row.first for row in rows if not row.is_range}) == LISTED_DAYS[calendar.name]
    assert [(row.kind, row.ours, row.theirs, row.count) for row in rows if row.is_range] == LISTED_RANGES[calendar.name]
    assert [str(row) for row in without_reason(rows)] == []


def test_every_list_belongs_to_a_calendar() -> None:
    assert sorted(path.name for path in LISTS.iterdir()) == sorted(calendar.list_name for calendar in PUBLIC_CALENDARS)
