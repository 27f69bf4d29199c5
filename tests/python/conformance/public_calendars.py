"""The public calendars beside which ours is read, each with its list."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from dataclasses import dataclass

from . import days
from .days import Days

LISTS = pathlib.Path(__file__).resolve().parent / "lists"


@dataclass(frozen=True)
class PublicCalendar:
    """A calendar of a library, at the version for which its list was written."""

    name: str
    package: str
    version: str
    list_name: str
    # The library's days, and ours in the same terms.
    theirs: Callable[[str], Days]
    ours: Callable[[list], Days]

    @property
    def list_path(self) -> pathlib.Path:
        return LISTS / self.list_name


PUBLIC_CALENDARS = [
    PublicCalendar(
        "CMES", "exchange_calendars", "4.13.2", "cmes.csv", days.exchange_calendars_days, days.our_days
    ),
    PublicCalendar(
        "CME_Equity", "pandas_market_calendars", "5.5.0", "cme_equity.csv", days.market_calendar_days, days.our_days
    ),
    PublicCalendar(
        "CME Globex Equity",
        "pandas_market_calendars",
        "5.5.0",
        "cme_globex_equity.csv",
        days.market_calendar_days,
        days.our_days,
    ),
    PublicCalendar(
        "CME_TradeDate",
        "pandas_market_calendars",
        "5.5.0",
        "cme_trade_date.csv",
        days.market_calendar_trade_dates,
        days.our_trade_dates,
    ),
]
