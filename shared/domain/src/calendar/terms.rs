//! Dated terms that a calendar answers with: contract specifications, margins, fees, price limits, lead rules.

use serde::{Deserialize, Serialize};

use crate::{ContractRoot, Price, TradeDate, Usd};

/// How sure a row of the file is, from the surest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Stated by the exchange for the date.
    Exchange,
    /// Agreed by independent sources and the exchange's general rules.
    Reconciled,
    /// Told by one source that is not the exchange.
    Secondary,
    /// Assumed; no source settles it.
    Unverified,
    /// Follows from the rules for a time that the exchange has not published yet.
    Projected,
}

/// Terms of a product root from a trade date on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractSpec {
    /// Product root.
    pub root: ContractRoot,
    /// Exchange. Example: "CME".
    pub exchange: String,
    /// Settlement currency. Example: "USD".
    pub currency: String,
    /// US dollars per index point.
    pub multiplier: Usd,
    /// Smallest price step.
    pub tick: Price,
    /// Smallest step of a calendar spread.
    pub spread_tick: Price,
    /// First trade date of the product.
    pub first_trade_date: TradeDate,
    /// First trade date on which these terms hold; the product's first one for its first terms.
    pub effective_from: TradeDate,
    /// Size in units of the family's largest contract, as (numerator, denominator): NQ (1, 1), MNQ (1, 10).
    pub family_weight: (u32, u32),
    /// Root of the family's largest contract: NQ for NQ and MNQ.
    pub family: ContractRoot,
    /// Which contracts are listed at one time, in words.
    pub listing_rule: String,
    /// Where the terms come from.
    pub source: String,
    /// How sure the row is, the listing rule apart.
    pub confidence: Confidence,
    /// How sure the listing rule is.
    pub listing_confidence: Confidence,
}

/// Margins of one contract from a trade date until the root's next row, in US dollars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarginRow {
    /// First trade date of the row.
    pub effective_from: TradeDate,
    /// Margin that a new position needs.
    pub initial: Usd,
    /// Margin that a position held over the session's end needs.
    pub maintenance: Usd,
    /// Margin of a position closed within its session; `None` where no source gives one.
    pub day: Option<Usd>,
    /// Where the row comes from.
    pub source: String,
    /// How sure the row is.
    pub confidence: Confidence,
}

/// Fees of the exchange and the regulator per contract and side, from a trade date until the root's next row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeFeeRow {
    /// First trade date of the row.
    pub effective_from: TradeDate,
    /// Fee of the exchange for a non-member, clearing included, US dollars.
    pub exchange: Usd,
    /// Fee of the National Futures Association, US dollars.
    pub nfa: Usd,
    /// Where the row comes from.
    pub source: String,
    /// How sure the row is.
    pub confidence: Confidence,
}

/// When the exchange calls the next contract the lead month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadRule {
    /// The Thursday eight days before the third Friday of the expiring contract's month.
    ThursdayEightDaysBeforeExpiry,
    /// The Monday before that third Friday.
    MondayBeforeThirdFriday,
}

/// Price limits from a trade date until the next row. Percentages are of the cash index' close, applied to the futures
/// fixing of the trade date before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceLimitEra {
    /// First trade date of the row.
    pub from: TradeDate,
    /// Upward and downward limit of the evening and the night.
    pub overnight_percent: u32,
    /// When it applies, Chicago time. Example: "17:00 to 08:30".
    pub overnight_applies: String,
    /// Successive downward limits of the regular hours, in rising order. Example: 7, 13, 20.
    pub regular_percents: Vec<u32>,
    /// When they apply, Chicago time. Example: "08:30 to 14:25".
    pub regular_applies: String,
    /// The downward limit of the last part of the regular hours.
    pub last_hour_percent: u32,
    /// When it applies, Chicago time. Example: "14:25 to 15:00".
    pub last_hour_applies: String,
    /// Upward and downward limit after the regular hours, of the afternoon's fixing, downwards never below the day's
    /// last limit; `None` where no source gives one.
    pub after_close_percent: Option<u32>,
    /// When it applies, Chicago time. Example: "15:00 to the close".
    pub after_close_applies: String,
    /// Where the row comes from.
    pub source: String,
    /// How sure the limits are; see [`PriceLimitEra::confidence_on`] for a trade date.
    pub confidence: Confidence,
    /// First and last trade date on which the row may have begun, where that is not settled.
    pub begins_between: Option<(TradeDate, TradeDate)>,
    /// As `begins_between` for the row after this one.
    pub ends_between: Option<(TradeDate, TradeDate)>,
}

impl PriceLimitEra {
    /// How sure it is that the limits were in force on a trade date: `Unverified` where the change to them or from them
    /// may lie on either side of it, else the row's own confidence.
    pub fn confidence_on(&self, trade_date: TradeDate) -> Confidence {
        let mut unsettled = [self.begins_between, self.ends_between].into_iter().flatten();
        let is_unsettled = unsettled.any(|(first, last)| first <= trade_date && trade_date <= last);
        if is_unsettled { Confidence::Unverified } else { self.confidence }
    }
}

impl Confidence {
    /// The name in the file and in replies.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Reconciled => "reconciled",
            Self::Secondary => "secondary",
            Self::Unverified => "unverified",
            Self::Projected => "projected",
        }
    }

    /// Whether a reader must be warned: nothing confirms the row yet.
    pub const fn is_unconfirmed(self) -> bool {
        match self {
            Self::Unverified | Self::Projected => true,
            Self::Exchange | Self::Reconciled | Self::Secondary => false,
        }
    }
}

impl LeadRule {
    /// The name in the file and in replies.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ThursdayEightDaysBeforeExpiry => "thursday_eight_days_before_expiry",
            Self::MondayBeforeThirdFriday => "monday_before_third_friday",
        }
    }
}
