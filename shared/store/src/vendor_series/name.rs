//! Names of vendors' continuous series.

use std::fmt;
use std::str::FromStr;

use peaktrade_continuous::BarSize;
use peaktrade_domain::ContractRoot;
use serde::{Deserialize, Serialize};

/// Whether a vendor has moved the prices of older contracts. No file tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VendorPrices {
    /// Prices before a roll were moved, so most of them were never traded.
    Adjusted,
    /// Prices are as they were traded, with a jump at each roll.
    Unadjusted,
}

/// One continuous series of a vendor. Displayed as the path of its bars: `NQ/NQ1!/5m/adjusted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VendorSeries {
    root: ContractRoot,
    /// Place in the vendor's order of contracts, counted from 1: the 1 of `NQ1!`.
    place: u8,
    bar: BarSize,
    prices: VendorPrices,
}

/// Highest place of a ticker.
const PLACE_MAX: u8 = 99;

impl VendorPrices {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Adjusted, Self::Unadjusted];

    /// The name in paths and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Adjusted => "adjusted",
            Self::Unadjusted => "unadjusted",
        }
    }
}

impl VendorSeries {
    /// The series of a ticker; `None` where the text is no ticker such as `NQ1!`.
    pub fn of_ticker(ticker: &str, bar: BarSize, prices: VendorPrices) -> Option<Self> {
        let name = ticker.strip_suffix('!')?;
        let digits = name.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        // A root may hold digits of its own, as M2K does; the place is the last of them.
        let digits = digits.rsplit(|letter: char| !letter.is_ascii_digit()).next()?;
        let place = digits.parse().ok().filter(|place| (1..=PLACE_MAX).contains(place))?;
        let root = name.strip_suffix(digits)?.parse().ok()?;
        let series = Self { root, place, bar, prices };
        // One series has one name: NQ01! is none.
        (series.ticker() == ticker).then_some(series)
    }

    /// The same ticker and bars with other prices.
    pub(crate) const fn with_prices(self, prices: VendorPrices) -> Self {
        Self { prices, ..self }
    }

    /// Product root.
    pub const fn root(&self) -> ContractRoot {
        self.root
    }

    /// Size of its bars.
    pub const fn bar(&self) -> BarSize {
        self.bar
    }

    /// Whether the vendor has moved its prices.
    pub const fn prices(&self) -> VendorPrices {
        self.prices
    }

    /// The vendor's name for it. Example: `NQ1!`.
    pub fn ticker(&self) -> String {
        format!("{}{}!", self.root, self.place)
    }

    /// The series as sentences name it. Example: `NQ1! 5m adjusted`.
    pub fn in_words(&self) -> String {
        format!("{} {} {}", self.ticker(), self.bar, self.prices)
    }
}

impl fmt::Display for VendorPrices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for VendorPrices {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|prices| prices.name() == name).ok_or_else(|| {
            let shown: String = name.chars().take(16).collect();
            format!("{shown:?} is not known; allowed: adjusted, unadjusted")
        })
    }
}

impl fmt::Display for VendorSeries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.root, self.ticker(), self.bar, self.prices)
    }
}

impl FromStr for VendorSeries {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || {
            let shown: String = text.chars().take(64).collect();
            format!("{shown:?} is no vendor's series such as NQ/NQ1!/5m/adjusted")
        };
        let elements: Vec<&str> = text.split('/').collect();
        let [_, ticker, bar, prices] = elements[..] else { return Err(refuse()) };
        let (bar, prices) = (bar.parse().map_err(|_| refuse())?, prices.parse().map_err(|_| refuse())?);
        Self::of_ticker(ticker, bar, prices).filter(|series| series.to_string() == text).ok_or_else(refuse)
    }
}

impl TryFrom<String> for VendorSeries {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<VendorSeries> for String {
    fn from(series: VendorSeries) -> Self {
        series.to_string()
    }
}

#[cfg(test)]
mod tests {
    use peaktrade_continuous::BarSize;

    use super::{VendorPrices, VendorSeries};

    #[test]
    fn a_series_has_one_name() {
        for name in ["NQ/NQ1!/5m/adjusted", "MNQ/MNQ2!/1d/unadjusted", "M2K/M2K12!/1m/adjusted"] {
            assert_eq!(name.parse::<VendorSeries>().unwrap().to_string(), name);
        }
        let bad = ["", "NQ/NQ1!/5m", "MNQ/NQ1!/5m/adjusted", "NQ/NQ01!/5m/adjusted", "NQ/NQ1!/4h/adjusted"];
        for name in bad.into_iter().chain(["NQ/NQ1!/5m/yes", "NQ/NQ1!/5m/adjusted/", "NQ/NQ1!/5M/adjusted"]) {
            assert!(name.parse::<VendorSeries>().unwrap_err().contains("is no vendor's series"), "{name}");
        }
    }

    #[test]
    fn tickers_are_a_root_a_place_and_a_mark() {
        let read = |ticker: &str| {
            let series = VendorSeries::of_ticker(ticker, BarSize::OneDay, VendorPrices::Unadjusted);
            series.map(|series| (series.root().to_string(), series.in_words()))
        };
        assert_eq!(read("NQ1!"), Some(("NQ".to_owned(), "NQ1! 1d unadjusted".to_owned())));
        assert_eq!(read("M2K1!"), Some(("M2K".to_owned(), "M2K1! 1d unadjusted".to_owned())));
        for bad in ["", "!", "NQ", "NQ!", "NQ1", "NQ0!", "NQ100!", "1!", "nq1!", "NQH2026!", "NQ1!!", "N/Q1!"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
