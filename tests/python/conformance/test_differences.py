"""The comparison itself: it finds one changed, one removed and one added session on either side, and says which."""

from __future__ import annotations

import datetime
import pathlib

import pytest

from .days import ONE_DAY, UTC, Days, describe
from .differences import COLUMNS, NO_REASON, Row, disagreements, find, read_list, rows_of, with_reasons, without_reason
from .differences import write_list

FIRST = datetime.date(2024, 1, 1)
COUNT = 200
SHORTENED = FIRST + 60 * ONE_DAY
HOLIDAY = FIRST + 120 * ONE_DAY
EXTRA = FIRST + (COUNT + 5) * ONE_DAY
REGULAR_DAY = FIRST + 30 * ONE_DAY


def day(close: str, halt: str = "none") -> dict[str, str]:
    return {"open": "-1 17:00", "close": close, "halt": halt}


def ours() -> Days:
    """Closes at 16:00; one shortened day, one holiday."""
    days = {FIRST + number * ONE_DAY: day("16:00") for number in range(COUNT)}
    days[SHORTENED] = day("12:15")
    del days[HOLIDAY]
    return days


def theirs() -> Days:
    """Closes at 17:00; the shortened day at 12:00, the holiday as any other."""
    days = {FIRST + number * ONE_DAY: day("17:00") for number in range(COUNT)}
    days[SHORTENED] = day("12:00")
    return days


def expected() -> list[Row]:
    """Of 200 days one is shortened and one a holiday; the other 198 differ alike."""
    last = FIRST + (COUNT - 1) * ONE_DAY
    return [
        Row(FIRST, last, COUNT - 2, "close", "16:00", "17:00", "their day has 24 hours"),
        Row(SHORTENED, SHORTENED, 1, "close", "12:15", "12:00", "12:00 is the settlement"),
        Row(HOLIDAY, HOLIDAY, 1, "session", "none", "-1 17:00 to 17:00", "they do not know the holiday"),
    ]


def test_calendars_that_differ_as_listed_give_no_line() -> None:
    assert disagreements(expected(), ours(), theirs()) == []
    # The days themselves were found, not merely allowed.
    assert len(find(ours(), theirs())) == COUNT


@pytest.mark.parametrize(
    ("side", "date", "changed", "lines"),
    [
        # A session that closes earlier, on either side, on a special and on a regular day.
        ("ours", SHORTENED, day("12:00"), [f"- listed, not found: {SHORTENED} close: ours 12:15, theirs 12:00"]),
        (
            "theirs",
            SHORTENED,
            day("12:30"),
            [
                f"- listed, not found: {SHORTENED} close: ours 12:15, theirs 12:00",
                f"+ found, not listed: {SHORTENED} close: ours 12:15, theirs 12:30",
            ],
        ),
        (
            "ours",
            REGULAR_DAY,
            day("12:15"),
            [
                "* listed for 198 days, found on 197: 2024-01-01..2024-07-18 close: ours 16:00, theirs 17:00",
                f"+ found, not listed: {REGULAR_DAY} close: ours 12:15, theirs 17:00",
            ],
        ),
        (
            "theirs",
            REGULAR_DAY,
            day("16:00"),
            [f"- listed, not found: {REGULAR_DAY} close: ours 16:00, theirs 17:00"],
        ),
        # A halt on one day only.
        (
            "theirs",
            REGULAR_DAY,
            day("17:00", halt="15:15-15:30"),
            [f"+ found, not listed: {REGULAR_DAY} halt: ours none, theirs 15:15-15:30"],
        ),
        # A removed session.
        (
            "ours",
            REGULAR_DAY,
            None,
            [
                "* listed for 198 days, found on 197: 2024-01-01..2024-07-18 close: ours 16:00, theirs 17:00",
                f"+ found, not listed: {REGULAR_DAY} session: ours none, theirs -1 17:00 to 17:00",
            ],
        ),
        (
            "theirs",
            REGULAR_DAY,
            None,
            [
                f"- listed, not found: {REGULAR_DAY} close: ours 16:00, theirs 17:00",
                f"+ found, not listed: {REGULAR_DAY} session: ours -1 17:00 to 16:00, theirs none",
            ],
        ),
        ("theirs", HOLIDAY, None, [f"- listed, not found: {HOLIDAY} session: ours none, theirs -1 17:00 to 17:00"]),
        # An added session.
        ("ours", EXTRA, day("16:00"), [f"+ found, not listed: {EXTRA} session: ours -1 17:00 to 16:00, theirs none"]),
        ("theirs", EXTRA, day("17:00"), [f"+ found, not listed: {EXTRA} session: ours none, theirs -1 17:00 to 17:00"]),
    ],
)
def test_one_changed_session_is_named(side: str, date: datetime.date, changed: dict | None, lines: list[str]) -> None:
    calendars = {"ours": ours(), "theirs": theirs()}
    if changed is None:
        del calendars[side][date]
    else:
        calendars[side][date] = changed
    assert disagreements(expected(), **calendars) == lines


