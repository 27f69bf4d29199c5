//! `peakctl calendar`: sessions, the state of the market, and a year at a glance.

mod identity;
mod sessions;
mod state;
mod year;

use peaktrade_domain::{InstantParseError, TradeDate, UnixNanos};

use crate::cli::CalendarVerb;
use crate::context::Context;
use crate::failure::Failure;

/// Runs a verb on the calendar.
pub(super) async fn run(context: &Context<'_>, verb: CalendarVerb) -> Result<(), Failure> {
    match verb {
        CalendarVerb::Sessions(arguments) => sessions::run(context, arguments).await,
        CalendarVerb::State(arguments) => state::run(context, arguments).await,
        CalendarVerb::Info => identity::run(context).await,
        CalendarVerb::Year(arguments) => year::run(context, arguments).await,
    }
}

/// A date as a flag gave it.
pub(super) fn date(flag: &str, text: &str) -> Result<TradeDate, Failure> {
    text.parse().map_err(|error| Failure::Input(format!("{flag}: {error}")))
}

/// An instant as a flag gave it.
pub(super) fn instant(flag: &str, text: &str) -> Result<UnixNanos, Failure> {
    text.parse().map_err(|InstantParseError { text }| {
        let problem = "is not RFC 3339 between 1678 and 2262";
        let needs = "needs date, time and zone, such as 2026-01-15T12:00:00-06:00";
        Failure::Input(format!("{flag}: instant {text:?} {problem}; it {needs}"))
    })
}

/// A root as `--root` gave it; the service says whether it knows it.
pub(super) fn root(text: String) -> Result<String, Failure> {
    if text.contains(|sign: char| sign.is_ascii_lowercase()) {
        let capitals = text.to_ascii_uppercase();
        return Err(Failure::Input(format!("--root: {text:?} is not in capitals; did you mean {capitals}?")));
    }
    Ok(text)
}
