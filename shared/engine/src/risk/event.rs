//! What the gate records. The book is the sum of these.

use peaktrade_domain::{Sha256, TradeDate, UnixNanos, Usd};
use serde::{Deserialize, Serialize};

use super::execution::Execution;
use super::reason::Verdict;
use super::{Mark, Order};

/// One recorded fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// A session has a fresh book.
    SessionOpened {
        /// Session.
        session_id: String,
        /// Its only account.
        account: String,
        /// Event time of its start.
        event_time: UnixNanos,
        /// Policy in force.
        policy_sha256: Sha256,
    },
    /// A trade date began for a session: profit and loss count from here, the loss latch is open.
    TradeDateOpened {
        /// Session.
        session_id: String,
        /// The trade date.
        trade_date: TradeDate,
        /// Last marks from before its open, from which what is held counts; of a contract without one the carry is
        /// pending.
        marks: Vec<Mark>,
    },
    /// The last marks from before the trade date's open became known after it had been opened.
    PositionsCarried {
        /// Session.
        session_id: String,
        /// Those that tell more than was known.
        marks: Vec<Mark>,
    },
    /// Marks came with an order.
    MarksSeen {
        /// Session.
        session_id: String,
        /// Those newer than the book's.
        marks: Vec<Mark>,
    },
    /// The daily loss reached its limit.
    LatchSet {
        /// Session.
        session_id: String,
        /// Trade date for which it is set.
        trade_date: TradeDate,
        /// Profit and loss of the trade date, in US dollars.
        pnl_usd: Usd,
    },
    /// An order was judged. An ALLOW reserves its quantity.
    OrderDecided {
        /// Number of the decision, counted from 1 without holes.
        sequence: u64,
        /// The order.
        order: Order,
        /// Event time of the order.
        event_time: UnixNanos,
        /// Last report that the broker had issued.
        report_sequence: u64,
        /// The decision.
        verdict: Verdict,
    },
    /// An ALLOW that the broker never took up was asked for again: it is void, and the order is judged anew.
    AllowWithdrawn {
        /// Session.
        session_id: String,
        /// Caller's key of the order.
        client_order_id: String,
    },
    /// The broker reported.
    ExecutionApplied {
        /// Session.
        session_id: String,
        /// The report.
        execution: Execution,
    },
    /// The kill switch was engaged, again or for the first time.
    KillEngaged {
        /// Who.
        operator: String,
        /// Why.
        reason: String,
    },
    /// The kill switch was released by its second step.
    KillReleased {
        /// Who.
        operator: String,
        /// Why.
        reason: String,
    },
}
