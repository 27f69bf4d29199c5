//! The original's calendar: fixed hours in New York, no week, no holidays, third Fridays by counting.
//!
//! A trade date may be a Saturday here, and an expiry a holiday. The calendar of this workspace is
//! [`peaktrade_domain::Calendar`].

use chrono::{
    DateTime, Datelike as _, Days, NaiveDate, NaiveTime, Offset as _, SecondsFormat, TimeZone as _, Timelike as _, Utc,
    Weekday,
};
use chrono_tz::America::New_York;
use peaktrade_domain::UnixNanos;

const HOUR: i64 = 60 * UnixNanos::MINUTE;
/// Local hour at which a session opens, on the calendar day before its trade date.
const OPEN_HOUR: u32 = 18;
/// Local hour at which a session closes and the maintenance window begins, which ends when the next session opens.
const CLOSE_HOUR: u32 = 17;
/// Months with quarterly contracts.
const QUARTERS: [u32; 4] = [3, 6, 9, 12];

/// Instant as Python's `isoformat` prints it in UTC.
pub fn isoformat(ns: i64) -> String {
    let instant = DateTime::from_timestamp_nanos(ns);
    let form = match ns.rem_euclid(UnixNanos::SECOND) {
        0 => SecondsFormat::Secs,
        fraction if fraction % 1_000 == 0 => SecondsFormat::Micros,
        _ => SecondsFormat::Nanos,
    };
    instant.to_rfc3339_opts(form, false)
}

/// The trade date of an instant: the local date, or the next calendar day from 18:00 on, whatever day of the week it is.
pub fn trade_date(ns: i64) -> Option<NaiveDate> {
    let local = DateTime::from_timestamp_nanos(ns).with_timezone(&New_York);
    let date = local.date_naive();
    if local.hour() >= OPEN_HOUR { date.checked_add_days(Days::new(1)) } else { Some(date) }
}

/// Open and close of a date's session in UTC, for any date at all.
pub fn session_bounds(date: NaiveDate) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let at = |date: NaiveDate, hour: u32| {
        let local = date.and_time(NaiveTime::from_hms_opt(hour, 0, 0)?);
        New_York.from_local_datetime(&local).earliest().map(|instant| instant.with_timezone(&Utc))
    };
    Some((at(date.checked_sub_days(Days::new(1))?, OPEN_HOUR)?, at(date, CLOSE_HOUR)?))
}

/// Whether the local time is in [17:00, 18:00), on any day of the week.
pub fn is_in_maintenance(ns: i64) -> bool {
    MaintenanceWindow::default().contains(ns)
}

/// [`is_in_maintenance`] for many instants: those of one hour share one look-up of the zone, whose offsets change at
/// whole hours.
#[derive(Debug, Default)]
pub struct MaintenanceWindow {
    /// The hour looked up last, counted from the epoch, and whether the window holds it.
    hour: Option<(i64, bool)>,
}

impl MaintenanceWindow {
    /// Whether the local time of an instant is in [17:00, 18:00).
    pub fn contains(&mut self, ns: i64) -> bool {
        let hour = ns.div_euclid(HOUR);
        if let Some((known, contains)) = self.hour
            && known == hour
        {
            return contains;
        }
        let local = DateTime::from_timestamp_nanos(ns).with_timezone(&New_York);
        let contains = local.hour() == CLOSE_HOUR;
        // Before standard time, offsets were not whole hours; such an hour is looked up instant by instant.
        if local.offset().fix().local_minus_utc() % 3_600 == 0 {
            self.hour = Some((hour, contains));
        }
        contains
    }
}

/// The third Friday of a month; `None` where there is no such month.
pub fn third_friday(year: i32, month: u32) -> Option<NaiveDate> {
    NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Fri, 3)
}

/// The original's roll date: the Monday of the third Friday's week.
pub fn roll_date(year: i32, month: u32) -> Option<NaiveDate> {
    third_friday(year, month)?.checked_sub_days(Days::new(4))
}

/// Year and month of the first quarterly expiry strictly after a date's month.
pub fn next_quarterly_expiration_month(date: NaiveDate) -> (i32, u32) {
    match QUARTERS.iter().find(|month| **month > date.month()) {
        Some(month) => (date.year(), *month),
        None => (date.year() + 1, QUARTERS[0]),
    }
}

