//! The fate of each row of a vendor's series, and what can only be judged once all of them are known.

use peaktrade_continuous::{Bar, BarSize, Bars};
use peaktrade_domain::{Calendar, Price, UnixNanos};

use super::rows::Row;
use crate::disposition::{Disposition, DispositionCounts};
use crate::importing::sorter::plausible_prices;
use crate::importing::sorter::{
    ONE_IN_OFF_TICK, ONE_IN_OUT_OF_SESSION, ONE_IN_PRICE_SCALE, ROWS_TELLING_MIN, VOLUME_MAX,
};
use crate::importing::{ImportError, Place};
use crate::vendor_series::{VendorBars, VendorPrices, VendorSeries};

/// Rows of one file at most: six years of minutes. A chart exports some ten thousands.
const ROWS_MAX: usize = 2_000_000;

/// Share of days that are no trade dates above which a file of days is refused, as one in so many: holidays are one in
/// twenty-five weekdays.
const ONE_IN_DAYS_OUT_OF_SESSION: u64 = 10;

/// Least distance of two bars of days. A vendor may count a holiday's open hours as a day, so it is not the distance of
/// two sessions; hours under the name of days are far below it.
const DAYS_APART_MIN: i64 = 12 * 60 * UnixNanos::MINUTE;

/// Takes the rows of one file, decides the fate of each and collects the bars.
pub(super) struct Sorter<'a> {
    series: VendorSeries,
    calendar: &'a Calendar,
    tick: Price,
    plausible: (Price, Price),
    kept: Vec<(Place, Bar)>,
    counts: DispositionCounts,
    first_implausible: Option<(Place, Price)>,
    /// The first row, and whether it tells a volume: all rows must do as it does.
    first: Option<(Place, bool)>,
}

impl<'a> Sorter<'a> {
    pub(super) fn new(series: VendorSeries, calendar: &'a Calendar) -> Result<Self, ImportError> {
        let root = series.root();
        let failed = |source| ImportError::Calendar { place: Place::line(0), source };
        Ok(Self {
            series,
            calendar,
            tick: calendar.spec(root).map_err(failed)?.tick,
            plausible: plausible_prices(root).ok_or(ImportError::RootNotBuilt { root })?,
            kept: Vec::new(),
            counts: DispositionCounts::default(),
            first_implausible: None,
            first: None,
        })
    }

    pub(super) fn take(&mut self, row: Row) -> Result<(), ImportError> {
        self.check_volume(&row)?;
        let fate = match row.open {
            None => Disposition::OutOfSession,
            Some(open) => self.judge(&row, open)?,
        };
        self.counts.count(fate);
        match row.open {
            Some(open) if fate == Disposition::Kept => self.kept.push((row.place, row.bar(open))),
            _ => {}
        }
        if self.kept.len() > ROWS_MAX {
            let problem = format!("it has more than {ROWS_MAX} bars; a part of it at a time can be imported");
            return Err(ImportError::Unfit { problem });
        }
        Ok(())
    }

    /// Session comes first, as for contracts: outside it a row may say what it likes.
    fn judge(&mut self, row: &Row, open: UnixNanos) -> Result<Disposition, ImportError> {
        let place = row.place;
        let is_open = self.calendar.is_open(open).map_err(|source| ImportError::Calendar { place, source })?;
        if !is_open {
            return Ok(Disposition::OutOfSession);
        }
        let (lowest, highest) = self.plausible;
        if let Some(price) = row.prices.into_iter().find(|price| !(lowest..=highest).contains(price)) {
            self.first_implausible.get_or_insert((place, price));
            return Ok(Disposition::PriceScale);
        }
        let [first, high, low, close] = row.prices;
        if low > first.min(close) || high < first.max(close) {
            let problem =
                format!("open {first}, high {high}, low {low}, close {close}; low <= open, close <= high is required");
            return Err(ImportError::Malformed { place, problem });
        }
        let volume_max = VOLUME_MAX.saturating_mul(self.minutes_in_bar());
        if row.volume.is_some_and(|volume| volume > volume_max) {
            let volume = row.volume.unwrap_or(0);
            let problem = format!("volume {volume}; 0 to {volume_max} contracts in a bar are plausible");
            return Err(ImportError::Malformed { place, problem });
        }
        let is_on_tick = row.prices.into_iter().all(|price| price.is_on_tick(self.tick));
        let must_be = self.series.prices() == VendorPrices::Unadjusted;
        Ok(if must_be && !is_on_tick { Disposition::OffTick } else { Disposition::Kept })
    }

    /// A series tells its volume or does not; a cell without one among others would have to be invented.
    fn check_volume(&mut self, row: &Row) -> Result<(), ImportError> {
        let is_told = row.volume.is_some();
        let (first, of_first) = *self.first.get_or_insert((row.place, is_told));
        if is_told == of_first {
            return Ok(());
        }
        let (has, has_not) = if is_told { (row.place, first) } else { (first, row.place) };
        let problem = format!("volume: {has} has one and {has_not} has none; all rows or none may have it");
        Err(ImportError::Malformed { place: row.place, problem })
    }

