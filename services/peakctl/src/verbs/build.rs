//! `peakctl build`: a continuous series with its roll table.

use std::path::Path;

use peaktrade_domain::UnixNanos;
use peaktrade_wire::dataset::v1 as dataset;
use serde::Deserialize;

use crate::cli::BuildArgs;
use crate::compat;
use crate::context::Context;
use crate::datasets;
use crate::documents::{DatasetDocument, RollDocument};
use crate::failure::Failure;
use crate::services::Services;
use crate::settings::Needs;
use crate::table;

/// Most rolls of an explicit table, as the services take it: a century of quarters.
const ROLL_TABLE_ROWS_MAX: usize = 400;

/// Builds and prints the dataset's identity and its rolls.
pub(crate) async fn run(context: &Context<'_>, arguments: BuildArgs) -> Result<(), Failure> {
    if arguments.compat.compat.is_some() {
        return compat::run_build(context, &arguments.compat);
    }
    let gate = context.gate()?;
    let request = request(arguments)?;
    let root = request.root.clone();
    let mut services = Services::connect(&context.settings, &gate, Needs::Bars).await?;
    let outcome = datasets::build(&mut services.dataset, request, context.output).await;
    let outcome = match outcome {
        Err(failure) => Err(datasets::explain_empty(&context.settings, &mut services.dataset, &root, failure).await),
        built => built,
    };
    services.stop().await;
    let document = DatasetDocument::new(&outcome?)?;
    context.output.result(&document, &summary(&document))
}

fn request(arguments: BuildArgs) -> Result<dataset::BuildContinuousRequest, Failure> {
    let as_of = arguments
        .as_of
        .as_deref()
        .map(|text| text.parse::<UnixNanos>().map_err(|error| Failure::Input(format!("--as-of: {error}"))));
    Ok(dataset::BuildContinuousRequest {
        root: arguments.root.unwrap_or_default(),
        bar: arguments.bar.unwrap_or_default(),
        method: arguments.method.unwrap_or_default(),
        from: arguments.from.unwrap_or_default(),
        to: arguments.to.unwrap_or_default(),
        as_of: as_of.transpose()?.map(peaktrade_wire::timestamp),
        roll_trigger: arguments.roll_trigger.unwrap_or_default(),
        roll_instant: arguments.roll_instant.unwrap_or_default(),
        spread: arguments.spread.unwrap_or_default(),
        max_stale_session_minutes: arguments.max_stale_session_minutes,
        roll_table: arguments.roll_table.as_deref().map(read_roll_table).transpose()?.unwrap_or_default(),
        max_spread_basis_points: arguments.max_spread_basis_points,
        max_median_basis_points: arguments.max_median_basis_points,
        snap: arguments.snap,
        session: arguments.session.unwrap_or_default(),
        depth: arguments.depth,
    })
}

/// One row of a roll table file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RollRow {
    from_symbol: String,
    to_symbol: String,
    roll_ts: String,
}

/// Reads a file of explicit rolls.
pub(super) fn read_roll_table(path: &Path) -> Result<Vec<dataset::RollTableRow>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::from_file("reading", path, &error))?;
    parse_roll_table(&text).map_err(|problem| Failure::Input(format!("roll table {}: {problem}", path.display())))
}

fn parse_roll_table(text: &str) -> Result<Vec<dataset::RollTableRow>, String> {
    let rows: Vec<RollRow> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if rows.is_empty() || rows.len() > ROLL_TABLE_ROWS_MAX {
        return Err(format!("{} rolls; 1 to {ROLL_TABLE_ROWS_MAX} are allowed", rows.len()));
    }
    let parse = |(at, row): (usize, RollRow)| {
        let roll_ts = row.roll_ts.parse::<UnixNanos>().map_err(|error| format!("row {at}: roll_ts: {error}"))?;
        Ok(dataset::RollTableRow {
            from_symbol: row.from_symbol,
            to_symbol: row.to_symbol,
            roll_ts: Some(peaktrade_wire::timestamp(roll_ts)),
        })
    };
    rows.into_iter().enumerate().map(parse).collect()
}

