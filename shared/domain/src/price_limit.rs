//! Price limits of equity-index futures: where the exchange stops prices, from one fixing to the next.

use crate::{Price, PriceLimitEra};

/// Prices that are refused beyond, while the limit applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceLimit {
    /// When it applies, Chicago time. Example: "08:30 to 14:25".
    pub applies: String,
    /// Percentage of the cash index' close.
    pub percent: u32,
    /// Lowest price on the tick grid that may trade.
    pub lower: Price,
    /// Highest price on the tick grid that may trade; `None` where there is no upward limit.
    pub upper: Option<Price>,
}

/// Why price limits cannot be worked out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceLimitError {
    /// A price or a step that must be above zero.
    #[error("{what} {value} is not above zero")]
    NotPositive {
        /// Which input. Example: "fixing".
        what: &'static str,
        /// The value as given.
        value: Price,
    },
    /// No fixing lies there.
    #[error("fixing {fixing} is not a multiple of {step}, as every fixing is; a final settlement is no fixing")]
    FixingOffGrid {
        /// The fixing as given.
        fixing: Price,
        /// Smallest step of a calendar spread.
        step: Price,
    },
    /// No percentage of a limit.
    #[error("limit of {percent} % is not 1 to 99")]
    Percent {
        /// The percentage as given.
        percent: u32,
    },
    /// The fixing and the cash index do not belong together, or a price leaves its range.
    #[error(
        "limit of {percent} % of the cash index' close {cash_index_close} around the fixing {fixing} is no price above zero below 9223372036"
    )]
    NoPrice {
        /// Percentage of the limit.
        percent: u32,
        /// The fixing as given.
        fixing: Price,
        /// The cash index' close as given.
        cash_index_close: Price,
    },
    /// Nothing trades below the limit of the day, a fixing neither.
    #[error("fixing {fixing} lies below the day's lower limit {lower}")]
    FixingBelowDay {
        /// The fixing as given.
        fixing: Price,
        /// Lower limit of the day.
        lower: Price,
    },
}

/// The limits from a fixing until the next one, in order of time: the night's, the successive downward ones of the
/// regular hours, and that of their last part.
///
/// A limit lies floor(percent of the cash index' close, to the tick) away from the fixing of the futures: the
/// percentage is of the cash index, not of the future. Where a fixing lies between two ticks, as that of a second
/// month may, the limit is the last tick that it leaves tradable.
///
/// `tick` and `spread_tick` are those of the terms in force. A fixing is a settlement price: a tick of the lead month, or
/// that plus a calendar spread in its finer steps.
///
/// What applies after the next fixing is [`after_close_limit`].
///
/// # Errors
/// Where an input is not above zero, the fixing is no multiple of `spread_tick`, a percentage is not 1 to 99, or a limit
/// is not above zero.
///
/// ```
/// use peaktrade_domain::{Calendar, Price, price_limits};
///
/// let price = |text: &str| text.parse::<Price>().unwrap();
/// let calendar = Calendar::shipped();
/// let era = calendar.price_limit_era("2025-04-07".parse().unwrap()).unwrap();
/// let limits = price_limits(era, price("17539"), price("17397.70"), price("0.25"), price("0.05")).unwrap();
/// let lowers: Vec<String> = limits.iter().map(|limit| format!("{}: {}", limit.applies, limit.lower)).collect();
/// assert_eq!(lowers[1], "08:30 to 14:25: 16321.25");
/// ```
pub fn price_limits(
    era: &PriceLimitEra,
    fixing: Price,
    cash_index_close: Price,
    tick: Price,
    spread_tick: Price,
) -> Result<Vec<PriceLimit>, PriceLimitError> {
    let base = Base::check(fixing, cash_index_close, tick, spread_tick)?;
    let night = base.both_ways(&era.overnight_applies, era.overnight_percent);
    let regular = era.regular_percents.iter().map(|percent| base.down(&era.regular_applies, *percent));
    let last = base.down(&era.last_hour_applies, era.last_hour_percent);
    std::iter::once(night).chain(regular).chain(std::iter::once(last)).collect()
}

