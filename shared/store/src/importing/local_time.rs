//! Stamps as texts: epochs, instants with an offset, and wall-clock times that need a zone from elsewhere.

use chrono::format::{Fixed, Item, Numeric, StrftimeItems};
use chrono::{DateTime, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use peaktrade_continuous::Bars;
use peaktrade_domain::{Calendar, UnixNanos};

use super::Stamp;

/// One way in which a stamp may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// A whole number since the Unix epoch; nanoseconds of its unit.
    Epoch(i64),
    /// RFC 3339.
    Rfc3339,
    /// A wall-clock time with its offset from UTC, in chrono's notation.
    Offset(String),
    /// A wall-clock time in chrono's notation, a space and the name of its zone.
    Named(String),
    /// A wall-clock time in chrono's notation; nothing tells its zone.
    Civil(String),
}

/// End of a layout whose stamps name their zone.
const NAMED_ZONE: &str = " {zone}";

impl Layout {
    /// Reads a layout of a profile.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let notation = match text {
            "epoch_seconds" => return Ok(Self::Epoch(UnixNanos::SECOND)),
            "epoch_milliseconds" => return Ok(Self::Epoch(UnixNanos::SECOND / 1_000)),
            "epoch_microseconds" => return Ok(Self::Epoch(UnixNanos::SECOND / 1_000_000)),
            "epoch_nanoseconds" => return Ok(Self::Epoch(1)),
            "rfc3339" => return Ok(Self::Rfc3339),
            _ => text.strip_suffix(NAMED_ZONE).unwrap_or(text),
        };
        let refuse = |problem: &str| {
            Err(format!(
                "layout {text:?}{problem}; strftime notation, rfc3339 or \
                 epoch_{{seconds,milliseconds,microseconds,nanoseconds}} is required"
            ))
        };
        let mut has_offset = notation.contains("%#z");
        for item in StrftimeItems::new(notation) {
            match item {
                Item::Error => return refuse(""),
                // A reader of wall-clock times takes both for part of such a time: seconds of UTC, and letters.
                Item::Numeric(Numeric::Timestamp, _) => return refuse(" with %s, whose name is epoch_seconds"),
                Item::Fixed(Fixed::TimezoneName) => return refuse(" with %Z, which is skipped; \" {zone}\" is read"),
                Item::Fixed(
                    Fixed::TimezoneOffset
                    | Fixed::TimezoneOffsetZ
                    | Fixed::TimezoneOffsetColon
                    | Fixed::TimezoneOffsetColonZ
                    | Fixed::TimezoneOffsetDoubleColon
                    | Fixed::TimezoneOffsetTripleColon
                    | Fixed::RFC2822
                    | Fixed::RFC3339,
                ) => has_offset = true,
                _ => {}
            }
        }
        if has_offset && text.ends_with(NAMED_ZONE) {
            return refuse(" with an offset and a zone");
        }
        let notation = notation.to_owned();
        Ok(if text.ends_with(NAMED_ZONE) {
            Self::Named(notation)
        } else if has_offset {
            Self::Offset(notation)
        } else {
            Self::Civil(notation)
        })
    }

    /// Whether its stamps are instants by themselves.
    pub(crate) const fn tells_zone(&self) -> bool {
        !matches!(self, Self::Civil(_))
    }

    fn read(&self, text: &str) -> Option<Written> {
        match self {
            Self::Epoch(unit) => {
                let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let nanos = if is_number { text.parse::<i64>().ok()?.checked_mul(*unit)? } else { return None };
                Some(Written::Instant(nanos))
            }
            Self::Rfc3339 => DateTime::parse_from_rfc3339(text).ok()?.timestamp_nanos_opt().map(Written::Instant),
            Self::Offset(notation) => {
                DateTime::parse_from_str(text, notation).ok()?.timestamp_nanos_opt().map(Written::Instant)
            }
            Self::Named(notation) => {
                let (time, zone) = text.rsplit_once(' ')?;
                Some(Written::Civil(NaiveDateTime::parse_from_str(time, notation).ok()?, Some(zone.parse().ok()?)))
            }
            Self::Civil(notation) => Some(Written::Civil(NaiveDateTime::parse_from_str(text, notation).ok()?, None)),
        }
    }
}

/// What a stamp says by itself.
#[derive(Clone, Copy)]
enum Written {
    /// Nanoseconds since the Unix epoch.
    Instant(i64),
    /// A wall-clock time, and its zone where the stamp names it.
    Civil(NaiveDateTime, Option<Tz>),
}

/// Why a stamp gives no open.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum StampError {
    /// It is a wall-clock time, and its zone was not stated.
    NoZone,
    /// It is no stamp of a bar, in words.
    Wrong(String),
}

