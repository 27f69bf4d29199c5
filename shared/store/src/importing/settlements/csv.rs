//! `contract,trade_date,settlement,open_interest[,known_at]`: one line for each contract and trade date, in any order.

use std::borrow::Cow;
use std::io::BufRead;

use peaktrade_domain::{Calendar, ContractRoot, Price, TradeDate, UnixNanos};

use super::{FactRow, FactSource, RawFact};
use crate::importing::delimited::split;
use crate::importing::symbols::SymbolReader;
use crate::importing::text::Lines;
use crate::importing::{ImportError, Place};

const LINE_BYTES_MAX: usize = 1024;
const LAYOUT: &str = "contract,trade_date,settlement,open_interest[,known_at] is required";
const COLUMNS: [&str; 5] = ["contract", "trade_date", "settlement", "open_interest", "known_at"];

/// The rows of one file.
pub(super) struct Rows<'a, R> {
    lines: Lines<R>,
    symbols: SymbolReader<'a>,
    calendar: &'a Calendar,
    has_known_at: bool,
}

impl<'a, R: BufRead> Rows<'a, R> {
    /// Reads the header.
    pub(super) fn new(text: R, root: ContractRoot, calendar: &'a Calendar) -> Result<Self, ImportError> {
        let mut lines = Lines::new(text, LINE_BYTES_MAX, LAYOUT);
        let header = lines.next()?.unwrap_or_default();
        let mut fields = Vec::new();
        let is_split = split(header, b',', &mut fields).is_ok();
        let has_known_at = fields.len() == COLUMNS.len();
        if !is_split || fields.len() < COLUMNS.len() - 1 || fields != COLUMNS[..fields.len().min(COLUMNS.len())] {
            let shown: String = header.chars().take(96).collect();
            let problem = format!("the header is {shown:?}; {LAYOUT}");
            return Err(ImportError::Malformed { place: Place::line(1), problem });
        }
        Ok(Self { lines, symbols: SymbolReader::new(root, calendar), calendar, has_known_at })
    }
}

impl<R: BufRead> FactSource for Rows<'_, R> {
    fn next_row(&mut self) -> Result<Option<FactRow>, ImportError> {
        loop {
            let number = self.lines.number + 1;
            let Some(line) = self.lines.next()? else { return Ok(None) };
            if line.trim().is_empty() {
                continue;
            }
            let place = Place::line(number);
            let malformed = |problem: String| ImportError::Malformed { place, problem };
            let mut fields: Vec<Cow<'_, str>> = Vec::new();
            split(line, b',', &mut fields).map_err(malformed)?;
            let width = if self.has_known_at { COLUMNS.len() } else { COLUMNS.len() - 1 };
            if fields.len() != width {
                return Err(malformed(format!("{} fields; {width} are required", fields.len())));
            }
            let trade_date: TradeDate = fields[1].parse().map_err(|error| malformed(format!("trade_date: {error}")))?;
            let settlement: Option<Price> = optional(&fields[2], "settlement").map_err(malformed)?;
            let open_interest: Option<u64> = optional(&fields[3], "open_interest").map_err(malformed)?;
            let known_at: Option<UnixNanos> = match fields.get(4) {
                Some(text) => optional(text, "known_at").map_err(malformed)?,
                None => None,
            };
            if settlement.is_none() && open_interest.is_none() {
                return Err(malformed("neither settlement nor open_interest is given".to_owned()));
            }
            // A year of one digit is read against the row's own day; the instant decides nothing but the day.
            let at = self.calendar.session(trade_date).ok().flatten().map(peaktrade_domain::Session::open);
            let at = at.unwrap_or_else(|| midnight(trade_date));
            let of = self.symbols.instrument(&fields[0], at);
            return Ok(Some(FactRow::Said(RawFact { place, of, trade_date, settlement, open_interest, known_at })));
        }
    }

    fn is_journal(&self) -> bool {
        false
    }
}

fn optional<T: std::str::FromStr>(text: &str, column: &str) -> Result<Option<T>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let shown: String = text.chars().take(48).collect();
    let refused = |_| match column {
        "known_at" => format!("{column} {shown:?} is no instant such as 2025-03-10T22:00:00Z"),
        "open_interest" => format!("{column} {shown:?} is no count of contracts"),
        _ => format!("{column} {shown:?} is no decimal number"),
    };
    text.parse().map(Some).map_err(refused)
}

fn midnight(date: TradeDate) -> UnixNanos {
    let midnight = date.date().and_time(chrono::NaiveTime::MIN).and_utc();
    // Trade dates are of years that nanoseconds reach.
    UnixNanos::from_nanos(midnight.timestamp_nanos_opt().unwrap_or(0))
}
