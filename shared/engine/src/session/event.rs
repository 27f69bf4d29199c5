//! What happens in a session, as it is written down. A session is its opening and these events, nothing else.

use std::collections::BTreeMap;

use peaktrade_domain::{ContractSymbol, Price, Sha256, Side, TradeDate, UnixNanos, Usd};
use serde::{Deserialize, Serialize};

use super::report::Report;
use crate::fees::ExecutionTerms;
use crate::order::Order;

/// What a session starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Session.
    pub session_id: String,
    /// Its one account.
    pub account: String,
    /// Starting cash, above zero.
    pub cash: Usd,
    /// Dataset whose contracts are traded.
    pub dataset_id: String,
    /// Instant at which the clock is parked.
    pub clock: UnixNanos,
    /// Trade date of the clock, the next one where the market is closed.
    pub trade_date: TradeDate,
    /// Contracts that can be traded.
    pub instruments: BTreeMap<ContractSymbol, Instrument>,
    /// Marks at the clock.
    pub marks: BTreeMap<ContractSymbol, Mark>,
    /// Policy of the gate under which every permit must have been given.
    pub policy_sha256: Sha256,
    /// Fee file in force.
    pub fees_sha256: Sha256,
    /// Margin file in force.
    pub margins_sha256: Sha256,
}

/// Terms of a contract that a session trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    /// Dollars per index point.
    pub multiplier: Usd,
    /// Smallest price step.
    pub tick: Price,
    /// First instant at which it no longer trades.
    pub last_trade_time: UnixNanos,
}

/// A price and when it was current.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Close of a complete bar, or the open at which a fill happened; never an adjusted price.
    pub price: Price,
    /// Instant at which it was current.
    pub time: UnixNanos,
}

/// What the risk gate said of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Its decision; `None` where the order was refused without one.
    pub decision: Option<Decision>,
    /// Its reasons where it blocked, the first is primary.
    pub reasons: Vec<Reason>,
}

/// Decision of the risk gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Decision {
    /// The order may be executed.
    Allow,
    /// It must not.
    Block,
}

/// One reason of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Name from the gate's closed list. Example: "MAX_CONTRACTS".
    pub name: String,
    /// Facts.
    pub detail: String,
}

/// Reports that answered a request: `first` to `last`, both inclusive; none where `last` is below `first`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// First sequence.
    pub first: u64,
    /// Last sequence.
    pub last: u64,
}

/// An order as it was taken in, accepted or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRecord {
    /// Session's number of the order, counted from 1.
    pub order_id: u64,
    /// The order.
    pub order: Order,
    /// What the gate said.
    pub verdict: Verdict,
    /// Leg of a roll.
    pub leg: Option<RollLeg>,
    /// Terms under which it works; `None` where it was refused.
    pub terms: Option<WorkingTerms>,
    /// Reports that answered its submission.
    pub answer: Span,
}

/// Terms of an accepted order, fixed when it is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingTerms {
    /// First instant at which it no longer works.
    pub expires_at: UnixNanos,
    /// Whether it ends because trading in the contract ends, not because the trade date does.
    pub ends_with_contract: bool,
    /// Fee of each contract.
    pub fee_per_contract: Usd,
    /// Slippage and volume share.
    pub execution: ExecutionTerms,
}

/// Which leg of which roll an order is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollLeg {
    /// Key of the roll.
    pub roll_id: String,
    /// Closing or opening.
    pub role: LegRole,
}

/// What a leg does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LegRole {
    /// Closes the position in the old contract.
    Close,
    /// Opens the same position in the new one.
    Open,
}

/// A roll as it was asked for and answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollRecord {
    /// Caller's key.
    pub roll_id: String,
    /// Contract held.
    pub from: ContractSymbol,
    /// Contract to hold instead.
    pub to: ContractSymbol,
    /// Contracts held, 0 where nothing was.
    pub quantity: u32,
    /// Side of the closing leg.
    pub close_side: Side,
    /// The gate's reasons where it blocked a leg.
    pub reasons: Vec<Reason>,
    /// Reports that answered it.
    pub answer: Span,
}

/// Start of a trade date, from which its profit and loss counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayOpen {
    /// Trade date.
    pub trade_date: TradeDate,
    /// Equity at its open.
    pub equity: Usd,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// An order was taken in.
    OrderRecorded(OrderRecord),
    /// A roll was taken in.
    RollRecorded(RollRecord),
    /// A price became the mark of a contract within a bar.
    Marked {
        /// Contract.
        contract: ContractSymbol,
        /// The mark.
        mark: Mark,
    },
    /// A report was issued; the state of orders and account follows from these.
    Reported(Report),
    /// The clock moved.
    ClockMoved {
        /// The clock now.
        clock: UnixNanos,
        /// Trade date in which it stands.
        day: DayOpen,
        /// All marks now.
        marks: BTreeMap<ContractSymbol, Mark>,
    },
    /// The session ended.
    Closed {
        /// Reports that answered the request.
        answer: Span,
    },
}