    /// Whole minutes of a bar; a day counts as a civil one.
    fn minutes_in_bar(&self) -> i64 {
        self.series.bar().nanos().map_or(24 * 60, |nanos| nanos / UnixNanos::MINUTE)
    }

    /// The file's bars in order of time and each once, and the fates of all rows.
    pub(super) fn finish(mut self) -> Result<(VendorBars, DispositionCounts), ImportError> {
        self.check_shares()?;
        // Exports are in order of time, so the sort is for joined files only.
        self.kept.sort_by_key(|(_, bar)| bar.ts);
        let mut bars = Bars::with_capacity(self.kept.len());
        let mut before: Option<(Place, Bar)> = None;
        let (mut duplicates, mut conflict, mut too_close) = (0, None, None);
        let mut distances = 0;
        let apart_min = self.series.bar().nanos().unwrap_or(DAYS_APART_MIN);
        for (place, bar) in self.kept {
            let Some((first, last)) = before else {
                bars.push(bar);
                before = Some((place, bar));
                continue;
            };
            if last == bar {
                duplicates += 1;
                continue;
            }
            let distance = bar.ts - last.ts;
            if distance == 0 {
                let (_, others) = conflict.get_or_insert(((first, place, bar.ts), 0_u64));
                *others += 1;
                continue;
            }
            if distance < apart_min {
                too_close.get_or_insert((first, place, distance));
            }
            distances = greatest_common_divisor(distances, distance);
            bars.push(bar);
            before = Some((place, bar));
        }
        self.counts.recount_kept_as(Disposition::Duplicate, duplicates);
        if let Some(((first, second, ts), rows)) = conflict {
            return Err(ImportError::Conflict { first, second, time: UnixNanos::from_nanos(ts), others: rows - 1 });
        }
        if bars.is_empty() {
            let (root, counts) = (self.series.root(), self.counts);
            return Err(match counts.rows_in() {
                0 => ImportError::Empty,
                _ => ImportError::NothingKept { root, counts },
            });
        }
        check_spacing(self.series, bars.len() as u64, too_close, distances)?;
        let has_volume = self.first.is_some_and(|(_, is_told)| is_told);
        Ok((VendorBars::new(bars, has_volume), self.counts))
    }

    /// Refuses a file of which too many rows met a fate that only strays meet.
    fn check_shares(&self) -> Result<(), ImportError> {
        let (total, series) = (self.counts.rows_in(), self.series.in_words());
        let out_of_session = self.counts.of(Disposition::OutOfSession);
        let price_scale = self.counts.of(Disposition::PriceScale);
        if let Some((place, price)) = self.first_implausible
            && price_scale > (total - out_of_session) / ONE_IN_PRICE_SCALE
        {
            let ((lowest, highest), root) = (self.plausible, self.series.root());
            return Err(ImportError::Implausible { place, price, root, lowest, highest, others: price_scale - 1 });
        }
        let tells = |rows: u64, one_in: u64| rows >= ROWS_TELLING_MIN && rows > total / one_in;
        let one_in =
            if self.series.bar() == BarSize::OneDay { ONE_IN_DAYS_OUT_OF_SESSION } else { ONE_IN_OUT_OF_SESSION };
        if tells(out_of_session, one_in) && !self.kept.is_empty() {
            let problem = format!(
                "{out_of_session} of its {total} rows lie outside the sessions of {series}, one in {one_in} at most is \
                 allowed; the stamps may be an hour off, or of another product"
            );
            return Err(ImportError::Unfit { problem });
        }
        let off_tick = self.counts.of(Disposition::OffTick);
        if tells(off_tick, ONE_IN_OFF_TICK) {
            let problem = format!(
                "{off_tick} of its {total} rows lie off the tick grid of {series}, one in {ONE_IN_OFF_TICK} at most is \
                 allowed; the prices may be adjusted"
            );
            return Err(ImportError::Unfit { problem });
        }
        Ok(())
    }
}

/// Refuses bars that are not as long as the name says.
fn check_spacing(
    series: VendorSeries,
    bars: u64,
    too_close: Option<(Place, Place, i64)>,
    distances: i64,
) -> Result<(), ImportError> {
    let minutes = |nanos: i64| nanos / UnixNanos::MINUTE;
    if let Some((first, second, distance)) = too_close {
        let problem = format!(
            "its name says bars of {}, and {first} and {second} are {} minutes apart",
            series.bar(),
            minutes(distance)
        );
        return Err(ImportError::Unfit { problem });
    }
    match series.bar().nanos() {
        Some(length) if distances > length && bars >= ROWS_TELLING_MIN => {
            let problem = format!(
                "its name says bars of {}, and all {bars} bars are a multiple of {} minutes apart",
                series.bar(),
                minutes(distances)
            );
            Err(ImportError::Unfit { problem })
        }
        _ => Ok(()),
    }
}

const fn greatest_common_divisor(mut one: i64, mut other: i64) -> i64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}
