"""The NQH2025 to NQM2025 roll, worked out from the raw NinjaTrader files with nothing but the standard library.

It shares no code, no calendar file and no file format with the product: what it computes is what a careful person would
compute with the exchange's notices beside them. Only the first half of 2025 is covered, because only that is needed.
"""

from __future__ import annotations

import datetime
import gzip
import hashlib
import pathlib
import statistics
import zoneinfo
from dataclasses import dataclass

UTC = datetime.timezone.utc
CHICAGO = zoneinfo.ZoneInfo("America/Chicago")

CSV_HEADER = "open_ts,open,high,low,close,volume\n"

# Chicago dates on which Globex equity futures were shut for the whole civil day until the evening reopen, if any.
SHUT_UNTIL_EVENING = {datetime.date(2025, 1, 1)}
# Good Friday: shut from Thursday 16:00 to Sunday 17:00.
SHUT_ALL_DAY = {datetime.date(2025, 4, 18)}
# Chicago dates with an early halt; trading resumed at 17:00.
EARLY_HALT = {
    datetime.date(2025, 1, 9): datetime.time(8, 30),  # National Day of Mourning
    datetime.date(2025, 1, 20): datetime.time(12, 0),  # Martin Luther King Jr. Day
    datetime.date(2025, 2, 17): datetime.time(12, 0),  # Presidents' Day
    datetime.date(2025, 5, 26): datetime.time(12, 0),  # Memorial Day
}
DAY_CLOSE = datetime.time(16, 0)
EVENING_OPEN = datetime.time(17, 0)
MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6


@dataclass(frozen=True)
class Bar:
    """One minute; prices in quarter points, `ts` the bar's open in epoch seconds."""

    ts: int
    open: int
    high: int
    low: int
    close: int
    volume: int


@dataclass(frozen=True)
class Stitched:
    """A back-adjusted series and the spread (in quarter points) that made it."""

    spread: int
    spread_ts: int
    rows_old: int
    rows_new: int
    bars: list[Bar]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(canonical_csv(self.bars).encode()).hexdigest()


def is_open(ts: int) -> bool:
    """Whether the market was open in the minute that starts at `ts`."""
    local = datetime.datetime.fromtimestamp(ts, CHICAGO)
    date, time, weekday = local.date(), local.time(), local.weekday()
    if weekday == SATURDAY or date in SHUT_ALL_DAY:
        return False
    in_day = weekday != SUNDAY and date not in SHUT_UNTIL_EVENING and time < EARLY_HALT.get(date, DAY_CLOSE)
    in_evening = weekday != FRIDAY and time >= EVENING_OPEN
    # The evening before a day without trading belongs to no session.
    tomorrow = date + datetime.timedelta(days=1)
    return in_day or (in_evening and tomorrow not in SHUT_ALL_DAY and tomorrow not in SHUT_UNTIL_EVENING)


def quarter_points(text: str) -> int:
    quarters = float(text) * 4
    if quarters != int(quarters):
        raise ValueError(f"{text} is not on the quarter-point grid")
    return int(quarters)


def read_ninjatrader(path: pathlib.Path) -> tuple[list[Bar], int]:
    """In-session bars of a file, re-stamped from close to open, and the number of rows left out."""
    bars: list[Bar] = []
    out_of_session = 0
    with gzip.open(path, "rt", encoding="ascii", newline=None) as lines:
        for line in lines:
            stamp, open_, high, low, close, volume = line.strip().split(";")
            closed = datetime.datetime.strptime(stamp, "%Y%m%d %H%M%S").replace(tzinfo=UTC)
            ts = int(closed.timestamp()) - 60
            if not is_open(ts):
                out_of_session += 1
                continue
            prices = (quarter_points(price) for price in (open_, high, low, close))
            bars.append(Bar(ts, *prices, int(volume)))
    assert all(a.ts < b.ts for a, b in zip(bars, bars[1:])), f"{path.name} is not in order"
    return bars, out_of_session


def back_adjust(old: list[Bar], new: list[Bar], roll_ts: int) -> Stitched:
    """Old bars before the roll plus the spread, new bars from it on; the spread is taken at one and the same minute."""
    old_close = {bar.ts: bar.close for bar in old if bar.ts < roll_ts}
    new_close = {bar.ts: bar.close for bar in new if bar.ts < roll_ts}
    spread_ts = max(old_close.keys() & new_close.keys())
    spread = new_close[spread_ts] - old_close[spread_ts]
    before = [
        Bar(b.ts, b.open + spread, b.high + spread, b.low + spread, b.close + spread, b.volume)
        for b in old
        if b.ts < roll_ts
    ]
    after = [bar for bar in new if bar.ts >= roll_ts]
    return Stitched(spread, spread_ts, len(before), len(after), before + after)


def median_spread(old: list[Bar], new: list[Bar], roll_ts: int, minutes: int = 30) -> float:
    """Median spread, in points, over the last common minutes before the roll in which both contracts traded."""
    old_close = {bar.ts: bar.close for bar in old if bar.ts < roll_ts and bar.volume > 0}
    new_close = {bar.ts: bar.close for bar in new if bar.ts < roll_ts and bar.volume > 0}
    common = sorted(old_close.keys() & new_close.keys())[-minutes:]
    return statistics.median(new_close[ts] - old_close[ts] for ts in common) / 4


def canonical_csv(bars: list[Bar]) -> str:
    """Epoch seconds and integer quarter points, every line LF-terminated."""
    rows = (f"{b.ts},{b.open},{b.high},{b.low},{b.close},{b.volume}\n" for b in bars)
    return CSV_HEADER + "".join(rows)
