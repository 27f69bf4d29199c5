//! Which variable names speak of a broker's credential.

/// Brokers and their gateways. A variable of theirs has no business in an offline stack, whatever it holds; the names
/// are distinctive enough to be looked for anywhere in a word.
const BROKERS: [&str; 10] = [
    "IBKR",
    "INTERACTIVEBROKERS",
    "IBGATEWAY",
    "TRADOVATE",
    "RITHMIC",
    "TASTYTRADE",
    "TASTYWORKS",
    "TRADESTATION",
    "ALPACA",
    "SCHWAB",
];

/// Short names of brokers and gateways, looked for only where a word begins, so that `NETWSTAT` stays allowed.
const SHORT_BROKERS: [&str; 2] = ["TWS", "CQG"];

/// Words that speak of a place where orders go; with a word of [`SECRETS`] after them they name a credential.
const VENUES: [&str; 13] = [
    "BROKER",
    "BROKERAGE",
    "EXCHANGE",
    "TRADING",
    "IB",
    "TT",
    "AMP",
    "NINJATRADER",
    "DORMAN",
    "BINANCE",
    "KRAKEN",
    "COINBASE",
    "OANDA",
];

/// Beginnings of words that speak of a secret or an account; `API` also covers `APIKEY`, `USER` also `USERNAME`.
const SECRETS: [&str; 11] =
    ["API", "KEY", "SECRET", "TOKEN", "PASS", "PWD", "USER", "LOGIN", "ACCOUNT", "CREDENTIAL", "PRIVATE"];

pub(crate) fn is_broker_credential(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let words: Vec<&str> = name.split(|letter: char| !letter.is_ascii_alphanumeric()).collect();
    let squeezed = words.concat();
    let names_broker = BROKERS.iter().any(|broker| squeezed.contains(broker))
        || words.iter().any(|word| SHORT_BROKERS.iter().any(|broker| word.starts_with(broker)));
    let names_venue_secret = words.iter().enumerate().any(|(index, word)| {
        VENUES.contains(word)
            && words[index + 1..].iter().any(|later| SECRETS.iter().any(|secret| later.starts_with(secret)))
    });
    names_broker || names_venue_secret
}
