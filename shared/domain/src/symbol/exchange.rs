//! What vendors call the exchanges of the catalogue.

use crate::ContractSpec;

/// Names of one exchange.
struct Names {
    /// In the calendar file, and in suffixes such as `NQH6.CME`.
    exchange: &'static str,
    /// Market identifier code, ISO 10383.
    mic: &'static str,
    /// At TradingView, for its small equity-index futures.
    tradingview: &'static str,
    /// Further names that are read and never written.
    others: &'static [&'static str],
}

const EXCHANGES: [Names; 2] = [
    Names { exchange: "CME", mic: "XCME", tradingview: "CME_MINI", others: &["GLBX", "GLOBEX"] },
    Names { exchange: "CBOT", mic: "XCBT", tradingview: "CBOT_MINI", others: &["CBT", "ECBOT"] },
];

/// Market identifier code of a root's exchange; the exchange's own name where it has none here.
pub(super) fn mic(spec: &ContractSpec) -> &str {
    of(spec).map_or(&spec.exchange, |names| names.mic)
}

/// TradingView's name of a root's exchange; the exchange's own name where it has none here.
pub(super) fn tradingview(spec: &ContractSpec) -> &str {
    of(spec).map_or(&spec.exchange, |names| names.tradingview)
}

/// Names under which a root's exchange is read.
pub(super) fn names(spec: &ContractSpec) -> Vec<&str> {
    let known = of(spec).map_or_else(Vec::new, |names| [&[names.mic, names.tradingview], names.others].concat());
    std::iter::once(spec.exchange.as_str()).chain(known).collect()
}

fn of(spec: &ContractSpec) -> Option<&'static Names> {
    EXCHANGES.iter().find(|names| names.exchange == spec.exchange)
}
