//! Rules of the outages.

use toml::Spanned;

use super::Context;
use crate::calendar::file;
use crate::calendar::{CalendarFileError, Outage};

/// Checks that outages lie within the validity, in order, without overlap.
pub(super) fn check(
    rows: Vec<Spanned<file::OutageRow>>,
    context: &Context<'_>,
) -> Result<Vec<Outage>, CalendarFileError> {
    let mut outages: Vec<Outage> = Vec::with_capacity(rows.len());
    for row in rows {
        let span = row.span();
        let row = row.into_inner();
        context.source(&row.source, &span)?;
        context.check_text("name", &row.name, &span)?;
        let is_within = [row.from, row.to].iter().all(|end| context.validity.contains(&end.to_datetime().date_naive()));
        let not_before = outages.last().map_or(row.from, |last| last.to);
        if !is_within || row.to <= row.from || row.from < not_before {
            let problem = format!(
                "outage {} to {} must end after it begins, follow the one before, and lie within {} to {}",
                row.from,
                row.to,
                context.validity.start(),
                context.validity.end()
            );
            return Err(context.error(&span, problem));
        }
        outages.push(Outage { from: row.from, to: row.to, name: row.name, confidence: row.confidence });
    }
    Ok(outages)
}
