//! A contract as NinjaTrader exports it, defects included.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use peaktrade_domain::{ContractSymbol, UnixNanos};

use crate::{ContractBars, Market, TickBar};

/// One exported file and what an importer must make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NinjaTraderFile {
    /// File name. Example: `NQ 03-26.Last.txt`.
    pub name: String,
    /// Contract of the file.
    pub contract: ContractSymbol,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What becomes of its rows.
    pub expected: ExpectedRows,
}

/// Rows of a file by what must become of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExpectedRows {
    /// Rows in all.
    pub rows_in: u64,
    /// Rows that become bars: exactly the contract's.
    pub kept: u64,
    /// Weekend prints.
    pub out_of_session: u64,
    /// Rows that repeat the row before them.
    pub duplicate: u64,
    /// Rows with a price between two ticks.
    pub off_tick: u64,
    /// Rows after the contract's last trade.
    pub after_expiry: u64,
}

/// Writes a contract's bars as NinjaTrader 8 does: no header, semicolons, bars stamped at their CLOSE in UTC.
///
/// Defects, all counted: a weekend print at the Friday's close, a row written twice, a row between two ticks in the
/// midst of the outage, and for an expired contract a row after its last trade. The dropped rows leave exactly the
/// contract's bars. Contracts with an even position end their lines with LF, the others with CRLF: both are seen.
pub fn write_ninjatrader(market: &Market, contract: &ContractBars) -> NinjaTraderFile {
    let position = market.contracts.iter().position(|other| other.symbol == contract.symbol).unwrap_or(0);
    let mut file = Writer {
        text: String::with_capacity(contract.bars.len() * BYTES_A_ROW),
        end_of_line: if position.is_multiple_of(2) { "\r\n" } else { "\n" },
        expected: ExpectedRows::default(),
    };
    let garbled = minutes_after(market.outage.first, 7);
    let last_window = market.windows.iter().rev().find(|window| window.from <= contract.symbol);
    let (mut before, mut is_weekend_done) = (None::<TickBar>, false);
    for (row, bar) in contract.bars.iter().enumerate() {
        if let Some(before) = before {
            if before.open_time < garbled && garbled < bar.open_time {
                file.write_off_tick(&TickBar { open_time: garbled, ..before });
            }
            let is_roll_weekend = last_window
                .is_some_and(|window| before.open_time < window.roll_open && window.roll_open <= bar.open_time);
            if is_roll_weekend && !is_weekend_done {
                file.write_weekend_print(&before);
                is_weekend_done = true;
            }
        }
        file.write(bar, |expected| &mut expected.kept);
        if row == TWICE_WRITTEN_ROW {
            file.write(bar, |expected| &mut expected.duplicate);
        }
        before = Some(*bar);
    }
    if let Some(last) = before.filter(|last| minutes_after(last.open_time, 60) >= contract.last_trade_time) {
        file.write_after_expiry(&last, contract.last_trade_time);
    }
    NinjaTraderFile {
        name: file_name(contract.symbol),
        contract: contract.symbol,
        bytes: file.text.into_bytes(),
        expected: file.expected,
    }
}

/// Room for `20260316 220100;22826.25;22828.5;22824;22825.75;1234` and its end.
const BYTES_A_ROW: usize = 56;
/// Some way into every contract.
const TWICE_WRITTEN_ROW: usize = 1000;

struct Writer {
    text: String,
    end_of_line: &'static str,
    expected: ExpectedRows,
}

impl Writer {
    fn write(&mut self, bar: &TickBar, disposition: impl Fn(&mut ExpectedRows) -> &mut u64) {
        let prices = [bar.open, bar.high, bar.low, bar.close].map(|ticks| TickBar::price(ticks).to_string());
        self.write_row(bar, &prices, disposition);
    }

    fn write_row(
        &mut self,
        bar: &TickBar,
        [open, high, low, close]: &[String; 4],
        disposition: impl Fn(&mut ExpectedRows) -> &mut u64,
    ) {
        let stamp = stamp(minutes_after(bar.open_time, 1));
        let (volume, end) = (bar.volume, self.end_of_line);
        write!(self.text, "{stamp};{open};{high};{low};{close};{volume}{end}")
            .expect("writing to a String does not fail");
        *disposition(&mut self.expected) += 1;
        self.expected.rows_in += 1;
    }

    /// The Saturday after the bar, flat at its close: such prints stand in real exports.
    fn write_weekend_print(&mut self, friday: &TickBar) {
        let (saturday, close) = (minutes_after(friday.open_time, 18 * 60), friday.close);
        let print = TickBar { open_time: saturday, open: close, high: close, low: close, close, volume: 3 };
        self.write(&print, |expected| &mut expected.out_of_session);
    }

    /// All four prices a tenth of a point above a tick, so that only the tick grid gives it away.
    fn write_off_tick(&mut self, bar: &TickBar) {
        let garbled = |ticks: i64| format!("{}.1", ticks.div_euclid(4));
        let prices = [bar.open, bar.high, bar.low, bar.close].map(garbled);
        self.write_row(bar, &prices, |expected| &mut expected.off_tick);
    }

    /// Five minutes after the last trade, flat, as late final prices appear.
    fn write_after_expiry(&mut self, last: &TickBar, last_trade_time: UnixNanos) {
        let (open_time, close) = (minutes_after(last_trade_time, 5), last.close);
        let late = TickBar { open_time, open: close, high: close, low: close, close, volume: 1 };
        self.write(&late, |expected| &mut expected.after_expiry);
    }
}

/// Root, month and two-digit year.
fn file_name(symbol: ContractSymbol) -> String {
    format!("{} {:02}-{:02}.Last.txt", symbol.root(), symbol.month().number(), symbol.year() % 100)
}

fn stamp(instant: UnixNanos) -> String {
    let instant: DateTime<Utc> = instant.to_datetime();
    instant.format("%Y%m%d %H%M%S").to_string()
}

fn minutes_after(instant: UnixNanos, minutes: i64) -> UnixNanos {
    UnixNanos::from_nanos(instant.nanos() + minutes * UnixNanos::MINUTE)
}
