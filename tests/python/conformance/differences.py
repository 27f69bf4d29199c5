"""Differences between two calendars, and the written lists of those that are expected.

A row names the days from `from` to `to` on which ours says `ours` and theirs says `theirs`. For one day it is a listed
date. Over a range it claims every day in it on which ours says `ours`, and `count` says how many those are.
"""

from __future__ import annotations

import csv
import datetime
import itertools
import pathlib
from collections.abc import Iterable
from dataclasses import dataclass

from .days import Day, Days

COLUMNS = ["from", "to", "count", "kind", "ours", "theirs", "reason"]
# What stands where nobody has yet written why.
NO_REASON = "?"
# Runs at least this long are one row of a list; shorter ones stand there day by day.
RANGE_DAYS_MIN = 100
# Of a comparison gone wrong so many lines are printed.
LINES_MAX = 60


@dataclass(frozen=True, order=True)
class Difference:
    """One day, one kind of statement, and what the two calendars say."""

    date: datetime.date
    kind: str
    ours: str
    theirs: str

    def __str__(self) -> str:
        return f"{self.date} {self.kind}: ours {self.ours}, theirs {self.theirs}"


@dataclass(frozen=True, order=True)
class Row:
    """A line of a list."""

    first: datetime.date
    last: datetime.date
    count: int
    kind: str
    ours: str
    theirs: str
    reason: str

    @property
    def is_range(self) -> bool:
        return self.first != self.last

    def days(self, ours: Days) -> set[datetime.date]:
        """The days that the row claims."""
        if not self.is_range:
            return {self.first}
        within = (date for date in ours if self.first <= date <= self.last)
        return {date for date in within if ours[date].get(self.kind) == self.ours}

    def __str__(self) -> str:
        dates = f"{self.first}..{self.last}" if self.is_range else f"{self.first}"
        return f"{dates} {self.kind}: ours {self.ours}, theirs {self.theirs}"


def find(ours: Days, theirs: Days) -> set[Difference]:
    """Every difference between two calendars."""
    found = set()
    for date in ours.keys() | theirs.keys():
        mine, other = ours.get(date), theirs.get(date)
        if mine is None or other is None:
            found.add(Difference(date, "session", in_words(mine), in_words(other)))
            continue
        for kind in mine.keys() | other.keys():
            if mine.get(kind) != other.get(kind):
                found.add(Difference(date, kind, mine.get(kind, "none"), other.get(kind, "none")))
    return found


def in_words(day: Day | None) -> str:
    """A whole day in one cell."""
    if day is None:
        return "none"
    return f"{day['open']} to {day['close']}" if "open" in day else "yes"


def disagreements(rows: list[Row], ours: Days, theirs: Days) -> list[str]:
    """Where a list and the differences between two calendars part; empty where they agree."""
    found = find(ours, theirs)
    claimed: set[Difference] = set()
    lines = []
    for row in rows:
        days = row.days(ours)
        claims = {Difference(date, row.kind, row.ours, row.theirs) for date in days}
        if twice := claims & claimed:
            lines.append(f"* listed twice, {len(twice)} days: {row}")
        if len(days) != row.count:
            lines.append(f"* listed for {row.count} days, found on {len(days)}: {row}")
        claimed |= claims
    lines += [f"- listed, not found: {difference}" for difference in sorted(claimed - found)]
    lines += [f"+ found, not listed: {difference}" for difference in sorted(found - claimed)]
    if len(lines) > LINES_MAX:
        lines = [*lines[:LINES_MAX], f"and {len(lines) - LINES_MAX} lines more"]
    return lines


def rows_of(ours: Days, theirs: Days) -> list[Row]:
    """The differences as rows without reasons: long runs as ranges, the rest day by day."""
    rows = []
    found = find(ours, theirs)
    for kind, mine, other in sorted({(one.kind, one.ours, one.theirs) for one in found}):
        dates = {one.date for one in found if (one.kind, one.ours, one.theirs) == (kind, mine, other)}
        # A range claims every day on which ours says so: a day among them without the difference ends it.
        claimable = sorted(dates | {date for date, day in ours.items() if day.get(kind) == mine})
        for is_found, run in itertools.groupby(claimable, key=dates.__contains__):
            days = list(run)
            if is_found and len(days) >= RANGE_DAYS_MIN:
                rows.append(Row(days[0], days[-1], len(days), kind, mine, other, NO_REASON))
            elif is_found:
                rows += [Row(day, day, 1, kind, mine, other, NO_REASON) for day in days]
    return sorted(rows)


def with_reasons(rows: list[Row], old: Iterable[Row]) -> list[Row]:
    """Rows with the reasons that an older list gives for the same statement."""
    reasons = {(row.first, row.last, row.kind, row.ours, row.theirs): row.reason for row in old}
    return [
        Row(
            row.first,
            row.last,
            row.count,
            row.kind,
            row.ours,
            row.theirs,
            reasons.get((row.first, row.last, row.kind, row.ours, row.theirs), row.reason),
        )
        for row in rows
    ]


def read_list(path: pathlib.Path) -> list[Row]:
    """A written list, in order.

    Raises ValueError with file and line where the form is wrong.
    """
    with open(path, encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    if not lines or lines[0] != COLUMNS:
        raise ValueError(f"{path.name}:1: the columns are not {','.join(COLUMNS)}")
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        try:
            first, last, count, kind, ours, theirs, reason = cells
            date = datetime.date.fromisoformat
            row = Row(date(first), date(last), int(count), kind, ours, theirs, reason)
        except ValueError as error:
            raise ValueError(f"{path.name}:{number}: {error}") from error
        if row.last < row.first or row.count < 1 or (row.count != 1 and not row.is_range):
            raise ValueError(f"{path.name}:{number}: {first} to {last} does not hold {count} days")
        if rows and rows[-1] >= row:
            raise ValueError(f"{path.name}:{number}: not in order after the line before")
        rows.append(row)
    return rows


def without_reason(rows: Iterable[Row]) -> list[Row]:
    """The rows for which nobody has written why."""
    return [row for row in rows if row.reason.strip() in ("", NO_REASON)]


def write_list(path: pathlib.Path, rows: Iterable[Row]) -> None:
    """Writes a list."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([row.first, row.last, row.count, row.kind, row.ours, row.theirs, row.reason])
