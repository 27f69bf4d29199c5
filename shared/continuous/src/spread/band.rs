//! Which spreads are plausible. A bound refuses and never repairs: it changes no dataset, so it is no part of an identity.

use peaktrade_domain::{ContractSymbol, Price, SpreadMethod, UnixNanos};

use super::{Dispersion, RollEvidence};

/// Basis points in the whole.
const WHOLE: i128 = 10_000;

/// Deviations that a spread may lie from the median of the common minutes: half of all minutes are within one, and no
/// honest minute of a liquid roll is beyond this many.
const DEVIATIONS_MAX: i128 = 8;

/// Bounds of a plausible spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpreadBand {
    /// Largest distance of the spread from zero, of either sign, in basis points of the old contract's price. Interest
    /// less dividends over a quarter is below 2 percent; a quarter that is left out doubles it.
    pub price_basis_points: u32,
    /// Distance from the median of the common minutes that is allowed in any case, in basis points of the old contract's
    /// price; beyond it 8 median deviations are. Not asked of `peak_trade`, whose spread holds the market's move.
    pub median_basis_points: u32,
}

/// A spread that is not plausible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BandError {
    /// Too far from zero.
    #[error(
        "roll {from} -> {to} at {roll_ts}: the spread {spread} of {from_price} at {from_time} and {to_price} at {to_time} is outside the band of -{bound} to {bound}, {basis_points} basis points of the price"
    )]
    Price {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// The spread.
        spread: Price,
        /// Old contract's price.
        from_price: Price,
        /// Its time.
        from_time: UnixNanos,
        /// New contract's price.
        to_price: Price,
        /// Its time.
        to_time: UnixNanos,
        /// Largest distance from zero.
        bound: Price,
        /// The same in basis points.
        basis_points: u32,
    },
    /// Too far from what the minutes before the roll say.
    #[error(
        "roll {from} -> {to} at {roll_ts}: the spread {spread} of {from_price} and {to_price} at {from_time} is {distance} from the median {median} of the common minutes from {first_time} to {last_time}; {bound} is allowed, the larger of {basis_points} basis points of the price and 8 median deviations of {deviation}"
    )]
    Median {
        /// Contract rolled out of.
        from: ContractSymbol,
        /// Contract rolled into.
        to: ContractSymbol,
        /// The roll.
        roll_ts: UnixNanos,
        /// The spread.
        spread: Price,
        /// Old contract's price.
        from_price: Price,
        /// New contract's price.
        to_price: Price,
        /// Time of both.
        from_time: UnixNanos,
        /// Distance from the median.
        distance: Price,
        /// The median.
        median: Price,
        /// Open of the oldest of the minutes.
        first_time: UnixNanos,
        /// Open of the newest of the minutes.
        last_time: UnixNanos,
        /// Distance allowed.
        bound: Price,
        /// The part of it in basis points.
        basis_points: u32,
        /// Median deviation of the minutes.
        deviation: Price,
    },
}

impl SpreadBand {
    /// 3 percent of the price, and a tenth of a percent around the median.
    pub const STANDARD: Self = Self { price_basis_points: 300, median_basis_points: 10 };

    /// Checks a spread against the price and against the common minutes where there are enough of them. Minutes of which
    /// the newest is older than the policy's bound are left out: they would hold the spread to another day's.
    ///
    /// # Errors
    /// Where it is outside, with pair, times, values and band.
    pub fn check(
        &self,
        roll: &RollEvidence,
        dispersion: Option<&Dispersion>,
        max_stale_session_minutes: u32,
    ) -> Result<(), Box<BandError>> {
        let price = i128::from(roll.from_price.nanos()).abs();
        let share = |basis_points: u32| price * i128::from(basis_points) / WHOLE;
        let spread = i128::from(roll.spread.nanos());
        let bound = share(self.price_basis_points);
        if spread.abs() > bound {
            return Err(Box::new(BandError::Price {
                from: roll.from,
                to: roll.to,
                roll_ts: roll.roll_ts,
                spread: roll.spread,
                from_price: roll.from_price,
                from_time: roll.spread_time,
                to_price: roll.to_price,
                to_time: roll.to_time,
                bound: narrow(bound),
                basis_points: self.price_basis_points,
            }));
        }
        let speaks = |dispersion: &&Dispersion| {
            roll.method != SpreadMethod::PeakTrade && dispersion.is_within(max_stale_session_minutes)
        };
        let Some(dispersion) = dispersion.filter(speaks) else { return Ok(()) };
        let distance = (spread - i128::from(dispersion.minutes.median.nanos())).abs();
        let scatter = DEVIATIONS_MAX * i128::from(dispersion.deviation.nanos());
        let bound = share(self.median_basis_points).max(scatter);
        if distance <= bound {
            return Ok(());
        }
        Err(Box::new(BandError::Median {
            from: roll.from,
            to: roll.to,
            roll_ts: roll.roll_ts,
            spread: roll.spread,
            from_price: roll.from_price,
            to_price: roll.to_price,
            from_time: roll.spread_time,
            distance: narrow(distance),
            median: dispersion.minutes.median,
            first_time: dispersion.minutes.first_time,
            last_time: dispersion.minutes.last_time,
            bound: narrow(bound),
            basis_points: self.median_basis_points,
            deviation: dispersion.deviation,
        }))
    }
}

/// For display: a bound beyond the range of prices is as good as the end of the range.
fn narrow(nanos: i128) -> Price {
    Price::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}
