//! Why an order is blocked: one closed list.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::permit::PermitClaims;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $label:literal),+ $(,)?) => {
        /// Reason of a BLOCK. The order of the list is the order in which reasons are given; the first is primary.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason { $($(#[$doc])* $name),+ }

        impl Reason {
            /// Every reason, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Label of the reason in metrics and logs.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label),+ }
            }
        }
    };
}

reasons! {
    /// The session is unknown.
    SessionUnknown = "session_unknown",
    /// The account is not the session's.
    AccountUnknown = "account_unknown",
    /// The same client_order_id was judged before with another order.
    DuplicateOrder = "duplicate_order",
    /// Time ran backwards within the session.
    TimeReversed = "time_reversed",
    /// Execution reports are missing: the book is not current.
    StateGap = "state_gap",
    /// The root is not in the allowlist or has no specification.
    InstrumentNotAllowed = "instrument_not_allowed",
    /// The contract does not exist or its trading has ended.
    ContractExpired = "contract_expired",
    /// The calendar does not answer for the event time.
    CalendarUnknown = "calendar_unknown",
    /// The market is closed at the event time.
    SessionClosed = "session_closed",
    /// The kill switch is engaged.
    KillSwitch = "kill_switch",
    /// A limit that the order must be held against is absent from the policy.
    LimitMissing = "limit_missing",
    /// The order exceeds the largest order size.
    MaxOrderQty = "max_order_qty",
    /// Position plus all working orders in the worst case exceed the contract limit.
    MaxContracts = "max_contracts",
    /// No mark for a contract that must be valued.
    NoMark = "no_mark",
    /// A mark is older than the policy allows.
    StaleMark = "stale_mark",
    /// The trade date's loss has reached the limit.
    DailyLoss = "daily_loss",
    /// An amount left the range of exact arithmetic.
    Overflow = "overflow",
    /// The decision could not be recorded.
    AuditUnavailable = "audit_unavailable",
    /// A fault inside the gate.
    Internal = "internal",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// One reason with its facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockReason {
    /// The reason.
    pub reason: Reason,
    /// The limit, the value now, the value with the order.
    pub detail: String,
}

impl BlockReason {
    /// A reason with its facts.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

/// The decision on one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Verdict {
    /// It may be executed under a permit with these claims.
    Allow(PermitClaims),
    /// It must not be executed; at least one reason, the first is primary.
    Block(Vec<BlockReason>),
}

impl Verdict {
    /// A BLOCK for one reason.
    pub fn block(reason: Reason, detail: impl Into<String>) -> Self {
        Self::Block(vec![BlockReason::new(reason, detail)])
    }

    /// Reasons of a BLOCK; none for an ALLOW.
    pub fn reasons(&self) -> &[BlockReason] {
        match self {
            Self::Allow(_) => &[],
            Self::Block(reasons) => reasons,
        }
    }
}
