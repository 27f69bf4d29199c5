//! The exchange's clock, for people: instants and trade dates as they read in Chicago.
//!
//! Nothing is decided by it; sessions, rolls and expiries come from the calendar service.

use chrono::{DateTime, NaiveTime, Offset as _, TimeZone as _, Timelike as _};
use chrono_tz::America::Chicago;
use chrono_tz::Tz;
use peaktrade_domain::{TradeDate, UnixNanos};

fn local(instant: UnixNanos) -> DateTime<Tz> {
    instant.to_datetime().with_timezone(&Chicago)
}

/// Civil date of an instant.
pub(crate) fn date(instant: UnixNanos) -> TradeDate {
    TradeDate::new(local(instant).date_naive())
}

/// Minute of the civil day of an instant.
pub(crate) fn minute_of_day(instant: UnixNanos) -> u32 {
    let time = local(instant).time();
    time.hour() * 60 + time.minute()
}

/// Hours by which the clock is behind UTC: 5 in summer, 6 in winter.
pub(crate) fn hours_behind_utc(instant: UnixNanos) -> i32 {
    -local(instant).offset().fix().local_minus_utc() / 3600
}

/// Noon of a civil day; `None` at the ends of the range of instants.
pub(crate) fn noon(day: TradeDate) -> Option<UnixNanos> {
    let noon = day.date().and_time(NaiveTime::from_hms_opt(12, 0, 0)?);
    UnixNanos::from_seconds(Chicago.from_local_datetime(&noon).earliest()?.timestamp())
}

/// A civil day with its weekday. Example: `Mon 2026-03-16`.
pub(crate) fn day(day: TradeDate) -> String {
    day.date().format("%a %Y-%m-%d").to_string()
}

/// Time of day. Example: `17:00`.
pub(crate) fn clock(instant: UnixNanos) -> String {
    local(instant).format("%H:%M").to_string()
}

/// Weekday and time of day. Example: `Sun 17:00`.
pub(crate) fn weekday_clock(instant: UnixNanos) -> String {
    local(instant).format("%a %H:%M").to_string()
}

/// Day and time of day. Example: `Sun 2026-03-15 17:00`.
pub(crate) fn day_clock(instant: UnixNanos) -> String {
    local(instant).format("%a %Y-%m-%d %H:%M").to_string()
}

/// Day, time of day and zone; seconds where there are any. Example: `Sun 2026-03-15 17:00 CDT`.
pub(crate) fn stamp(instant: UnixNanos) -> String {
    let format = if instant.is_whole_minute() { "%a %Y-%m-%d %H:%M %Z" } else { "%a %Y-%m-%d %H:%M:%S %Z" };
    local(instant).format(format).to_string()
}

/// RFC 3339 with Chicago's offset. Example: `2026-03-15T17:00:00-05:00`.
pub(crate) fn rfc3339(instant: UnixNanos) -> String {
    local(instant).to_rfc3339()
}

#[cfg(test)]
mod tests {
    use super::{clock, date, day, hours_behind_utc, minute_of_day, noon, rfc3339, stamp, weekday_clock};

    #[test]
    fn an_instant_reads_as_the_exchange_writes_it() {
        let check = |instant: &str, expected: &str, offset: i32| {
            let instant = instant.parse().unwrap();
            assert_eq!(stamp(instant), expected);
            assert_eq!(hours_behind_utc(instant), offset, "{expected}");
        };
        check("2026-03-08T21:59:30Z", "Sun 2026-03-08 16:59:30 CDT", 5);
        check("2026-03-06T22:00:00Z", "Fri 2026-03-06 16:00 CST", 6);
        let open = "2026-03-15T22:00:00Z".parse().unwrap();
        assert_eq!((clock(open), weekday_clock(open), minute_of_day(open)), ("17:00".into(), "Sun 17:00".into(), 1020));
        assert_eq!((day(date(open)), rfc3339(open)), ("Sun 2026-03-15".into(), "2026-03-15T17:00:00-05:00".into()));
        assert_eq!(noon(date(open)).unwrap().to_string(), "2026-03-15T17:00:00Z");
    }
}
