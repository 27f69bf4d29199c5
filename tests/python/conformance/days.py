"""What a calendar says of each civil day, in one form for all of them.

A day is named by the exchange's date on which its open market ends: the hours of a holiday Monday, which our calendar
gives to Tuesday's trade date, stand here under the Monday, as in the public calendars. Times are the exchange's; `-1`
marks the evening before.
"""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterable

import exchange_calendars
import pandas
import pandas_market_calendars
from peaktrade_futures import Stack
from peaktrade_futures.proto.calendar.v1 import calendar_pb2

FIRST = datetime.date(2015, 1, 1)
LAST = datetime.date(2026, 12, 31)

UTC = datetime.timezone.utc
CHICAGO = zoneinfo.ZoneInfo("America/Chicago")
ONE_DAY = datetime.timedelta(days=1)

# What is said of one day: the kind of statement to its text, such as `close` to `16:00`. No entry: no session.
Day = dict[str, str]
Days = dict[datetime.date, Day]
Span = tuple[datetime.datetime, datetime.datetime]

# Reach of one ListSessions call, below the 3,700 days that it allows.
YEARS_PER_CALL = 9


def our_sessions(stack: Stack) -> list[calendar_pb2.Session]:
    """Sessions of NQ over the range and a week more: a holiday's hours belong to the trade date after it."""
    info = stack.calendar.GetCalendarInfo(calendar_pb2.GetCalendarInfoRequest())
    start = max(FIRST, datetime.date.fromisoformat(info.valid_from))
    end = LAST + 7 * ONE_DAY
    sessions: list[calendar_pb2.Session] = []
    while start <= end:
        stop = min(end, start.replace(year=start.year + YEARS_PER_CALL) - ONE_DAY)
        request = calendar_pb2.ListSessionsRequest(root="NQ", to=stop.isoformat(), **{"from": start.isoformat()})
        sessions += stack.calendar.ListSessions(request).sessions
        start = stop + ONE_DAY
    return sessions


def our_days(sessions: Iterable[calendar_pb2.Session]) -> Days:
    """Our open market by civil day."""
    spans: dict[datetime.date, list[Span]] = {}
    for session in sessions:
        for segment in session.segments:
            span = (segment.open.ToDatetime(UTC), segment.close.ToDatetime(UTC))
            spans.setdefault(span[1].astimezone(CHICAGO).date(), []).append(span)
    return {date: describe(date, found) for date, found in sorted(spans.items()) if FIRST <= date <= LAST}


def our_trade_dates(sessions: Iterable[calendar_pb2.Session]) -> Days:
    """Our trade dates."""
    dates = (datetime.date.fromisoformat(session.trade_date) for session in sessions)
    return {date: {"trade date": "yes"} for date in dates if FIRST <= date <= LAST}


def exchange_calendars_days(name: str) -> Days:
    """A calendar of exchange_calendars by civil day."""
    table = exchange_calendars.get_calendar(name, start=FIRST.isoformat(), end=LAST.isoformat()).schedule
    return days_of(table, open_column="open", close_column="close")


def market_calendar_days(name: str) -> Days:
    """A calendar of pandas_market_calendars by civil day."""
    table = pandas_market_calendars.get_calendar(name).schedule(FIRST, LAST)
    return days_of(table, open_column="market_open", close_column="market_close")


def market_calendar_trade_dates(name: str) -> Days:
    """The dates of a calendar of pandas_market_calendars that models trade dates."""
    table = pandas_market_calendars.get_calendar(name).schedule(FIRST, LAST)
    return {label.date(): {"trade date": "yes"} for label in table.index}


def days_of(table: pandas.DataFrame, open_column: str, close_column: str) -> Days:
    """The days of a library's schedule, whose label is the day on which the session ends."""
    days: Days = {}
    for label, row in zip(table.index, table.to_dict("records"), strict=True):
        opens, closes = row[open_column].to_pydatetime(), row[close_column].to_pydatetime()
        spans = [(opens, closes)]
        if "break_start" in row and not pandas.isna(row["break_start"]):
            spans = [(opens, row["break_start"].to_pydatetime()), (row["break_end"].to_pydatetime(), closes)]
        assert closes.astimezone(CHICAGO).date() == label.date(), f"session {label} ends on another day: {closes}"
        days[label.date()] = describe(label.date(), spans)
    return days


def describe(date: datetime.date, spans: list[Span]) -> Day:
    """Open, close and the halts between, from spans in order; a halt without length is none."""
    pauses = zip((close for _, close in spans), (open_ for open_, _ in spans[1:]), strict=False)
    halts = [f"{clock(date, start)}-{clock(date, end)}" for start, end in pauses if start != end]
    return {
        "open": clock(date, spans[0][0]),
        "close": clock(date, spans[-1][1]),
        "halt": " ".join(halts) or "none",
    }


def clock(date: datetime.date, instant: datetime.datetime) -> str:
    """`16:00` on the day itself, `-1 17:00` on the day before; never a time that the clock change gives twice."""
    local = instant.astimezone(CHICAGO)
    assert (local.second, local.microsecond) == (0, 0), f"{instant} is no whole minute"
    assert local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset(), f"{instant} is ambiguous in Chicago"
    day = (local.date() - date).days
    return f"{local:%H:%M}" if day == 0 else f"{day:+d} {local:%H:%M}"
