//! When the bars of a series are over: a minute after their open, or whatever session and roll leave of a larger bar.

use peaktrade_continuous::{BarSize, Buckets};
use peaktrade_domain::{Calendar, HoursFilter, TradeDate, UnixNanos};
use peaktrade_wire::dataset::v1 as dataset;

use crate::failure::Failure;

/// The end of each bar of one series.
pub(super) struct Closes(Buckets);

impl Closes {
    /// Those of a dataset, by the calendar that it was built under.
    pub(super) fn new(found: &dataset::Dataset, calendar: &Calendar) -> Result<Self, Failure> {
        let broken = |name: &str, problem: &dyn std::fmt::Display| {
            Failure::Internal(format!("dataset {}: {name}: {problem}", found.dataset_id))
        };
        let size: BarSize = found.bar.parse().map_err(|error| broken("bar", &error))?;
        let hours = match found.session.as_str() {
            "" | "full" => HoursFilter::Full,
            "rth" => HoursFilter::Regular,
            other => return Err(broken("session", &format!("{other:?} is neither full nor rth"))),
        };
        let from: TradeDate = found.from.parse().map_err(|error| broken("from", &error))?;
        let to: TradeDate = found.to.parse().map_err(|error| broken("to", &error))?;
        let sessions = calendar.sessions(from, to).map_err(|error| broken("from, to", &error))?;
        let mut rolls = Vec::with_capacity(found.rolls.len());
        for roll in &found.rolls {
            rolls.push(peaktrade_wire::instant(roll.roll_ts, "roll_ts").map_err(|error| broken("rolls", &error))?);
        }
        Ok(Self(Buckets::new(size, hours, sessions, &rolls)))
    }

    /// The first instant after a bar, by its open.
    pub(super) fn of(&self, open: UnixNanos) -> Result<UnixNanos, Failure> {
        let bucket = self.0.of(open);
        let bucket = bucket.ok_or_else(|| Failure::Internal(format!("bar {open} lies outside the open hours")))?;
        Ok(bucket.end)
    }
}

#[cfg(test)]
mod tests {
    use peaktrade_domain::Calendar;
    use peaktrade_wire::{dataset::v1 as dataset, timestamp};

    use super::Closes;

    #[test]
    fn a_bar_ends_with_its_size_its_segment_or_a_roll() {
        let rolls = vec![dataset::Roll {
            roll_ts: Some(timestamp("2025-11-26T16:20:00Z".parse().unwrap())),
            ..Default::default()
        }];
        // The Wednesday before Thanksgiving and the date whose session halts at noon in Chicago on both days.
        let close = |session: &str, bar: &str, open: &str| {
            let found = dataset::Dataset {
                bar: bar.into(),
                session: session.into(),
                from: "2025-11-26".into(),
                to: "2025-11-28".into(),
                rolls: rolls.clone(),
                ..Default::default()
            };
            Closes::new(&found, &Calendar::shipped()).unwrap().of(open.parse().unwrap()).unwrap().to_string()
        };
        for (session, bar, open, end) in [
            ("full", "1m", "2025-11-26T15:00:00Z", "2025-11-26T15:01:00Z"),
            ("full", "1h", "2025-11-26T15:00:00Z", "2025-11-26T16:00:00Z"),
            ("full", "1h", "2025-11-26T16:00:00Z", "2025-11-26T16:20:00Z"),
            ("full", "1h", "2025-11-28T18:00:00Z", "2025-11-28T18:15:00Z"),
            ("full", "1d", "2025-11-26T23:00:00Z", "2025-11-28T18:15:00Z"),
            ("rth", "1h", "2025-11-28T17:30:00Z", "2025-11-28T18:00:00Z"),
            ("rth", "1d", "2025-11-28T14:30:00Z", "2025-11-28T18:00:00Z"),
        ] {
            assert_eq!(close(session, bar, open), end, "{session} {bar} of {open}");
        }
    }
}
