//! Bars in time that is not open market.

use peaktrade_domain::{Calendar, Closure, TradeDate, UnixNanos};

use crate::Code;
use crate::collector::Collector;

/// Files bars under what closes their minutes.
pub(crate) fn check(stamps: &[i64], calendar: &Calendar, findings: &mut Collector) {
    for stamp in stamps {
        let open_time = UnixNanos::from_nanos(*stamp);
        let date = date_of(open_time, calendar);
        match calendar.market_state(open_time) {
            Ok(state) => {
                // What is asked about lies outside of every segment, so it is closed by something.
                let code = match state.closure.unwrap_or(Closure::Exception) {
                    Closure::Maintenance => Code::MaintenanceBar,
                    Closure::Weekend => Code::WeekendBar,
                    Closure::DailyHalt => Code::HaltBar,
                    Closure::Exception => Code::HolidayBar,
                };
                findings.add(code, date, 1, || format!("bar of {open_time}, market closed: {}", state.reason));
            }
            Err(error) => findings.add(Code::OutsideCalendar, date, 1, || format!("bar of {open_time}: {error}")),
        }
    }
}

/// The trade date of an instant, the next one in closed hours; of one that the calendar does not know its nearest date.
pub(crate) fn date_of(instant: UnixNanos, calendar: &Calendar) -> TradeDate {
    calendar.trade_date_at_or_after(instant).unwrap_or_else(|_| {
        let civil = TradeDate::new(instant.to_datetime().date_naive());
        civil.clamp(calendar.valid_from(), calendar.valid_to())
    })
}
