//! `peakctl calendar info`: which calendar is in force.

use peaktrade_wire::calendar::v1::{GetCalendarInfoRequest, GetCalendarInfoResponse};
use serde::Serialize;

use crate::calendar_documents::{OutageDocument, filled};
use crate::calendar_service;
use crate::chicago;
use crate::context::Context;
use crate::failure::Failure;
use crate::table;

/// Says which calendar is in force.
pub(super) async fn run(context: &Context<'_>) -> Result<(), Failure> {
    let answer = calendar_service::ask(context, async |client| {
        calendar_service::call("reading the calendar", client.get_calendar_info(GetCalendarInfoRequest {})).await
    })
    .await?;
    let document = CalendarDocument::new(answer)?;
    context.output.result(&document, &document.page())
}

/// Identity of the calendar file in force.
#[derive(Debug, Serialize)]
struct CalendarDocument {
    version: String,
    sha256: String,
    valid_from: String,
    valid_to: String,
    projected_from: Option<String>,
    time_zone_database: String,
    roots: Vec<String>,
    outages: Vec<OutageDocument>,
    sources: Vec<String>,
}

impl CalendarDocument {
    fn new(answer: GetCalendarInfoResponse) -> Result<Self, Failure> {
        Ok(Self {
            version: answer.version,
            sha256: answer.sha256,
            valid_from: answer.valid_from,
            valid_to: answer.valid_to,
            projected_from: filled(&answer.projected_from),
            time_zone_database: answer.time_zone_database,
            roots: answer.roots,
            outages: answer.outages.iter().map(OutageDocument::new).collect::<Result<_, _>>()?,
            sources: answer.sources,
        })
    }

    fn page(&self) -> String {
        let projected = match &self.projected_from {
            Some(from) => format!("from {from} on: rows that follow from rules, not yet published by the exchange"),
            None => "no row".to_owned(),
        };
        let mut text = table::facts(&[
            ("calendar", self.version.clone()),
            ("sha256", self.sha256.clone()),
            ("valid", format!("sessions and rolls of {} to {}", self.valid_from, self.valid_to)),
            ("", "ends of contracts also outside, as far as the file knows them".to_owned()),
            ("projected", projected),
            ("time zones", format!("IANA {}", self.time_zone_database)),
            ("roots", self.roots.join(", ")),
        ]);
        text.push_str("\nOutages: open by the calendar, but the exchange could not trade\n");
        let rows: Vec<Vec<String>> = self
            .outages
            .iter()
            .map(|outage| vec![chicago::stamp(outage.from), chicago::stamp(outage.to), outage.name.clone()])
            .collect();
        text.push_str(&match rows.is_empty() {
            true => "none listed\n".to_owned(),
            false => table::page(&["from", "to", "what"], &rows),
        });
        text.push_str("\nSources\n");
        for source in &self.sources {
            for (at, line) in table::wrap(source, table::PAGE_WIDTH - 2).iter().enumerate() {
                text.push_str(&format!("{} {line}\n", if at == 0 { "-" } else { " " }));
            }
        }
        text
    }
}
