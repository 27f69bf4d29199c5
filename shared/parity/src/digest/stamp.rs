//! Stamps as Python's `isoformat` prints them in UTC, and the short form in which they wait for the end of the text.

use chrono::{DateTime, Datelike as _};
use peaktrade_domain::UnixNanos;

use super::cell::TWO_DIGITS;

const DAY: i64 = 86_400 * UnixNanos::SECOND;

/// Instants in their order, kept as runs of equal steps.
#[derive(Debug, Default)]
pub(super) struct StampRuns {
    runs: Vec<Run>,
    last: i64,
}

/// `count` instants, `step` nanoseconds apart.
#[derive(Debug)]
struct Run {
    first: i64,
    step: i64,
    count: u64,
}

impl StampRuns {
    /// Whether no instant was taken.
    pub(super) const fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Takes the next instants.
    pub(super) fn extend(&mut self, stamps: &[i64]) {
        for stamp in stamps {
            // Wrapping on both ways, so that any two instants have a step that leads back.
            let step = stamp.wrapping_sub(self.last);
            self.last = *stamp;
            match self.runs.last_mut() {
                Some(run) if run.count == 1 => (run.step, run.count) = (step, 2),
                Some(run) if run.step == step => run.count += 1,
                _ => self.runs.push(Run { first: *stamp, step: 0, count: 1 }),
            }
        }
    }

    /// The instants.
    pub(super) fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        self.runs.iter().flat_map(|run| {
            let mut next = run.first;
            (0..run.count).map(move |_| {
                let stamp = next;
                next = next.wrapping_add(run.step);
                stamp
            })
        })
    }
}

/// Prints instants; those of one day share the text of their date.
#[derive(Debug, Default)]
pub(super) struct StampWriter {
    day: Option<i64>,
    date: Vec<u8>,
}

impl StampWriter {
    /// Appends `2026-01-01T00:00:00+00:00`, with six decimals where there are microseconds and nine where there are
    /// nanoseconds below them.
    pub(super) fn write(&mut self, stamp: i64, out: &mut Vec<u8>) {
        let day = stamp.div_euclid(DAY);
        if self.day != Some(day) {
            let date = DateTime::from_timestamp_nanos(stamp).date_naive();
            self.date.clear();
            // Nanoseconds hold the years 1677 to 2262: four digits.
            self.date
                .extend_from_slice(format!("{:04}-{:02}-{:02}T", date.year(), date.month(), date.day()).as_bytes());
            self.day = Some(day);
        }
        let within = stamp.rem_euclid(DAY);
        let (seconds, nanos) = (within / UnixNanos::SECOND, within % UnixNanos::SECOND);
        let pair = |number: i64| TWO_DIGITS[usize::try_from(number).unwrap_or_default()];
        let [h1, h2] = pair(seconds / 3_600);
        let [m1, m2] = pair(seconds / 60 % 60);
        let [s1, s2] = pair(seconds % 60);
        out.extend_from_slice(&self.date);
        out.extend_from_slice(&[h1, h2, b':', m1, m2, b':', s1, s2]);
        if nanos != 0 {
            let fraction = if nanos % 1_000 == 0 { format!(".{:06}", nanos / 1_000) } else { format!(".{nanos:09}") };
            out.extend_from_slice(fraction.as_bytes());
        }
        out.extend_from_slice(b"+00:00");
    }
}
