//! Execution reports with FIX names.

use peaktrade_domain::{ContractSymbol, Price, Side, TradeDate, UnixNanos, Usd};
use serde::{Deserialize, Serialize};

use crate::matching::FillRule;

/// Why a report was sent (FIX tag 150).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExecType {
    /// The order was accepted and works.
    New,
    /// The order was cancelled.
    Canceled,
    /// The order was refused.
    Rejected,
    /// The order ended with its trade date or its contract.
    Expired,
    /// Contracts were filled.
    Trade,
}

/// State of an order (FIX tag 39).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrdStatus {
    /// Accepted, nothing filled.
    New,
    /// Some contracts filled, some still working.
    PartiallyFilled,
    /// All contracts filled.
    Filled,
    /// Cancelled.
    Canceled,
    /// Refused.
    Rejected,
    /// Ended with its trade date or its contract.
    Expired,
}

impl OrdStatus {
    /// Whether nothing can happen to the order any more.
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::New | Self::PartiallyFilled => false,
            Self::Filled | Self::Canceled | Self::Rejected | Self::Expired => true,
        }
    }

    /// Lower-case name for metric labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::PartiallyFilled => "partially_filled",
            Self::Filled => "filled",
            Self::Canceled => "canceled",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
        }
    }
}

/// One step in the life of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Position in the session's reports, counted from 1 without holes.
    pub sequence: u64,
    /// Account of the order.
    pub account: String,
    /// Caller's key of the order.
    pub client_order_id: String,
    /// Session's number of the order, counted from 1.
    pub order_id: u64,
    /// Why the report was sent.
    pub exec_type: ExecType,
    /// State after it.
    pub ord_status: OrdStatus,
    /// Contract.
    pub contract: ContractSymbol,
    /// Buy or sell.
    pub side: Side,
    /// Contracts ordered.
    pub order_quantity: u32,
    /// Contracts still working: ordered minus filled while the order lives, 0 in a terminal state.
    pub leaves: u32,
    /// Contracts filled so far.
    pub filled: u32,
    /// Sum over the fills of price in 1e-9 points times contracts; with `filled` the exact average price.
    pub filled_value: i128,
    /// The fill of a TRADE; `None` otherwise.
    pub trade: Option<Trade>,
    /// Event time.
    pub event_time: UnixNanos,
    /// Trade date of the event time, the next one where the market is closed.
    pub trade_date: TradeDate,
    /// Why the order was refused, cancelled or ended early; empty otherwise.
    pub text: String,
    /// Key that links the two legs of a rolled position.
    pub roll_id: Option<String>,
}

/// What a TRADE filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// Contracts.
    pub quantity: u32,
    /// Price.
    pub price: Price,
    /// Fee for all of them.
    pub fee: Usd,
    /// Rule that produced the fill.
    pub rule: FillRule,
}
