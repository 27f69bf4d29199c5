//! What goes into the books and what comes out of them.

use std::collections::{BTreeMap, BTreeSet};

use peaktrade_domain::{Calendar, ContractSymbol, Sha256, UnixNanos, Usd};
use peaktrade_engine::fees::FeeSchedule;
use peaktrade_engine::margins::MarginSchedule;
use peaktrade_engine::order::Order;
use peaktrade_engine::session::{AccountView, EquityPoint, Mark, Market, Opening, Report, Verdict};
use serde::{Deserialize, Serialize};

/// Files under which orders are checked.
#[derive(Clone, Debug)]
pub(crate) struct Schedules {
    pub(crate) fees: FeeSchedule,
    pub(crate) margins: MarginSchedule,
    pub(crate) calendar: Calendar,
}

/// How a session began, with what is needed to find its bars again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opened {
    pub(crate) opening: Opening,
    /// Flight tickets of the contracts' bars, hexadecimal: the same ticket gives the same bytes.
    pub(crate) tickets: BTreeMap<ContractSymbol, String>,
    /// Close of the dataset's last trade date.
    pub(crate) known_until: UnixNanos,
}

/// One line of the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    Opened(Opened),
    Happened { session_id: String, event: peaktrade_engine::session::Event },
}

/// What came of an order or a roll.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) verdict: Verdict,
    pub(crate) reports: Vec<Report>,
    pub(crate) quantity: u32,
    pub(crate) is_replayed: bool,
}

/// What the gate needs to judge orders.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) orders: Vec<Order>,
    pub(crate) clock: UnixNanos,
    /// Current marks, and after [`Case::see_open`] those from before the trade date's open.
    pub(crate) marks: Vec<(ContractSymbol, Mark)>,
    /// Open of the clock's trade date, with the contracts that may have been held over it.
    pub(crate) day_open: Option<(UnixNanos, BTreeSet<ContractSymbol>)>,
    pub(crate) report_sequence: u64,
    pub(crate) policy_sha256: Sha256,
}

impl Case {
    /// Adds the last marks at or before the open of the clock's trade date: the gate counts the date's loss from there.
    /// They come from the bars, so they are the same however often, and however late, the gate is asked.
    pub(crate) fn see_open(&mut self, market: &Market) {
        let Some((open, contracts)) = &self.day_open else { return };
        // Between two trade dates the next one's open is still to come, and nothing after the clock may be told.
        let at = self.clock.min(*open);
        for contract in contracts {
            let mark = market.tapes.get(contract).and_then(|tape| tape.last_complete(at));
            let Some((price, time)) = mark else { continue };
            let is_current = self.marks.iter().any(|(known, mark)| known == contract && mark.time == time);
            if !is_current {
                self.marks.push((*contract, Mark { price, time }));
            }
        }
    }
}

/// An order before the gate is asked: new, or answered before.
#[derive(Debug)]
pub(crate) enum Prepared<T> {
    Answered(Answered),
    Case(Case, T),
}

/// What to do with orders that the gate has (or has not) judged.
#[derive(Debug)]
pub(crate) enum Settlement {
    /// All were allowed and their permits hold.
    Accept,
    /// At least one was not; a text for each.
    Refuse(Vec<String>),
}

/// A moved clock.
#[derive(Debug)]
pub(crate) struct Moved {
    pub(crate) clock: UnixNanos,
    pub(crate) reports: Vec<Report>,
    pub(crate) equity: Vec<EquityPoint>,
}

/// A cancelled order.
#[derive(Debug)]
pub(crate) struct Canceled {
    /// The order's latest report.
    pub(crate) latest: Option<Report>,
    /// What the cancel issued: nothing where it was sent again, two reports where the order is a leg of a roll.
    pub(crate) reports: Vec<Report>,
}

/// An account with what stands around it.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) account: String,
    pub(crate) clock: UnixNanos,
    pub(crate) view: AccountView,
    pub(crate) initial_margin: Option<Usd>,
    pub(crate) report_sequence: u64,
}