/// The dataset in words.
pub(super) fn summary(document: &DatasetDocument) -> String {
    let contracts = document.contracts.join(", ");
    let mut text = format!(
        "dataset   {}\ncontent   sha256:{}\nseries    {} {} {}, trade dates {} to {}, from {contracts}\n",
        document.dataset_id,
        document.content_sha256,
        document.root,
        document.bar,
        document.method,
        document.from,
        document.to,
    );
    text.push_str(&beyond_the_ordinary(document));
    text.push_str(&format!(
        "rows      {} in, {} out, {} of contracts outside their segments, {} duplicates removed; {} sessions with \
         missing minutes\nrolls     {}\n",
        table::grouped(document.rows_in),
        table::grouped(document.rows_out),
        table::grouped(document.rows_inactive),
        table::grouped(document.duplicates_removed),
        document.gaps_detected,
        document.roll_policy,
    ));
    text + &rolls(&document.rolls)
}

/// What most series do not have, a line each.
fn beyond_the_ordinary(document: &DatasetDocument) -> String {
    let mut text = String::new();
    let mut choices = Vec::new();
    if document.session == "rth" {
        choices.push("regular trading hours only".to_owned());
    }
    if document.snap {
        choices.push("every price on the tick".to_owned());
    }
    if document.depth > 0 {
        choices.push(format!("{} behind the front contract", document.depth));
    }
    if !choices.is_empty() {
        text.push_str(&format!("variant   {}\n", choices.join(", ")));
    }
    if let Some(minutes_taken) = document.minutes_taken {
        text.push_str(&format!(
            "minutes   {} in the bars, {} outside of the session, {} of bars that were not over\n",
            table::grouped(minutes_taken),
            table::grouped(document.minutes_outside_session),
            table::grouped(document.minutes_unfinished),
        ));
    }
    if let Some(first) = &document.first_nonpositive_time {
        text.push_str(&format!(
            "warning   {} bars have a price of zero or below, the first at {first}\n",
            table::grouped(document.nonpositive_rows),
        ));
    }
    text
}

/// Rolls as a table: both legs' prices at one and the same time.
pub(crate) fn rolls(rolls: &[RollDocument]) -> String {
    let rows: Vec<Vec<String>> = rolls
        .iter()
        .map(|roll| {
            vec![
                format!("{} -> {}", roll.from_symbol, roll.to_symbol),
                roll.roll_ts.clone().unwrap_or_default(),
                roll.from_price.clone(),
                roll.to_price.clone(),
                roll.spread_time.clone().unwrap_or_default(),
                roll.spread.clone(),
                roll.runner_up_median_30.clone(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "no rolls in the range\n".to_owned();
    }
    table::layout(&["roll", "effective", "old close", "new close", "both at", "spread", "median of 30"], &rows)
}

#[cfg(test)]
mod tests {
    use super::parse_roll_table;

    fn check(text: &str, expected: Result<usize, &str>) {
        match (parse_roll_table(text), expected) {
            (Ok(rows), Ok(count)) => assert_eq!(rows.len(), count, "{text}"),
            (Err(problem), Err(part)) => assert!(problem.contains(part), "{text}: {problem}"),
            (found, expected) => panic!("{text}: {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn roll_tables_are_read_whole_or_refused() {
        let row = r#"{"from_symbol":"NQH2025","to_symbol":"NQM2025","roll_ts":"2025-03-16T22:00:00Z"}"#;
        check(&format!("[{row}]"), Ok(1));
        check(&format!("[{row},{row}]"), Ok(2));
        check("[]", Err("0 rolls"));
        check(row, Err("invalid type: map"));
        check("[{}]", Err("missing field `from_symbol`"));
        check(&format!("[{}]", row.replace("roll_ts", "at")), Err("unknown field `at`"));
        check(&format!("[{}]", row.replace("22:00:00Z", "22:00:00")), Err("row 0: roll_ts"));
        check(&format!("[{}]", vec![row; 400].join(",")), Ok(400));
        check(&format!("[{}]", vec![row; 401].join(",")), Err("401 rolls; 1 to 400 are allowed"));
    }
}
