//! The built-in strategy: a crossover of two simple moving averages of closes, in whole numbers only.

use std::collections::VecDeque;

use serde::Serialize;

/// Parameters of the crossover; part of a run's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CrossoverParameters {
    /// Bars of the fast average, at least 1.
    fast_bars: u32,
    /// Bars of the slow average, more than `fast_bars`.
    slow_bars: u32,
    /// Contracts held long above and short below the slow average, at least 1.
    position_contracts: u32,
}

/// Parameters that make no strategy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParameterError {
    /// The averages are not ordered.
    #[error("fast {fast_bars} and slow {slow_bars}: bars must satisfy 1 <= fast < slow <= {SLOW_BARS_MAX}")]
    Bars {
        /// Bars of the fast average.
        fast_bars: u32,
        /// Bars of the slow average.
        slow_bars: u32,
    },
    /// No position, or one beyond any contract limit.
    #[error("position {position_contracts}: contracts must lie between 1 and {POSITION_CONTRACTS_MAX}")]
    Position {
        /// Contracts asked for.
        position_contracts: u32,
    },
}

/// Most bars of the slow average: more than a year of one-minute bars is a mistake, and the window is kept in memory.
const SLOW_BARS_MAX: u32 = 400_000;
/// Most contracts of the target position; the wire's limit for one order.
const POSITION_CONTRACTS_MAX: u32 = 100_000;

impl CrossoverParameters {
    /// What the demo and `replay` use where nothing else is said: 30 and 120 bars, two contracts.
    pub(crate) const BUILT_IN: Self = Self { fast_bars: 30, slow_bars: 120, position_contracts: 2 };

    /// Checked parameters.
    pub(crate) const fn new(fast_bars: u32, slow_bars: u32, position_contracts: u32) -> Result<Self, ParameterError> {
        if fast_bars == 0 || fast_bars >= slow_bars || slow_bars > SLOW_BARS_MAX {
            return Err(ParameterError::Bars { fast_bars, slow_bars });
        }
        if position_contracts == 0 || position_contracts > POSITION_CONTRACTS_MAX {
            return Err(ParameterError::Position { position_contracts });
        }
        Ok(Self { fast_bars, slow_bars, position_contracts })
    }

    /// Bars of the fast average.
    pub(crate) const fn fast_bars(self) -> u32 {
        self.fast_bars
    }

    /// Bars of the slow average.
    pub(crate) const fn slow_bars(self) -> u32 {
        self.slow_bars
    }
}

/// The crossover as it runs over closes.
///
/// It compares averages of one window, so a constant added to every close changes nothing: the adjustment of later rolls,
/// which shifts all earlier closes alike, cannot reach a decision. A replay on a back-adjusted series therefore sees no
/// roll before it happens.
#[derive(Debug)]
pub(crate) struct Crossover {
    parameters: CrossoverParameters,
    closes: VecDeque<i64>,
    fast_sum: i128,
    slow_sum: i128,
    target: i64,
}

impl Crossover {
    /// A strategy that has seen nothing and wants no position.
    pub(crate) fn new(parameters: CrossoverParameters) -> Self {
        let capacity = usize::try_from(parameters.slow_bars).unwrap_or(0) + 1;
        Self { parameters, closes: VecDeque::with_capacity(capacity), fast_sum: 0, slow_sum: 0, target: 0 }
    }

    /// Takes the close of the next bar (1e-9 points) and answers the position wanted from now on, short ones negative.
    /// Before `slow_bars` closes it is 0; where the averages are equal the position stays.
    pub(crate) fn on_close(&mut self, close: i64) -> i64 {
        let fast_bars = self.parameters.fast_bars as usize;
        let slow_bars = self.parameters.slow_bars as usize;
        self.closes.push_back(close);
        self.fast_sum += i128::from(close);
        self.slow_sum += i128::from(close);
        if self.closes.len() > fast_bars {
            self.fast_sum -= i128::from(self.closes[self.closes.len() - 1 - fast_bars]);
        }
        if self.closes.len() > slow_bars
            && let Some(oldest) = self.closes.pop_front()
        {
            self.slow_sum -= i128::from(oldest);
        }
        if self.closes.len() < slow_bars {
            return 0;
        }
        // fast_sum / fast_bars against slow_sum / slow_bars without dividing: 2^63 x 400,000^2 is far below 2^127.
        let fast = self.fast_sum * i128::from(self.parameters.slow_bars);
        let slow = self.slow_sum * i128::from(self.parameters.fast_bars);
        let position = i64::from(self.parameters.position_contracts);
        self.target = match fast.cmp(&slow) {
            std::cmp::Ordering::Greater => position,
            std::cmp::Ordering::Less => -position,
            std::cmp::Ordering::Equal => self.target,
        };
        self.target
    }
}

#[cfg(test)]
mod tests {
    use super::{Crossover, CrossoverParameters};

    fn targets(fast: u32, slow: u32, closes: &[i64]) -> Vec<i64> {
        let mut strategy = Crossover::new(CrossoverParameters::new(fast, slow, 2).unwrap());
        closes.iter().map(|close| strategy.on_close(*close)).collect()
    }

    fn check(fast: u32, slow: u32, closes: &[i64], expected: &[i64]) {
        assert_eq!(targets(fast, slow, closes), expected, "fast {fast}, slow {slow}, closes {closes:?}");
    }

    #[test]
    fn follows_the_crossover() {
        check(1, 2, &[10], &[0]);
        // Averages of one and two bars: 20 over 15, then 5 under 12.5.
        check(1, 2, &[10, 20, 5], &[0, 2, -2]);
        // Equal averages keep what was held, and hold nothing at the start.
        check(1, 2, &[10, 10, 20, 20], &[0, 0, 2, 2]);
        // Fast of 2: (3, 4) over (1, 3, 4); (4, 1) = 2.5 under (3, 4, 1) = 2.67.
        check(2, 3, &[1, 3, 4, 1], &[0, 0, 2, -2]);
        check(1, 2, &[i64::MAX, i64::MAX, i64::MIN], &[0, 0, -2]);
    }

    #[test]
    fn a_constant_added_to_every_close_changes_no_decision() {
        // A walk without pattern; the seed stands here so that a failure can be repeated.
        let mut state = 7_u64;
        let closes: Vec<i64> = (0..2_000)
            .scan(20_000_i64, |price, _| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *price += i64::try_from(state >> 60).unwrap() - 7;
                Some(*price)
            })
            .collect();
        let plain = targets(30, 120, &closes);
        assert!(plain.contains(&2) && plain.contains(&-2), "the walk must cross");
        for shift in [203_500_000_000, -1_000_000_000_000, 1] {
            let shifted: Vec<i64> = closes.iter().map(|close| close + shift).collect();
            assert_eq!(targets(30, 120, &shifted), plain, "shift {shift}");
        }
    }

    #[test]
    fn parameters_that_make_no_strategy_are_refused() {
        for (fast, slow, position) in
            [(0, 10, 1), (10, 10, 1), (11, 10, 1), (1, 400_001, 1), (1, 2, 0), (1, 2, 100_001)]
        {
            assert!(CrossoverParameters::new(fast, slow, position).is_err(), "{fast} {slow} {position}");
        }
        assert!(CrossoverParameters::new(1, 400_000, 100_000).is_ok());
        let built_in = CrossoverParameters::BUILT_IN;
        assert_eq!(CrossoverParameters::new(built_in.fast_bars, built_in.slow_bars, 2), Ok(built_in));
    }
}
