//! Questions about instants.

use super::table::Piece;
use super::{Calendar, CalendarError, MarketState, Session, check_order};
use crate::{TradeDate, UnixNanos};

impl Calendar {
    /// Trade date of an instant; `None` where the market is closed.
    ///
    /// # Errors
    /// Where the instant is outside the file's validity.
    pub fn trade_date_of(&self, instant: UnixNanos) -> Result<Option<TradeDate>, CalendarError> {
        self.check_instant(instant)?;
        Ok(self.inner.table.trade_date(instant))
    }

    /// Whether the market is open at an instant.
    ///
    /// # Errors
    /// Where the instant is outside the file's validity.
    pub fn is_open(&self, instant: UnixNanos) -> Result<bool, CalendarError> {
        self.trade_date_of(instant).map(|trade_date| trade_date.is_some())
    }

    /// Trade date to which an instant belongs, the next one where the market is closed.
    ///
    /// # Errors
    /// Where the instant is outside the file's validity, or no session of it follows.
    pub fn trade_date_at_or_after(&self, instant: UnixNanos) -> Result<TradeDate, CalendarError> {
        let session = self.inner.table.session_at(self.piece(instant)?);
        session.map(|session| session.trade_date).ok_or_else(|| self.out_of_range(&instant))
    }

    /// The civil day of an instant on the exchange's clock, whether the exchange trades on it or not.
    ///
    /// # Errors
    /// Where the instant is outside the file's validity.
    pub fn local_date(&self, instant: UnixNanos) -> Result<TradeDate, CalendarError> {
        self.check_instant(instant)?;
        self.inner.table.civil_day(instant).map(TradeDate::new).ok_or_else(|| self.out_of_range(&instant))
    }

    /// The session that is open at an instant; `None` where the market is closed.
    ///
    /// # Errors
    /// Where the instant is outside the file's validity.
    pub fn session_of(&self, instant: UnixNanos) -> Result<Option<&Session>, CalendarError> {
        let piece = self.piece(instant)?;
        Ok(if piece.is_open { self.inner.table.session_at(piece) } else { None })
    }

    /// Whether the market is open and why not, and when it next opens and closes.
    ///
    /// # Errors
    /// Where the instant is outside the file's validity.
    pub fn market_state(&self, instant: UnixNanos) -> Result<MarketState<'_>, CalendarError> {
        let piece = self.piece(instant)?;
        let (table, outages) = (&self.inner.table, &self.inner.outages);
        let next_outage = outages.get(outages.partition_point(|outage| outage.to <= instant));
        let session = if piece.is_open { table.session_at(piece) } else { None };
        Ok(MarketState {
            trade_date: session.map(|session| session.trade_date),
            next_open: table.next_open(piece),
            next_close: table.next_close(piece),
            reason: table.reason(piece),
            closure: table.closure(piece),
            outage: next_outage.filter(|outage| outage.from <= instant).map(|outage| outage.name.as_str()),
            is_regular_hours: piece.is_regular_hours,
        })
    }

    /// Minutes of open market in [from, to), rounded down.
    ///
    /// # Errors
    /// Where one of the two is outside the file's validity, or they are reversed.
    pub fn session_minutes_between(&self, from: UnixNanos, to: UnixNanos) -> Result<u64, CalendarError> {
        self.check_instant(from)?;
        self.check_instant(to)?;
        check_order(&from, &to)?;
        let open_nanos = self.inner.table.open_nanos_until(to) - self.inner.table.open_nanos_until(from);
        Ok((open_nanos / UnixNanos::MINUTE).unsigned_abs())
    }

    #[inline]
    fn piece(&self, instant: UnixNanos) -> Result<&Piece, CalendarError> {
        self.check_instant(instant)?;
        Ok(self.inner.table.piece(instant))
    }

    /// Instants are answered from the evening before `valid_from`, at which its block would open, to the regular close
    /// of `valid_to`: what lies beyond belongs to dates that the file does not know.
    #[inline]
    fn check_instant(&self, instant: UnixNanos) -> Result<(), CalendarError> {
        let is_within = (self.inner.table.first_instant()..=self.inner.table.last_instant()).contains(&instant);
        if is_within { Ok(()) } else { Err(self.out_of_range(&instant)) }
    }
}
