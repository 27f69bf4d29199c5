//! Contracts as vendors write them.

use std::fmt;
use std::str::FromStr;

use super::{ContractSymbol, exchange};
use crate::{Calendar, UnknownName};

/// One example of each spelling, for errors.
pub(super) const EXAMPLES: &str = "NQH2026, NQH26, NQH6, \"NQ H26\", \"NQ 03-26\", NQ_H26, NQ-2026H, @NQH26, \
                                   NQH26_FUT_CME, NQH6.CME, NQH6.XCME, CME_MINI:NQH2026, /NQH26, \"NQ 202603\"";

/// Names of all spellings, for errors.
const NAMES: &str = "canonical, two_digit_year, one_digit_year, spaced, ninjatrader, firstrate, norgate, iqfeed, sierra, \
                     exchange_suffix, mic_suffix, tradingview, thinkorswim, interactive_brokers";

/// How a vendor writes a dated contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SymbolSpelling {
    /// `NQH2026`, the spelling of this program.
    Canonical,
    /// `NQH26`: Barchart, Kibot, TradeStation.
    TwoDigitYear,
    /// `NQH6`: the exchange itself, Databento, Massive, the local symbol of Interactive Brokers.
    OneDigitYear,
    /// `NQ H26`.
    Spaced,
    /// `NQ 03-26`.
    NinjaTrader,
    /// `NQ_H26`.
    FirstRate,
    /// `NQ-2026H`.
    Norgate,
    /// `@NQH26`.
    IqFeed,
    /// `NQH26_FUT_CME`.
    Sierra,
    /// `NQH6.CME`.
    ExchangeSuffix,
    /// `NQH6.XCME`, with the market identifier code.
    MicSuffix,
    /// `CME_MINI:NQH2026`.
    TradingView,
    /// `/NQH26`.
    Thinkorswim,
    /// `NQ 202603`: the root beside the contract month.
    InteractiveBrokers,
}

impl SymbolSpelling {
    /// Every spelling.
    pub const ALL: &[Self] = &[
        Self::Canonical,
        Self::TwoDigitYear,
        Self::OneDigitYear,
        Self::Spaced,
        Self::NinjaTrader,
        Self::FirstRate,
        Self::Norgate,
        Self::IqFeed,
        Self::Sierra,
        Self::ExchangeSuffix,
        Self::MicSuffix,
        Self::TradingView,
        Self::Thinkorswim,
        Self::InteractiveBrokers,
    ];

    /// The name in requests and replies.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Canonical => "canonical",
            Self::TwoDigitYear => "two_digit_year",
            Self::OneDigitYear => "one_digit_year",
            Self::Spaced => "spaced",
            Self::NinjaTrader => "ninjatrader",
            Self::FirstRate => "firstrate",
            Self::Norgate => "norgate",
            Self::IqFeed => "iqfeed",
            Self::Sierra => "sierra",
            Self::ExchangeSuffix => "exchange_suffix",
            Self::MicSuffix => "mic_suffix",
            Self::TradingView => "tradingview",
            Self::Thinkorswim => "thinkorswim",
            Self::InteractiveBrokers => "interactive_brokers",
        }
    }

    /// Digits of the year, 1, 2 or 4: a spelling of fewer than four reads back only near its date.
    pub const fn year_digits(self) -> u8 {
        match self {
            Self::OneDigitYear | Self::ExchangeSuffix | Self::MicSuffix => 1,
            Self::TwoDigitYear
            | Self::Spaced
            | Self::NinjaTrader
            | Self::FirstRate
            | Self::IqFeed
            | Self::Sierra
            | Self::Thinkorswim => 2,
            Self::Canonical | Self::Norgate | Self::TradingView | Self::InteractiveBrokers => 4,
        }
    }
}

impl fmt::Display for SymbolSpelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SymbolSpelling {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|spelling| spelling.name() == name).ok_or_else(|| UnknownName {
            what: "symbol spelling",
            name: super::shorten(name),
            allowed: NAMES,
        })
    }
}

impl ContractSymbol {
    /// Writes the contract in a vendor's spelling.
    ///
    /// [`Self::parse_vendor`] reads it back on any reference date near enough for the digits of its year. A spelling
    /// that names the exchange falls back to the canonical one where the calendar does not know the root.
    ///
    /// ```
    /// use peaktrade_domain::{Calendar, ContractSymbol, SymbolSpelling};
    ///
    /// let contract: ContractSymbol = "MYMM2026".parse().unwrap();
    /// assert_eq!(contract.spell(SymbolSpelling::NinjaTrader, &Calendar::shipped()), "MYM 06-26");
    /// assert_eq!(contract.spell(SymbolSpelling::TradingView, &Calendar::shipped()), "CBOT_MINI:MYMM2026");
    /// ```
    pub fn spell(self, spelling: SymbolSpelling, calendar: &Calendar) -> String {
        let (root, letter, month) = (self.root, self.month.letter(), self.month.number());
        let (year, two, one) = (self.year, self.year % 100, self.year % 10);
        let spec = calendar.spec(root).ok();
        match (spelling, spec) {
            (SymbolSpelling::Canonical, _) => self.to_string(),
            (SymbolSpelling::TwoDigitYear, _) => format!("{root}{letter}{two:02}"),
            (SymbolSpelling::OneDigitYear, _) => format!("{root}{letter}{one}"),
            (SymbolSpelling::Spaced, _) => format!("{root} {letter}{two:02}"),
            (SymbolSpelling::NinjaTrader, _) => format!("{root} {month:02}-{two:02}"),
            (SymbolSpelling::FirstRate, _) => format!("{root}_{letter}{two:02}"),
            (SymbolSpelling::Norgate, _) => format!("{root}-{year:04}{letter}"),
            (SymbolSpelling::IqFeed, _) => format!("@{root}{letter}{two:02}"),
            (SymbolSpelling::Thinkorswim, _) => format!("/{root}{letter}{two:02}"),
            (SymbolSpelling::InteractiveBrokers, _) => format!("{root} {year:04}{month:02}"),
            (SymbolSpelling::Sierra, Some(spec)) => format!("{root}{letter}{two:02}_FUT_{}", spec.exchange),
            (SymbolSpelling::ExchangeSuffix, Some(spec)) => format!("{root}{letter}{one}.{}", spec.exchange),
            (SymbolSpelling::MicSuffix, Some(spec)) => format!("{root}{letter}{one}.{}", exchange::mic(spec)),
            (SymbolSpelling::TradingView, Some(spec)) => format!("{}:{self}", exchange::tradingview(spec)),
            (
                SymbolSpelling::Sierra
                | SymbolSpelling::ExchangeSuffix
                | SymbolSpelling::MicSuffix
                | SymbolSpelling::TradingView,
                None,
            ) => self.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EXAMPLES, NAMES, SymbolSpelling};
    use crate::{Calendar, ContractSymbol};

    #[test]
    fn errors_list_every_spelling_once() {
        let contract: ContractSymbol = "NQH2026".parse().unwrap();
        let spelled = |spelling: &SymbolSpelling| {
            let text = contract.spell(*spelling, &Calendar::shipped());
            if text.contains(' ') { format!("{text:?}") } else { text }
        };
        assert_eq!(SymbolSpelling::ALL.iter().map(spelled).collect::<Vec<_>>().join(", "), EXAMPLES);
        assert_eq!(SymbolSpelling::ALL.iter().map(|spelling| spelling.name()).collect::<Vec<_>>().join(", "), NAMES);
    }
}
