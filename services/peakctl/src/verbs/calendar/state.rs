//! `peakctl calendar state`: whether the market is open, and why.

use peaktrade_domain::UnixNanos;
use peaktrade_wire::calendar::v1::{GetMarketStateRequest, GetMarketStateResponse};
use peaktrade_wire::timestamp;
use serde::Serialize;

use super::instant;
use crate::calendar_documents::{filled, time};
use crate::calendar_service;
use crate::chicago;
use crate::cli::StateArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::machine;
use crate::table;

/// Says how the market stands at an instant.
pub(super) async fn run(context: &Context<'_>, arguments: StateArgs) -> Result<(), Failure> {
    let at = match arguments.at.as_deref() {
        Some(text) => instant("--at", text)?,
        None => {
            let seconds = machine::wall_clock().seconds_floor();
            let now = UnixNanos::from_seconds(seconds)
                .ok_or_else(|| Failure::Internal(format!("the clock of this machine is {seconds} s after 1970")))?;
            context.output.talk(&format!("--at is not given; the clock of this machine says {now}"));
            now
        }
    };
    let answer = calendar_service::ask(context, async |client| {
        let request = GetMarketStateRequest { time: Some(timestamp(at)) };
        calendar_service::call(&format!("asking for the market at {at}"), client.get_market_state(request)).await
    })
    .await?;
    let document = StateDocument::new(at, arguments.at.is_none(), answer)?;
    calendar_service::warn(context.output, &document.warnings);
    context.output.result(&document, &document.page())
}

/// State of the market at an instant.
#[derive(Debug, Serialize)]
struct StateDocument {
    at: UnixNanos,
    at_chicago: String,
    is_machine_clock: bool,
    is_open: bool,
    reason: String,
    trade_date: Option<String>,
    is_regular_hours: bool,
    next_open: Option<UnixNanos>,
    next_open_chicago: Option<String>,
    next_close: Option<UnixNanos>,
    next_close_chicago: Option<String>,
    outage: Option<String>,
    warnings: Vec<String>,
}

impl StateDocument {
    fn new(at: UnixNanos, is_machine_clock: bool, answer: GetMarketStateResponse) -> Result<Self, Failure> {
        let (next_open, next_close) = (time(answer.next_open)?, time(answer.next_close)?);
        Ok(Self {
            at,
            at_chicago: chicago::rfc3339(at),
            is_machine_clock,
            is_open: answer.is_open,
            reason: answer.reason,
            trade_date: filled(&answer.trade_date),
            is_regular_hours: answer.is_regular_hours,
            next_open,
            next_open_chicago: next_open.map(chicago::rfc3339),
            next_close,
            next_close_chicago: next_close.map(chicago::rfc3339),
            outage: filled(&answer.outage),
            warnings: answer.warnings,
        })
    }

    fn page(&self) -> String {
        let why = if self.reason.is_empty() { String::new() } else { format!(": {}", self.reason) };
        let hours = match (self.is_open, self.is_regular_hours) {
            (false, _) => "",
            (true, true) => ", regular trading hours",
            (true, false) => ", outside regular trading hours",
        };
        let mut text = format!("{}{hours}{why}\n", if self.is_open { "OPEN" } else { "CLOSED" });
        if let Some(outage) = &self.outage {
            text.push_str(&format!("the exchange could not trade then: {outage}\n"));
        }
        let row = |what: &str, instant: Option<UnixNanos>| match instant {
            Some(instant) => vec![what.to_owned(), chicago::stamp(instant), instant.to_string()],
            None => vec![what.to_owned(), "after the calendar's end".to_owned(), String::new()],
        };
        let rows = [row("at", Some(self.at)), row("next open", self.next_open), row("next close", self.next_close)];
        text.push('\n');
        text.push_str(&table::layout(&["", "Chicago", "UTC"], &rows));
        let trade_date = self.trade_date.as_deref().unwrap_or("none while closed");
        text.push_str(&format!("trade date  {trade_date}\n"));
        text
    }
}

#[cfg(test)]
mod tests {
    use peaktrade_wire::calendar::v1::GetMarketStateResponse;
    use peaktrade_wire::timestamp;

    use super::StateDocument;

    #[test]
    fn a_holiday_afternoon_reads_as_closed_with_its_reason() {
        let at = "2025-01-20T20:00:00Z".parse().unwrap();
        let answer = GetMarketStateResponse {
            is_open: false,
            next_open: Some(timestamp("2025-01-20T23:00:00Z".parse().unwrap())),
            next_close: None,
            reason: "Martin Luther King Jr. Day".to_owned(),
            ..GetMarketStateResponse::default()
        };
        assert_eq!(
            StateDocument::new(at, false, answer).unwrap().page(),
            "CLOSED: Martin Luther King Jr. Day\n\
             \n\
             \u{20}           Chicago                   UTC\n\
             at          Mon 2025-01-20 14:00 CST  2025-01-20T20:00:00Z\n\
             next open   Mon 2025-01-20 17:00 CST  2025-01-20T23:00:00Z\n\
             next close  after the calendar's end\n\
             trade date  none while closed\n"
        );
    }
}
