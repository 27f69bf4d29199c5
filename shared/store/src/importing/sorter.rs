//! The fate of each row: the rules that every format shares.

use std::collections::BTreeMap;

use peaktrade_domain::{Calendar, ContractRoot, ContractSymbol, Price, UnixNanos};

use super::contract_rows::ContractRows;
use super::{ImportError, ImportedContract, Place, RawRow, RowOf, RowUnit};
use crate::disposition::{Disposition, DispositionCounts};

/// Rows of a file at most, kept or not. A file of trades has a thousand times the rows of its bars.
const ROWS_READ_MAX: u64 = 1 << 30;
/// Contracts of one file at most: every quarter that a product was ever listed for.
const CONTRACTS_MAX: usize = 256;

/// Rows of one fate that say nothing yet of the whole file: an hour of prints.
pub(super) const ROWS_TELLING_MIN: u64 = 60;
/// Share of rows out of session above which a file is refused, as one in so many rows. Real exports have fewer than one in
/// 2,000; a file whose stamps are an hour off has one in 23 at least, because the daily pause then lies inside its session.
pub(super) const ONE_IN_OUT_OF_SESSION: u64 = 100;
/// Share of rows off the tick grid above which a file is refused. Trades are on the grid without exception, and only a
/// settlement is not; of adjusted prices most are off.
pub(super) const ONE_IN_OFF_TICK: u64 = 100;
/// Share of rows with impossible prices above which a file is refused: a stray print is one row, a wrong scale is all.
pub(super) const ONE_IN_PRICE_SCALE: u64 = 1_000;
/// Rows held beside the bars of a file, as one in so many bars, before repeats among all of them are looked for.
const ONE_IN_UNSORTED: usize = 8;
/// Contracts in one minute at most; the busiest minutes of the product are below 100,000.
pub(super) const VOLUME_MAX: i64 = 10_000_000;

/// Prices that a root can have, both inclusive; `None` for a root that is not built.
///
/// The bounds catch files in other units (prices times 100, or in cents, exist in vendor samples), so the highest is below a
/// hundred times the lowest: no price passes in both scales. Since their futures are traded, the Nasdaq-100 was lowest at
/// 795 in October 2002 and the S&P 500 at 667 in March 2009; there is room for nearly three times, and eight times, the
/// index of 2025.
pub fn plausible_prices(root: ContractRoot) -> Option<(Price, Price)> {
    let (lowest, highest) = match root.as_str() {
        "NQ" | "MNQ" => (700, 69_000),
        "ES" | "MES" => (600, 59_000),
        _ => return None,
    };
    Price::from_points(lowest).zip(Price::from_points(highest))
}

/// Takes the rows of one file, decides the fate of each and collects the bars.
#[derive(Debug)]
pub(crate) struct RowSorter<'a> {
    root: ContractRoot,
    calendar: &'a Calendar,
    tick: Price,
    plausible: (Price, Price),
    unit: RowUnit,
    contracts: BTreeMap<ContractSymbol, ContractRows>,
    /// Rows of no contract.
    others: DispositionCounts,
    rows_read: u64,
    /// Bars that it may give.
    bars_max: usize,
    /// Bars of all contracts, some of which may repeat others.
    bars_held: usize,
}

impl<'a> RowSorter<'a> {
    /// A sorter of at most so many bars.
    pub(crate) fn new(
        root: ContractRoot,
        unit: RowUnit,
        calendar: &'a Calendar,
        bars_max: usize,
    ) -> Result<Self, ImportError> {
        let spec =
            calendar.spec(root).map_err(|source| ImportError::Calendar { place: Place { unit, number: 0 }, source })?;
        Ok(Self {
            root,
            calendar,
            tick: spec.tick,
            plausible: plausible_prices(root).ok_or(ImportError::RootNotBuilt { root })?,
            unit,
            contracts: BTreeMap::new(),
            others: DispositionCounts::default(),
            rows_read: 0,
            bars_max,
            bars_held: 0,
        })
    }

    /// Takes one row.
    ///
    /// Session comes first: outside it vendors print what they like, absurd prices included, and such a row must
    /// neither stop the import nor reach a bar.
    pub(crate) fn take(&mut self, row: RawRow) -> Result<(), ImportError> {
        self.rows_read += 1;
        if self.rows_read > ROWS_READ_MAX {
            return Err(ImportError::TooManyRows);
        }
        let contract = match row.of {
            RowOf::Contract(contract) => contract,
            RowOf::Spread => {
                self.others.count(Disposition::Spread);
                return Ok(());
            }
            RowOf::Unknown => {
                self.others.count(Disposition::UnknownSymbol);
                return Ok(());
            }
        };
        let end_of_trading = self.rows_of(contract)?.end_of_trading;
        let fate = self.judge(&row, end_of_trading)?;
        let place = self.place(row.number);
        let rows = self.rows_of(contract)?;
        let before = rows.bars_held();
        match fate {
            Fate::Counted(disposition) => rows.count(disposition),
            Fate::Implausible(price) => rows.count_implausible(row.number, price),
            Fate::Kept => rows.keep(place, row.extent, row.bar)?,
        }
        let after = rows.bars_held();
        self.bars_held = self.bars_held - before + after;
        self.bound_bars_held()
    }

