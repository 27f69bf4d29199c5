//! `peakctl calendar`: sessions, the state of the market, and a year at a glance.

mod identity;
mod sessions;
mod state;
mod year;

use peaktrade_domain::{TradeDate, UnixNanos};

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
    text.parse().map_err(|error| Failure::Input(format!("{flag}: {error}")))
}
