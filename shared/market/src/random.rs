//! Numbers from a seed, a stream and a position: splitmix64's finaliser, so that any minute can be computed by itself.

/// A seeded source of numbers that depends on nothing but its arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Random {
    seed: u64,
}

/// What a number is for; each use has a stream of its own, so that one use never shifts another.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    RegimeLength,
    RegimeDrift,
    OpeningGap,
    Step,
    SecondStep,
    Quote(u64),
    Reach(u64),
    Depth(u64),
    Volume(u64),
    Fraction(u64),
    /// A stream of the quarterly set, whose recipe gives the numbers.
    Recipe(u64),
}

impl Stream {
    /// Streams of contracts lie 100 apart, far from the index's.
    const fn number(self) -> u64 {
        match self {
            Self::RegimeLength => 1,
            Self::RegimeDrift => 2,
            Self::OpeningGap => 3,
            Self::Step => 4,
            Self::SecondStep => 5,
            Self::Quote(contract) => 100 + contract,
            Self::Reach(contract) => 200 + contract,
            Self::Depth(contract) => 300 + contract,
            Self::Volume(contract) => 400 + contract,
            Self::Fraction(contract) => 500 + contract,
            Self::Recipe(number) => number,
        }
    }
}

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A number from 0 to `count - 1`; the bias towards small numbers is below `count` / 2^64.
    pub(crate) const fn below(self, count: u64, stream: Stream, position: u64) -> i64 {
        // Every caller asks for fewer than 2^32, so the cast keeps the value.
        (self.bits(stream, position) % count) as i64
    }

    /// A number from `-reach` to `reach`.
    pub(crate) const fn within(self, reach: u32, stream: Stream, position: u64) -> i64 {
        self.below(2 * reach as u64 + 1, stream, position) - reach as i64
    }

    const fn bits(self, stream: Stream, position: u64) -> u64 {
        let z = self
            .seed
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(stream.number().wrapping_mul(0xD1B5_4A32_D192_ED03))
            .wrapping_add(position.wrapping_mul(0x2545_F491_4F6C_DD1D));
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::{Random, Stream};

    /// Expected values from the same formula in Python with arithmetic modulo 2^64.
    #[test]
    fn equals_the_formula_worked_out_in_python() {
        assert_eq!(Random::new(20_260_101).bits(Stream::RegimeLength, 29_000_000), 0xC863_B830_59C8_426F);
        assert_eq!(Random::new(0).bits(Stream::Quote(1), 0), 0xE803_E581_1AD8_F6E6);
    }

    #[test]
    fn ranges_are_closed_and_both_ends_occur() {
        let random = Random::new(7);
        let drawn: Vec<i64> = (0..1000).map(|at| random.within(2, Stream::Step, at)).collect();
        for value in -2..=2 {
            assert!(drawn.contains(&value), "{value}");
        }
        assert!(drawn.iter().all(|value| (-2..=2).contains(value)));
        assert_eq!(random.below(1, Stream::Step, 3), 0);
    }
}