def test_a_row_too_many_too_few_or_twice_is_named() -> None:
    rows = expected()
    too_many = Row(REGULAR_DAY, REGULAR_DAY, 1, "halt", "none", "12:00-13:00", "no such halt")
    assert disagreements([*rows, too_many], ours(), theirs()) == [
        f"- listed, not found: {REGULAR_DAY} halt: ours none, theirs 12:00-13:00"
    ]
    assert disagreements(rows[:1] + rows[2:], ours(), theirs()) == [
        f"+ found, not listed: {SHORTENED} close: ours 12:15, theirs 12:00"
    ]
    assert disagreements([*rows, rows[1]], ours(), theirs()) == [f"* listed twice, 1 days: {rows[1]}"]
    assert len(disagreements([], ours(), theirs())) == 61, "a comparison gone wrong is cut after 60 lines"


def test_writing_a_list_gives_what_the_test_expects_but_for_the_reasons(tmp_path: pathlib.Path) -> None:
    rows = rows_of(ours(), theirs())
    assert len(without_reason(rows)) == 3
    assert with_reasons(rows, expected()) == expected()
    # The reason of another statement about the same day is not taken over.
    other = Row(SHORTENED, SHORTENED, 1, "close", "12:15", "11:00", "of another kind")
    assert [row.reason for row in with_reasons(rows, [other])] == [NO_REASON] * 3
    path = tmp_path / "list.csv"
    write_list(path, expected())
    assert read_list(path) == expected()


def test_a_day_without_the_difference_ends_a_range() -> None:
    mine, other = ours(), theirs()
    other[FIRST + 150 * ONE_DAY] = day("16:00")
    rows = rows_of(mine, other)
    assert [row.count for row in rows if row.is_range] == [148]
    assert len(rows) == 1 + 49 + 2
    assert disagreements(rows, mine, other) == []


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("2024-01-02,2024-01-01,1,close,16:00,17:00,why", "2024-01-02 to 2024-01-01 does not hold 1 days"),
        ("2024-01-01,2024-01-01,2,close,16:00,17:00,why", "2024-01-01 to 2024-01-01 does not hold 2 days"),
        ("2024-01-01,2024-01-01,0,close,16:00,17:00,why", "does not hold 0 days"),
        ("2024-01-32,2024-01-32,1,close,16:00,17:00,why", "list.csv:2"),
        ("2024-01-01,2024-01-01,1,close,16:00,17:00", "list.csv:2"),
        ("2024-01-01,2024-01-01,1,close,16:00,17:00,a\n2024-01-01,2024-01-01,1,close,16:00,17:00,a", "list.csv:3"),
    ],
)
def test_a_malformed_list_is_refused_by_line(tmp_path: pathlib.Path, line: str, complaint: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(",".join(COLUMNS) + "\n" + line + "\n")
    with pytest.raises(ValueError, match=complaint):
        read_list(path)
    path.write_text(line + "\n")
    with pytest.raises(ValueError, match="list.csv:1: the columns are not"):
        read_list(path)


@pytest.mark.parametrize("reason", ["", " ", "?", " ? "])
def test_a_row_without_a_reason_is_told(reason: str) -> None:
    row = Row(SHORTENED, SHORTENED, 1, "close", "12:15", "12:00", reason)
    assert without_reason([*expected(), row]) == [row]


def test_a_day_is_described_on_the_clock_of_the_exchange() -> None:
    # 2015-01-02, Chicago six hours behind UTC: from 17:00 of the evening before, with one halt and one without length.
    def at(day_of_month: int, hour: int, minute: int = 0) -> datetime.datetime:
        return datetime.datetime(2015, 1, day_of_month, hour, minute, tzinfo=UTC)

    date = datetime.date(2015, 1, 2)
    spans = [(at(1, 23), at(2, 14)), (at(2, 14), at(2, 21, 15)), (at(2, 21, 30), at(2, 22, 15))]
    assert describe(date, spans) == {"open": "-1 17:00", "close": "16:15", "halt": "15:15-15:30"}
    # In summer time the same clock reads five hours behind.
    summer = datetime.datetime(2015, 7, 2, 21, tzinfo=UTC)
    july = describe(summer.date(), [(summer - datetime.timedelta(hours=23), summer)])
    assert july == {"open": "-1 17:00", "close": "16:00", "halt": "none"}