    /// Refuses a file of too many bars. Repeats that were not looked for yet are held beside them, an eighth at most.
    fn bound_bars_held(&mut self) -> Result<(), ImportError> {
        if self.bars_held <= self.bars_max + self.bars_max / ONE_IN_UNSORTED {
            return Ok(());
        }
        self.contracts.values_mut().for_each(ContractRows::settle);
        self.bars_held = self.contracts.values().map(ContractRows::bars_held).sum();
        if self.bars_held > self.bars_max { Err(ImportError::TooManyBars { bars_max: self.bars_max }) } else { Ok(()) }
    }

    fn rows_of(&mut self, contract: ContractSymbol) -> Result<&mut ContractRows, ImportError> {
        if !self.contracts.contains_key(&contract) {
            if self.contracts.len() >= CONTRACTS_MAX {
                let problem = format!("it holds more than {CONTRACTS_MAX} contracts");
                return Err(ImportError::Unfit { problem });
            }
            let (place, unit) = (self.place(0), self.unit);
            let end = self.calendar.last_trade_time(contract);
            let end = end.map_err(|source| ImportError::Calendar { place, source })?;
            self.contracts.insert(contract, ContractRows::new(end, unit));
        }
        // Inserted above where it was absent.
        self.contracts.get_mut(&contract).ok_or(ImportError::Empty)
    }

    fn judge(&self, row: &RawRow, end_of_trading: UnixNanos) -> Result<Fate, ImportError> {
        let bar = &row.bar;
        let place = self.place(row.number);
        let open = UnixNanos::from_nanos(bar.ts);
        let trade_date = self.calendar.trade_date_of(open).map_err(|source| ImportError::Calendar { place, source })?;
        if trade_date.is_none() {
            return Ok(Fate::Counted(Disposition::OutOfSession));
        }
        if open >= end_of_trading {
            return Ok(Fate::Counted(Disposition::AfterExpiry));
        }
        let prices = [bar.open, bar.high, bar.low, bar.close].map(Price::from_nanos);
        let (lowest, highest) = self.plausible;
        if let Some(price) = prices.into_iter().find(|price| !(lowest..=highest).contains(price)) {
            return Ok(Fate::Implausible(price));
        }
        let [open, high, low, close] = prices;
        if low > open.min(close) || high < open.max(close) {
            let problem =
                format!("open {open}, high {high}, low {low}, close {close}; low <= open, close <= high is required");
            return Err(ImportError::Malformed { place, problem });
        }
        if !(0..=VOLUME_MAX).contains(&bar.volume) {
            let problem = format!("volume {}; 0 to {VOLUME_MAX} contracts in a minute are plausible", bar.volume);
            return Err(ImportError::Malformed { place, problem });
        }
        let is_on_tick = prices.into_iter().all(|price| price.is_on_tick(self.tick));
        Ok(if is_on_tick { Fate::Kept } else { Fate::Counted(Disposition::OffTick) })
    }

    const fn place(&self, number: u64) -> Place {
        Place { unit: self.unit, number }
    }

    /// The file's bars by contract, each in order of time and each minute once, and the fates of all rows.
    pub(crate) fn finish(self) -> Result<(Vec<ImportedContract>, DispositionCounts), ImportError> {
        let Self {
            root, calendar, plausible: (lowest, highest), unit, contracts, others: mut counts, bars_max, ..
        } = self;
        let mut imported = Vec::new();
        let mut bars_kept = 0;
        for (contract, rows) in contracts {
            if let Some((number, price)) = rows.first_implausible {
                let implausible = rows.counts.of(Disposition::PriceScale);
                if implausible > rows.in_session() / ONE_IN_PRICE_SCALE {
                    let place = Place { unit, number };
                    let others = implausible - 1;
                    return Err(ImportError::Implausible { place, price, root, lowest, highest, others });
                }
            }
            let total = rows.counts.rows_in();
            let tells = |rows: u64, one_in: u64| rows >= ROWS_TELLING_MIN && rows > total / one_in;
            let out_of_session = rows.counts.of(Disposition::OutOfSession);
            if tells(out_of_session, ONE_IN_OUT_OF_SESSION) && rows.bars_held() > 0 {
                return Err(ImportError::Shifted { contract, rows: total, out_of_session });
            }
            let off_tick = rows.counts.of(Disposition::OffTick);
            if tells(off_tick, ONE_IN_OFF_TICK) {
                return Err(ImportError::OffGrid { contract, rows: total, off_tick });
            }
            let (bars, dispositions) = rows.into_bars(contract)?;
            counts.add(&dispositions);
            bars_kept += bars.len();
            if bars_kept > bars_max {
                return Err(ImportError::TooManyBars { bars_max });
            }
            if !bars.is_empty() {
                imported.push(ImportedContract { contract, bars, dispositions, calendar_sha256: calendar.sha256() });
            }
        }
        if counts.rows_in() == 0 {
            return Err(ImportError::Empty);
        }
        if imported.is_empty() {
            return Err(ImportError::NothingKept { root, counts });
        }
        Ok((imported, counts))
    }
}

/// What is to be done with one row.
enum Fate {
    Kept,
    Counted(Disposition),
    Implausible(Price),
}

#[cfg(test)]
mod tests;