#[cfg(test)]
mod tests {
    use peaktrade_domain::UnixNanos;

    use super::{
        NaiveDate, is_in_maintenance, isoformat, next_quarterly_expiration_month, roll_date, session_bounds,
        third_friday, trade_date,
    };

    fn ns(text: &str) -> i64 {
        text.parse::<UnixNanos>().unwrap().nanos()
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn third_fridays_and_rolls_are_the_originals() {
        for (year, month, friday, roll) in [
            (2026, 3, "2026-03-20", "2026-03-16"),
            (2024, 3, "2024-03-15", "2024-03-11"),
            (2025, 6, "2025-06-20", "2025-06-16"),
            (2026, 9, "2026-09-18", "2026-09-14"),
            (2027, 12, "2027-12-17", "2027-12-13"),
        ] {
            assert_eq!((third_friday(year, month), roll_date(year, month)), (Some(date(friday)), Some(date(roll))));
        }
        assert_eq!((third_friday(2026, 13), roll_date(2026, 0)), (None, None));
        let rolls = |year| super::QUARTERS.map(|month| roll_date(year, month).unwrap().to_string()[5..].to_owned());
        assert_eq!(rolls(2024), ["03-11", "06-17", "09-16", "12-16"]);
        assert_eq!(rolls(2025), ["03-17", "06-16", "09-15", "12-15"]);
        assert_eq!(rolls(2026), ["03-16", "06-15", "09-14", "12-14"]);
        assert_eq!(rolls(2027), ["03-15", "06-14", "09-13", "12-13"]);
    }

    #[test]
    fn quarters_are_counted_from_the_month_and_not_from_the_day() {
        for (day, expected) in [("2026-03-01", (2026, 6)), ("2026-02-28", (2026, 3)), ("2026-12-01", (2027, 3))] {
            assert_eq!(next_quarterly_expiration_month(date(day)), expected, "{day}");
        }
    }

    #[test]
    fn bounds_follow_the_clock_of_new_york() {
        for (day, open, close) in [
            ("2026-03-06", "2026-03-05T23:00:00+00:00", "2026-03-06T22:00:00+00:00"),
            ("2026-03-09", "2026-03-08T22:00:00+00:00", "2026-03-09T21:00:00+00:00"),
            ("2026-11-02", "2026-11-01T23:00:00+00:00", "2026-11-02T22:00:00+00:00"),
        ] {
            let (found_open, found_close) = session_bounds(date(day)).unwrap();
            assert_eq!((found_open.to_rfc3339(), found_close.to_rfc3339()), (open.to_owned(), close.to_owned()));
        }
    }

    #[test]
    fn maintenance_and_trade_dates_follow_the_clock_of_new_york() {
        for (instant, maintenance, trades) in [
            ("2026-01-15T21:59:59Z", false, "2026-01-15"),
            ("2026-01-15T22:00:00Z", true, "2026-01-15"),
            ("2026-01-15T22:59:59Z", true, "2026-01-15"),
            ("2026-01-15T23:00:00Z", false, "2026-01-16"),
            ("2026-07-15T20:59:59Z", false, "2026-07-15"),
            ("2026-07-15T21:00:00Z", true, "2026-07-15"),
            ("2026-07-15T22:00:00Z", false, "2026-07-16"),
        ] {
            assert_eq!(is_in_maintenance(ns(instant)), maintenance, "{instant}");
            assert_eq!(trade_date(ns(instant)), Some(date(trades)), "{instant}");
        }
    }

    #[test]
    fn instants_are_printed_with_as_many_decimals_as_they_need() {
        for (instant, expected) in [
            ("2026-01-15T22:00:00Z", "2026-01-15T22:00:00+00:00"),
            ("2026-01-15T22:00:00.0015Z", "2026-01-15T22:00:00.001500+00:00"),
            ("2026-01-15T22:00:00.000001500Z", "2026-01-15T22:00:00.000001500+00:00"),
        ] {
            assert_eq!(isoformat(ns(instant)), expected);
        }
    }
}
