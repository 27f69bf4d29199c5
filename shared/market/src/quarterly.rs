//! Quarterly contracts over many years, for benches and golden digests: every weekday is a session, no holidays.
//!
//! The recipe, which any language can repeat (all integers, wrapping at 2^64):
//! * `mix(z)`: `z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9`; `z = (z ^ z >> 27) * 0x94D049BB133111EB`; `z ^ z >> 31`;
//!   `h(stream, k) = mix(seed * 0x9E3779B97F4A7C15 + stream * 0xD1B54A32D192ED03 + k * 0x2545F4914F6CDD1D)`;
//! * trade dates are Monday to Friday; a session's minutes go from 18:00 of the day before to 17:00, New York; `m` is
//!   the minute of the epoch at which a bar opens;
//! * the index walks over all minutes, from the trade date ten days before the roll Monday of the quarter before the first
//!   contract: 80000 ticks at first, then by `h(1, m) mod 9 - 4` each minute;
//! * contract `i` trades until 09:30 New York of its third Friday (`expiry`); its bars start at 18:00 ten days before the
//!   roll Monday (four days before the third Friday) of the quarter before its own;
//! * `close = index + 9 * floor((expiry - m) / 1440) + h(100 + i, m) mod 3 - 1`; `open` is the close of its minute before,
//!   kept or dropped (its own close at first); `high` is the greater of both plus `h(300 + i, m) mod 4`, `low` the lesser
//!   minus `h(500 + i, m) mod 4`; `volume = 1 + h(700 + i, m) mod 500`; a bar is dropped where `h(900 + i, m) mod 200` is 0;
//! * a segment goes from 18:00 on the Sunday before the roll Monday of the quarter before, to the minute before the next
//!   one's; the first starts at its contract's first minute, the last ends at its last.

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime, TimeZone as _, Weekday};
use chrono_tz::America::New_York;
use peaktrade_domain::{ContractMonth, ContractRoot, ContractSymbol, UnixNanos};

use crate::contract::{ContractBars, TickBar};
use crate::random::{Random, Stream};

const MINUTE_NANOS: i64 = 60_000_000_000;
const MINUTES_A_DAY: i64 = 1440;
const FIRST_INDEX_TICKS: i64 = 80_000;
/// Days before a roll Monday from which on the next contract has bars.
const OVERLAP_DAYS: u64 = 10;
const CARRY_TICKS_A_DAY: i64 = 9;

/// What a set is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuarterlySet {
    /// The contract that expires first.
    pub first: ContractSymbol,
    /// How many quarterly contracts.
    pub contracts: u16,
    /// Seed of all numbers.
    pub seed: u64,
}

/// One contract of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarterlyContract {
    /// Its bars, about 102,500 of them.
    pub contract: ContractBars,
    /// Its part of a continuous series.
    pub segment: Segment,
}

/// The part of a continuous series that one contract gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The contract.
    pub symbol: ContractSymbol,
    /// First minute.
    pub first: UnixNanos,
    /// Last minute, included.
    pub last: UnixNanos,
}

/// Why a set cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuarterlyError {
    /// The first contract is of another month.
    #[error("{0} is not a quarterly contract; the first one must expire in March, June, September or December")]
    NotQuarterly(ContractSymbol),
    /// A contract's year has no symbol.
    #[error("{contracts} quarterly contracts from {first} on go beyond the years that symbols can name, 1990 to 2199")]
    Years {
        /// The first contract.
        first: ContractSymbol,
        /// How many were asked for.
        contracts: u16,
    },
}

impl QuarterlySet {
    /// Seed of the sets whose digests are published.
    pub const SEED: u64 = 20_260_101;

    /// A set; S8 is 8 contracts from NQH2024 on, L40 is 40 from NQH2016 on, both with [`Self::SEED`].
    ///
    /// # Errors
    /// A first contract that is not quarterly, or years without a symbol.
    pub fn new(first: ContractSymbol, contracts: u16, seed: u64) -> Result<Self, QuarterlyError> {
        if !first.month().is_quarterly() {
            return Err(QuarterlyError::NotQuarterly(first));
        }
        let set = Self { first, contracts, seed };
        let quarters = u32::from(contracts) + first.month().number() / 3 - 1;
        let years_end = u32::from(first.year()) + quarters.div_ceil(4);
        if years_end > 2200 { Err(QuarterlyError::Years { first, contracts }) } else { Ok(set) }
    }

    /// The set of 8 contracts from `NQH2024` on.
    pub fn s8() -> Self {
        Self { first: march(2024), contracts: 8, seed: Self::SEED }
    }

    /// The set of 40 contracts from `NQH2016` on.
    pub fn l40() -> Self {
        Self { first: march(2016), contracts: 40, seed: Self::SEED }
    }

    /// Makes the contracts one after the other, in order of expiry; no more than one is held.
    pub fn contracts(self) -> QuarterlyContracts {
        let before = Quarter::of(self.first).before();
        let index = Index {
            random: Random::new(self.seed),
            ticks: FIRST_INDEX_TICKS,
            day: before.roll() - Days::new(OVERLAP_DAYS),
            is_first_minute: true,
        };
        QuarterlyContracts { set: self, next: Some(self.first), made: 0, index }
    }
}

/// The contracts of a set, made when asked for.
#[derive(Clone, Debug)]
pub struct QuarterlyContracts {
    set: QuarterlySet,
    next: Option<ContractSymbol>,
    made: u16,
    /// The index before the first minute from which the next contract may have bars.
    index: Index,
}

impl Iterator for QuarterlyContracts {
    type Item = QuarterlyContract;

