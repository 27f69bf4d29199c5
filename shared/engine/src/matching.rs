//! What one bar gives to a market order. Never flattering: the fill is the bar's open made worse by slippage, inside the
//! bar's range, for a share of the bar's volume.

use peaktrade_domain::{Price, Side, UnixNanos};
use serde::{Deserialize, Serialize};

use crate::fees::ExecutionTerms;

/// Length of a bar: all bars are minutes, stamped at their open.
pub const BAR_NANOS: i64 = UnixNanos::MINUTE;

/// One raw contract bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// First instant of the bar.
    pub open_time: UnixNanos,
    /// First price.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Last price.
    pub close: Price,
    /// Contracts traded.
    pub volume: u64,
}

/// What an order wants from a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Buy or sell.
    pub side: Side,
    /// Contracts still working.
    pub leaves: u32,
    /// Contracts that the session has already taken from this bar.
    pub taken: u32,
    /// Whether an earlier bar filled a part of the order.
    pub is_carried: bool,
}

/// The rule that produced a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillRule {
    /// Open of the first bar with volume, plus slippage.
    MarketNextOpen,
    /// The same, where slippage would have left the bar's range and its edge counts.
    MarketNextOpenClamped,
    /// Open of a later bar for what the volume share of earlier ones left, plus slippage.
    MarketCarriedOpen,
    /// The same, where slippage would have left the bar's range and its edge counts.
    MarketCarriedOpenClamped,
}

impl FillRule {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MarketNextOpen => "market_next_open",
            Self::MarketNextOpenClamped => "market_next_open_clamped",
            Self::MarketCarriedOpen => "market_carried_open",
            Self::MarketCarriedOpenClamped => "market_carried_open_clamped",
        }
    }
}

/// Contracts at a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Contracts, at least 1.
    pub quantity: u32,
    /// Price, within the bar's range.
    pub price: Price,
    /// Rule that produced it.
    pub rule: FillRule,
}

/// The most that one session may take from a bar: the share of its volume rounded down, but one contract where there is
/// volume at all; otherwise an order in a thin back month would never end.
pub fn volume_cap(volume: u64, terms: ExecutionTerms) -> u32 {
    if volume == 0 {
        return 0;
    }
    let share = u128::from(volume) * u128::from(terms.volume_share_percent) / 100;
    u32::try_from(share.max(1)).unwrap_or(u32::MAX)
}

/// Fills a market order at a bar's open; `None` where the bar has no volume left for it.
pub fn fill_at_open(bar: &Bar, demand: Demand, terms: ExecutionTerms, tick: Price) -> Option<Fill> {
    let quantity = demand.leaves.min(volume_cap(bar.volume, terms).saturating_sub(demand.taken));
    if quantity == 0 {
        return None;
    }
    let slipped = tick
        .checked_mul(i64::from(terms.slippage_ticks) * demand.side.sign())
        .and_then(|slippage| bar.open.checked_add(slippage));
    // A price beyond the range of integers is beyond the bar's range too.
    let edge = match demand.side {
        Side::Buy => bar.high,
        Side::Sell => bar.low,
    };
    let price = slipped.unwrap_or(edge).clamp(bar.low, bar.high);
    let rule = match (demand.is_carried, slipped == Some(price)) {
        (false, true) => FillRule::MarketNextOpen,
        (false, false) => FillRule::MarketNextOpenClamped,
        (true, true) => FillRule::MarketCarriedOpen,
        (true, false) => FillRule::MarketCarriedOpenClamped,
    };
    Some(Fill { quantity, price, rule })
}

#[cfg(test)]
mod tests {
    use super::{Bar, Demand, ExecutionTerms, fill_at_open};
    use peaktrade_domain::{Side, UnixNanos};

    const BUY: Demand = Demand { side: Side::Buy, leaves: 3, taken: 0, is_carried: false };
    const SELL: Demand = Demand { side: Side::Sell, ..BUY };

    /// `bar` is open, high, low, close and volume; `terms` slippage ticks and volume share; tick 0.25.
    fn check(bar: [&str; 5], terms: (u32, u32), demand: Demand, expected: Option<(u32, &str, &str)>) {
        let bar = Bar {
            open_time: UnixNanos::from_nanos(0),
            open: bar[0].parse().unwrap(),
            high: bar[1].parse().unwrap(),
            low: bar[2].parse().unwrap(),
            close: bar[3].parse().unwrap(),
            volume: bar[4].parse().unwrap(),
        };
        let terms = ExecutionTerms { slippage_ticks: terms.0, volume_share_percent: terms.1 };
        let fill = fill_at_open(&bar, demand, terms, "0.25".parse().unwrap());
        let found = fill.map(|fill| (fill.quantity, fill.price.to_string(), fill.rule.name()));
        let expected = expected.map(|(quantity, price, rule)| (quantity, price.to_owned(), rule));
        assert_eq!(found, expected, "{bar:?} {terms:?} {demand:?}");
    }

    #[test]
    fn slippage_works_against_the_trader_and_stays_in_the_bar() {
        let bar = ["100", "101", "99", "100.5", "100"];
        check(bar, (0, 10), BUY, Some((3, "100", "market_next_open")));
        check(bar, (1, 10), BUY, Some((3, "100.25", "market_next_open")));
        check(bar, (1, 10), SELL, Some((3, "99.75", "market_next_open")));
        check(bar, (4, 10), BUY, Some((3, "101", "market_next_open")));
        check(bar, (5, 10), BUY, Some((3, "101", "market_next_open_clamped")));
        check(bar, (5, 10), SELL, Some((3, "99", "market_next_open_clamped")));
        // A bar that opened on its high gives no room above it.
        check(["100", "100", "98", "98", "100"], (1, 10), BUY, Some((3, "100", "market_next_open_clamped")));
        let carried = Demand { is_carried: true, ..SELL };
        check(bar, (1, 10), carried, Some((3, "99.75", "market_carried_open")));
        check(bar, (9, 10), carried, Some((3, "99", "market_carried_open_clamped")));
    }

    #[test]
    fn volume_caps_quantity() {
        let bar = |volume| ["100", "101", "99", "100.5", volume];
        check(bar("0"), (1, 100), BUY, None);
        check(bar("1"), (1, 1), BUY, Some((1, "100.25", "market_next_open")));
        check(bar("19"), (1, 10), BUY, Some((1, "100.25", "market_next_open")));
        check(bar("20"), (1, 10), BUY, Some((2, "100.25", "market_next_open")));
        check(bar("2"), (1, 100), BUY, Some((2, "100.25", "market_next_open")));
        check(bar("40"), (1, 10), Demand { taken: 2, ..BUY }, Some((2, "100.25", "market_next_open")));
        check(bar("40"), (1, 10), Demand { taken: 4, ..BUY }, None);
        check(bar("18446744073709551615"), (1, 100), BUY, Some((3, "100.25", "market_next_open")));
    }

    #[test]
    fn a_price_at_the_edge_of_the_integers_is_clamped() {
        let max = "9223372036.75";
        check([max, max, "1", "2", "100"], (1, 100), BUY, Some((3, max, "market_next_open_clamped")));
        let min = "-9223372036.75";
        check([min, "1", min, "1", "100"], (1, 100), SELL, Some((3, min, "market_next_open_clamped")));
    }
}