/// Reads the stamps of one file.
#[derive(Debug)]
pub(crate) struct StampReader<'a> {
    pub(crate) layouts: &'a [Layout],
    pub(crate) time_zone: Option<Tz>,
    pub(crate) stamp: Stamp,
    pub(crate) calendar: &'a Calendar,
    /// Whether a stamp was read by that zone.
    pub(crate) has_used_time_zone: bool,
}

impl StampReader<'_> {
    /// Open of the bar, nanoseconds since the Unix epoch, a whole minute.
    pub(crate) fn open(&mut self, text: &str) -> Result<i64, StampError> {
        let wrong = |problem: &str| {
            let shown: String = text.chars().take(48).collect();
            StampError::Wrong(format!("stamp {shown:?} {problem}"))
        };
        let written = self.layouts.iter().find_map(|layout| layout.read(text));
        let nanos = match written.ok_or_else(|| wrong("is not of the format"))? {
            Written::Instant(nanos) => nanos,
            Written::Civil(time, None) => {
                let zone = self.time_zone.ok_or(StampError::NoZone)?;
                self.has_used_time_zone = true;
                self.resolve(time, zone).map_err(|problem| wrong(&problem))?
            }
            Written::Civil(time, Some(named)) => {
                let nanos = self.resolve(time, named).map_err(|problem| wrong(&problem))?;
                // A zone has several names, so the clocks are compared and not the names.
                match self.time_zone {
                    Some(stated) if self.resolve(time, stated) != Ok(nanos) => {
                        return Err(wrong(&format!("names another zone than {stated}, which is stated of the file")));
                    }
                    _ => nanos,
                }
            }
        };
        self.open_of_instant(nanos).map_err(|_| wrong("is not a whole minute of a year from 1678 to 2261"))
    }

    /// Open of the bar whose stamp is an instant, nanoseconds since the Unix epoch.
    pub(crate) fn open_of_instant(&self, nanos: i64) -> Result<i64, StampError> {
        let open = match self.stamp {
            Stamp::Open => Some(nanos),
            Stamp::Close => nanos.checked_sub(Bars::DURATION_NS),
        };
        let stamp = UnixNanos::from_nanos(nanos);
        open.filter(|open| UnixNanos::from_nanos(*open).is_whole_minute())
            .ok_or_else(|| StampError::Wrong(format!("stamp {stamp} is not a whole minute")))
    }

    /// Open of the bar whose stamp is a wall-clock time, as nanoseconds since the Unix epoch on that clock.
    pub(crate) fn open_of_civil(&self, nanos: i64) -> Result<i64, StampError> {
        let zone = self.time_zone.ok_or(StampError::NoZone)?;
        let time = UnixNanos::from_nanos(nanos).to_datetime().naive_utc();
        let resolved = self.resolve(time, zone);
        self.open_of_instant(resolved.map_err(|problem| StampError::Wrong(format!("stamp {time} {problem}")))?)
    }

    /// The instant of a wall-clock time. One that a zone has twice is taken where it makes no difference: in closed
    /// markets, where zones of the exchange's continent change their clocks.
    fn resolve(&self, time: NaiveDateTime, zone: Tz) -> Result<i64, String> {
        let nanos = |time: DateTime<Tz>| time.timestamp_nanos_opt().ok_or_else(|| "lies beyond 2262".to_owned());
        match zone.from_local_datetime(&time) {
            chrono::LocalResult::Single(time) => nanos(time),
            chrono::LocalResult::Ambiguous(one, other) => {
                let is_closed =
                    |instant: i64| matches!(self.calendar.trade_date_of(UnixNanos::from_nanos(instant)), Ok(None));
                let (one, other) = (nanos(one)?, nanos(other)?);
                if is_closed(one) && is_closed(other) {
                    Ok(one)
                } else {
                    Err(format!("is two instants in {zone}: the clocks are set back over it"))
                }
            }
            chrono::LocalResult::None => {
                Err(format!("does not exist in {zone}: the clocks are set forward over it; the zone may be another"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use peaktrade_domain::{Calendar, UnixNanos};

    use super::{Layout, StampError, StampReader};
    use crate::Stamp;

    /// Reads one stamp; expected is the open, or a part of the error.
    fn check(layout: &str, zone: &str, stamp: Stamp, text: &str, expected: Result<&str, &str>) {
        let layouts = [Layout::parse(layout).unwrap()];
        let calendar = Calendar::shipped();
        let time_zone = if zone.is_empty() { None } else { Some(zone.parse().unwrap()) };
        let mut reader =
            StampReader { layouts: &layouts, time_zone, stamp, calendar: &calendar, has_used_time_zone: false };
        let found = reader.open(text);
        let needs_zone = matches!(layouts[0], Layout::Civil(_)) && time_zone.is_some();
        assert!(reader.has_used_time_zone == needs_zone || found.is_err(), "{text}");
        match (found, expected) {
            (Ok(open), Ok(time)) => assert_eq!(UnixNanos::from_nanos(open).to_string(), time, "{text}"),
            (Err(StampError::NoZone), Err("no zone")) => {}
            (Err(StampError::Wrong(problem)), Err(part)) => assert!(problem.contains(part), "{text}: {problem}"),
            (found, expected) => panic!("{text}: {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn stamps_become_the_open_of_their_bar() {
        let civil = "%Y-%m-%d %H:%M:%S";
        let (open, close) = (Stamp::Open, Stamp::Close);
        check(civil, "America/New_York", open, "2025-01-02 16:59:00", Ok("2025-01-02T21:59:00Z"));
        check(civil, "America/Chicago", open, "2025-01-02 15:59:00", Ok("2025-01-02T21:59:00Z"));
        check(civil, "America/Chicago", close, "2025-01-02 16:00:00", Ok("2025-01-02T21:59:00Z"));
        check(civil, "Europe/Berlin", open, "2025-01-02 22:59:00", Ok("2025-01-02T21:59:00Z"));
        check(civil, "", open, "2025-01-02 22:59:00", Err("no zone"));
        // The same wall-clock time before and after the clocks are set forward on 2025-03-09.
        check(civil, "America/Chicago", open, "2025-03-07 09:30:00", Ok("2025-03-07T15:30:00Z"));
        check(civil, "America/Chicago", open, "2025-03-10 09:30:00", Ok("2025-03-10T14:30:00Z"));
        check(civil, "America/Chicago", open, "2025-03-09 02:30:00", Err("does not exist in America/Chicago"));
        // 01:30 on the Sunday on which they are set back lies in the weekend either way.
        check(civil, "America/Chicago", open, "2025-11-02 01:30:00", Ok("2025-11-02T06:30:00Z"));
        // Cairo sets its clocks back in the night to a Friday, when the market is open.
        check(civil, "Africa/Cairo", open, "2024-10-31 23:30:00", Err("is two instants in Africa/Cairo"));
        check(civil, "UTC", open, "2025-01-02 16:59:30", Err("is not a whole minute"));
        check(civil, "UTC", open, "2025-01-02", Err("is not of the format"));
        check(civil, "UTC", open, "NaN", Err("is not of the format"));
        check("epoch_seconds", "", open, "1735855140", Ok("2025-01-02T21:59:00Z"));
        check("epoch_nanoseconds", "", open, "1735855140000000000", Ok("2025-01-02T21:59:00Z"));
        check("epoch_seconds", "", open, "1735855140000", Err("is not of the format"));
        check("epoch_seconds", "", open, "-60", Err("is not of the format"));
        check("rfc3339", "", open, "2025-01-02T15:59:00-06:00", Ok("2025-01-02T21:59:00Z"));
        check("rfc3339", "", open, "2025-01-02T21:59:00Z", Ok("2025-01-02T21:59:00Z"));
        check("%Y-%m-%d %H:%M:%S%z", "", open, "2025-01-02 21:59:00+0000", Ok("2025-01-02T21:59:00Z"));
        check("%Y-%m-%d %H:%M:%S%::z", "", open, "2025-01-02 15:59:00-06:00", Ok("2025-01-02T21:59:00Z"));
        check("%Y%m%d %H:%M:%S {zone}", "", open, "20250102 16:59:00 US/Eastern", Ok("2025-01-02T21:59:00Z"));
        let named = "%Y%m%d %H:%M:%S {zone}";
        check(named, "", open, "20250102 16:59:00 Nowhere", Err("is not of the format"));
        check(named, "America/New_York", open, "20250102 16:59:00 US/Eastern", Ok("2025-01-02T21:59:00Z"));
        check(
            named,
            "America/Chicago",
            open,
            "20250102 16:59:00 US/Eastern",
            Err("names another zone than America/Chicago"),
        );
    }

    #[test]
    fn layouts_that_are_none_are_refused() {
        for bad in ["%Q", "%", "epoch_days %", "%s", "%Y-%m-%d %H:%M %Z", "%Y-%m-%d %H:%M%z {zone}"] {
            assert!(Layout::parse(bad).is_err(), "{bad}");
        }
        assert!(!Layout::parse("%Y-%m-%d").unwrap().tells_zone());
    }
}