    fn next(&mut self) -> Option<QuarterlyContract> {
        if self.made == self.set.contracts {
            return None;
        }
        let symbol = self.next?;
        let quarter = Quarter::of(symbol);
        let (bars, first_minute) = quarter.make(u64::from(self.made), &mut self.index);
        let is_first = self.made == 0;
        self.made += 1;
        self.next = symbol.next_quarterly();
        let is_last = self.made == self.set.contracts;
        let expiry = quarter.expiry_minute();
        let first = if is_first { first_minute } else { quarter.before().segment_end() };
        let last = if is_last { expiry } else { quarter.segment_end() } - 1;
        let segment = Segment { symbol, first: instant(first), last: instant(last) };
        let contract = ContractBars { symbol, last_trade_time: instant(expiry), bars };
        Some(QuarterlyContract { contract, segment })
    }
}

/// The segments as the JSON file that stitchers of the original program read, byte by byte as Python's
/// `json.dumps(segments, indent=1)` gives it; a set has at least one.
pub fn segments_json(segments: &[Segment]) -> String {
    let text = |at: UnixNanos| at.to_datetime().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let entries: Vec<String> = segments
        .iter()
        .map(|Segment { symbol, first, last }| {
            let (first, last) = (text(*first), text(*last));
            format!(
                " {{\n  \"contract_symbol\": \"{symbol}\",\n  \"start_ts\": \"{first}\",\n  \"end_ts\": \"{last}\"\n }}"
            )
        })
        .collect();
    format!("[\n{}\n]", entries.join(",\n"))
}

/// A quarter, by year and month of its expiry.
#[derive(Clone, Copy, Debug)]
struct Quarter {
    year: i32,
    month: u32,
}

impl Quarter {
    fn of(symbol: ContractSymbol) -> Self {
        Self { year: i32::from(symbol.year()), month: symbol.month().number() }
    }

    fn before(self) -> Self {
        if self.month > 3 { Self { month: self.month - 3, ..self } } else { Self { year: self.year - 1, month: 12 } }
    }

    fn third_friday(self) -> NaiveDate {
        NaiveDate::from_weekday_of_month_opt(self.year, self.month, Weekday::Fri, 3)
            .expect("every month has three Fridays")
    }

    fn roll(self) -> NaiveDate {
        self.third_friday() - Days::new(4)
    }

    fn expiry_minute(self) -> i64 {
        new_york_minute(self.third_friday(), 9, 30)
    }

    /// The minute in which the next contract takes over.
    fn segment_end(self) -> i64 {
        new_york_minute(self.roll() - Days::new(1), 18, 0)
    }

    /// Bars of the contract of this quarter and the first minute that it could trade; leaves `index` at the first day
    /// of the next contract.
    fn make(self, number: u64, index: &mut Index) -> (Vec<TickBar>, i64) {
        let random = index.random;
        let expiry = self.expiry_minute();
        let first = new_york_minute(self.before().roll() - Days::new(OVERLAP_DAYS), 18, 0);
        let next_first_day = self.roll() - Days::new(OVERLAP_DAYS);
        let mut walk = index.clone();
        let mut bars = Vec::new();
        let mut first_minute = None;
        let mut close_before = None;
        while walk.day <= self.third_friday() {
            if walk.day == next_first_day {
                *index = walk.clone();
            }
            walk.day(|minute, ticks| {
                if minute < first || minute >= expiry {
                    return;
                }
                first_minute.get_or_insert(minute);
                let draw =
                    |count: u64, stream: u64| random.below(count, Stream::Recipe(stream + number), minute as u64);
                let carry = CARRY_TICKS_A_DAY * ((expiry - minute) / MINUTES_A_DAY);
                let close = ticks + carry + draw(3, 100) - 1;
                let open = close_before.replace(close).unwrap_or(close);
                if draw(200, 900) != 0 {
                    bars.push(TickBar {
                        open_time: instant(minute),
                        open,
                        high: open.max(close) + draw(4, 300),
                        low: open.min(close) - draw(4, 500),
                        close,
                        volume: 1 + draw(500, 700) as u32,
                    });
                }
            });
        }
        (bars, first_minute.unwrap_or(first))
    }
}

/// The index path, day by day.
#[derive(Clone, Debug)]
struct Index {
    random: Random,
    ticks: i64,
    /// The next day that has not been walked.
    day: NaiveDate,
    is_first_minute: bool,
}

impl Index {
    /// Walks the session of the next day, if it is a trade date, and gives each minute with its index.
    fn day(&mut self, mut visit: impl FnMut(i64, i64)) {
        let day = self.day;
        self.day = day + Days::new(1);
        if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            return;
        }
        for minute in new_york_minute(day - Days::new(1), 18, 0)..new_york_minute(day, 17, 0) {
            if self.is_first_minute {
                self.is_first_minute = false;
            } else {
                self.ticks += self.random.below(9, Stream::Recipe(1), minute as u64) - 4;
            }
            visit(minute, self.ticks);
        }
    }
}

fn march(year: u16) -> ContractSymbol {
    let root: ContractRoot = "NQ".parse().expect("two capital letters are a root");
    let month = ContractMonth::from_number(3).expect("March is a month");
    ContractSymbol::new(root, month, year).expect("the year is one of the present")
}

fn instant(minute: i64) -> UnixNanos {
    UnixNanos::from_nanos(minute * MINUTE_NANOS)
}

fn new_york_minute(day: NaiveDate, hour: u32, minute: u32) -> i64 {
    let time = NaiveTime::from_hms_opt(hour, minute, 0).expect("the hours named here exist");
    let local = New_York.from_local_datetime(&day.and_time(time));
    // Clocks change at 02:00 on Sundays, never at the hours named here.
    local.single().expect("an evening, afternoon or morning hour happens once").timestamp() / 60
}

#[cfg(test)]
mod tests;