/// The limit from the afternoon's fixing until the close of the same trade date; `None` where the era has none.
///
/// `day` is the limit of the last part of the regular hours, worked out from the fixing before: the lower limit is the
/// higher of the two.
///
/// # Errors
/// As [`price_limits`], and where the fixing lies below the day's lower limit.
pub fn after_close_limit(
    era: &PriceLimitEra,
    fixing: Price,
    cash_index_close: Price,
    tick: Price,
    spread_tick: Price,
    day: &PriceLimit,
) -> Result<Option<PriceLimit>, PriceLimitError> {
    let base = Base::check(fixing, cash_index_close, tick, spread_tick)?;
    if fixing < day.lower {
        return Err(PriceLimitError::FixingBelowDay { fixing, lower: day.lower });
    }
    let Some(percent) = era.after_close_percent else {
        return Ok(None);
    };
    let limit = base.both_ways(&era.after_close_applies, percent)?;
    Ok(Some(PriceLimit { lower: limit.lower.max(day.lower), ..limit }))
}

/// What limits are measured from: all above zero.
struct Base {
    fixing: Price,
    cash_index_close: Price,
    tick: Price,
}

impl Base {
    fn check(fixing: Price, cash_index_close: Price, tick: Price, spread_tick: Price) -> Result<Self, PriceLimitError> {
        let steps = [("tick", tick), ("spread tick", spread_tick)];
        for (what, value) in [("fixing", fixing), ("cash index' close", cash_index_close)].into_iter().chain(steps) {
            if value <= Price::ZERO {
                return Err(PriceLimitError::NotPositive { what, value });
            }
        }
        if !fixing.is_on_tick(spread_tick) {
            return Err(PriceLimitError::FixingOffGrid { fixing, step: spread_tick });
        }
        Ok(Self { fixing, cash_index_close, tick })
    }

    fn both_ways(&self, applies: &str, percent: u32) -> Result<PriceLimit, PriceLimitError> {
        let above = i128::from(self.fixing.nanos()) + self.offset(percent)?;
        let upper = self.price(percent, above.div_euclid(self.tick_nanos()) * self.tick_nanos())?;
        Ok(PriceLimit { upper: Some(upper), ..self.down(applies, percent)? })
    }

    fn down(&self, applies: &str, percent: u32) -> Result<PriceLimit, PriceLimitError> {
        let below = i128::from(self.fixing.nanos()) - self.offset(percent)?;
        // Rounded up: the tick below would lie beyond the limit.
        let lower = self.price(percent, -(-below).div_euclid(self.tick_nanos()) * self.tick_nanos())?;
        Ok(PriceLimit { applies: applies.to_owned(), percent, lower, upper: None })
    }

    /// Distance of the limit from the fixing: whole ticks, rounded down once, from the exact percentage.
    fn offset(&self, percent: u32) -> Result<i128, PriceLimitError> {
        if !(1..=99).contains(&percent) {
            return Err(PriceLimitError::Percent { percent });
        }
        let hundredfold = i128::from(self.cash_index_close.nanos()) * i128::from(percent);
        Ok(hundredfold / (100 * self.tick_nanos()) * self.tick_nanos())
    }

    fn price(&self, percent: u32, nanos: i128) -> Result<Price, PriceLimitError> {
        let (fixing, cash_index_close) = (self.fixing, self.cash_index_close);
        i64::try_from(nanos)
            .map(Price::from_nanos)
            .ok()
            .filter(|price| *price > Price::ZERO)
            .ok_or(PriceLimitError::NoPrice { percent, fixing, cash_index_close })
    }

    fn tick_nanos(&self) -> i128 {
        i128::from(self.tick.nanos())
    }
}
