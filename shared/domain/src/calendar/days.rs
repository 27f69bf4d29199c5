//! Questions about trade dates and their sessions.

use super::{Calendar, CalendarError, HoursFilter, PriceLimitEra, Session, check_order};
use crate::{TradeDate, UnixNanos};

impl Calendar {
    /// The session of a trade date; `None` where the exchange has no such trade date.
    ///
    /// # Errors
    /// Where the date is outside the file's validity.
    pub fn session(&self, trade_date: TradeDate) -> Result<Option<&Session>, CalendarError> {
        self.check_date(trade_date)?;
        Ok(self.inner.table.session(trade_date.date()))
    }

    /// Sessions of the trade dates from `from` to `to`, both inclusive, in order.
    ///
    /// # Errors
    /// Where one of the two is outside the file's validity, or they are reversed.
    pub fn sessions(&self, from: TradeDate, to: TradeDate) -> Result<&[Session], CalendarError> {
        self.check_range(from, to)?;
        Ok(self.inner.table.sessions(from.date(), to.date()))
    }

    /// The session of the first trade date on or after a civil date.
    ///
    /// # Errors
    /// Where the date is outside the file's validity, or no trade date of it follows.
    pub fn session_on_or_after(&self, date: TradeDate) -> Result<&Session, CalendarError> {
        self.nth_session(date, 0)
    }

    /// The session of the last trade date on or before a civil date.
    ///
    /// # Errors
    /// Where the date is outside the file's validity, or no trade date of it precedes.
    pub fn session_on_or_before(&self, date: TradeDate) -> Result<&Session, CalendarError> {
        self.check_date(date)?;
        let session = self.inner.table.session_on_or_before(date.date());
        session.ok_or_else(|| self.out_of_range(&format_args!("the trade date on or before {date}")))
    }

    /// The `n`th trade date from a civil date on: 0 is the first on or after it, 1 the next after that one, -1 the last
    /// before it.
    ///
    /// # Errors
    /// Where the date asked from or the trade date found is outside the file's validity.
    pub fn nth_trade_date(&self, from: TradeDate, n: i32) -> Result<TradeDate, CalendarError> {
        self.nth_session(from, n).map(|session| session.trade_date)
    }

    /// Minutes that a complete one-minute history of the trade dates from `from` to `to`, both inclusive, holds.
    /// Listed outages are counted: they are open time.
    ///
    /// # Errors
    /// Where one of the two is outside the file's validity, or they are reversed.
    pub fn expected_minutes(&self, from: TradeDate, to: TradeDate, hours: HoursFilter) -> Result<u64, CalendarError> {
        self.check_range(from, to)?;
        Ok(self.inner.table.minutes(from.date(), to.date(), hours))
    }

    /// Midnight in the exchange's zone at the start of a civil day.
    ///
    /// # Errors
    /// Where the date is outside the file's validity.
    pub fn local_midnight(&self, date: TradeDate) -> Result<UnixNanos, CalendarError> {
        self.check_date(date)?;
        Ok(self.inner.table.midnight(date.date()))
    }

    /// Price limits in force on a trade date.
    ///
    /// # Errors
    /// Where the date is outside the file's validity.
    pub fn price_limit_era(&self, on: TradeDate) -> Result<&PriceLimitEra, CalendarError> {
        self.check_date(on)?;
        let rows = &self.inner.price_limits;
        let after = rows.partition_point(|row| row.from <= on);
        after.checked_sub(1).map(|at| &rows[at]).ok_or_else(|| self.out_of_range(&on))
    }

    fn nth_session(&self, from: TradeDate, n: i32) -> Result<&Session, CalendarError> {
        self.check_date(from)?;
        let session = self.inner.table.nth_session(from.date(), n);
        session.ok_or_else(|| self.out_of_range(&format_args!("trade date {n} from {from}")))
    }

    pub(super) fn check_range(&self, from: TradeDate, to: TradeDate) -> Result<(), CalendarError> {
        self.check_date(from)?;
        self.check_date(to)?;
        check_order(&from, &to)
    }
}
