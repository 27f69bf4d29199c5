//! `peakctl rolls explain --html`: each roll as a picture, in one page that needs nothing else.
//!
//! The minutes stand side by side in order, so that a weekend takes no room; every number that is drawn stands in the page
//! as data too.

mod chart;

use std::fmt::Write as _;
use std::path::Path;

use peaktrade_continuous::Bars;
use peaktrade_domain::{Price, UnixNanos};
use peaktrade_wire::dataset::v1 as dataset;
use serde_json::json;

use self::chart::{Chart, Line, Mark};
use crate::documents::time;
use crate::failure::Failure;
use crate::flight::{self, SeriesQuery};
use crate::services::Services;

/// Minutes drawn before a roll and after it: three hours, and one.
const BEFORE_MINUTES: usize = 180;
const AFTER_MINUTES: usize = 60;

/// Time in which these minutes are looked for: a long weekend and its days.
const REACH_NS: i64 = 5 * 24 * 60 * UnixNanos::MINUTE;

/// One minute of both contracts: closes and volumes of those that have a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Minute {
    ts: i64,
    from: Option<(i64, i64)>,
    to: Option<(i64, i64)>,
}

/// Draws the rolls of a dataset into a file.
pub(super) async fn write(
    services: &Services,
    dataset_id: &str,
    explanations: &[dataset::RollExplanation],
    path: &Path,
) -> Result<(), Failure> {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Rolls of {0}</title>\n\
         <style>\n{1}</style>\n<h1>Rolls of {0}</h1>\n",
        escaped(dataset_id),
        include_str!("page/style.css")
    );
    for explanation in explanations {
        let Some(roll) = &explanation.roll else { continue };
        let (from, to) = (
            around(services, dataset_id, roll, &roll.from_symbol).await?,
            around(services, dataset_id, roll, &roll.to_symbol).await?,
        );
        page.push_str(&section(roll, &explanation.text, &minutes(roll, &from, &to)?)?);
    }
    if explanations.is_empty() {
        page.push_str("<p>No rolls in its range.</p>\n");
    }
    page.push_str("</html>\n");
    std::fs::write(path, page).map_err(|error| Failure::from_file("writing", path, &error))
}

/// A contract's bars around a roll, as the dataset was made with them: what was superseded since is drawn as it was.
async fn around(services: &Services, dataset_id: &str, roll: &dataset::Roll, contract: &str) -> Result<Bars, Failure> {
    let roll_ts = instant(roll.roll_ts)?;
    let mut query = SeriesQuery::whole(&["contract", contract, "1m", &format!("@{dataset_id}")]);
    query.start = roll_ts.checked_add_nanos(-REACH_NS);
    query.end = roll_ts.checked_add_nanos(REACH_NS);
    Ok(flight::pull(&services.flight, &query).await?.bars)
}

/// The minutes around a roll that either contract has.
fn minutes(roll: &dataset::Roll, from: &Bars, to: &Bars) -> Result<Vec<Minute>, Failure> {
    let roll_ts = instant(roll.roll_ts)?.nanos();
    let mut stamps: Vec<i64> = from.ts.iter().chain(&to.ts).copied().collect();
    stamps.sort_unstable();
    stamps.dedup();
    let at = stamps.partition_point(|ts| *ts < roll_ts);
    let window = &stamps[at.saturating_sub(BEFORE_MINUTES)..stamps.len().min(at + AFTER_MINUTES)];
    let of = |bars: &Bars, ts: i64| bars.ts.binary_search(&ts).ok().map(|row| (bars.close[row], bars.volume[row]));
    Ok(window.iter().map(|ts| Minute { ts: *ts, from: of(from, *ts), to: of(to, *ts) }).collect())
}

/// One roll: words, pictures, what every method says, and the numbers.
fn section(roll: &dataset::Roll, text: &str, minutes: &[Minute]) -> Result<String, Failure> {
    let (from, to) = (escaped(&roll.from_symbol), escaped(&roll.to_symbol));
    let roll_at = {
        let roll_ts = instant(roll.roll_ts)?.nanos();
        minutes.partition_point(|minute| minute.ts < roll_ts)
    };
    let points = |nanos: i64| Price::from_nanos(nanos).to_f64();
    let closes = |side: fn(&Minute) -> Option<(i64, i64)>| -> Vec<Option<f64>> {
        minutes.iter().map(|minute| side(minute).map(|(close, _)| points(close))).collect()
    };
    let volumes = |side: fn(&Minute) -> Option<(i64, i64)>| -> Vec<Option<f64>> {
        #[expect(clippy::cast_precision_loss, reason = "volumes of a minute are far below 2^53")]
        let volume = |minute: &Minute| side(minute).map(|(_, volume)| volume as f64);
        minutes.iter().map(volume).collect()
    };
    let spread = |minute: &Minute| Some(points(minute.to?.0.checked_sub(minute.from?.0)?));
    let times: Vec<String> = minutes.iter().map(|minute| UnixNanos::from_nanos(minute.ts).to_string()).collect();
    let chart = |title: &str, lines: Vec<Line>, marks: Vec<Mark>| {
        Chart { title: title.to_owned(), times: times.clone(), roll_at, lines, marks }.draw()
    };
    let line = |name: &str, class, values| Line { name: name.to_owned(), class, values };
    let mut html = format!(
        "<section>\n<h2>{from} to {to}, {}</h2>\n<p>{}</p>\n",
        escaped(&time(roll.roll_ts)?.unwrap_or_default()),
        escaped(text)
    );
    let both = |values: fn(&Minute) -> Option<(i64, i64)>| values;
    let (of_from, of_to) = (both(|minute| minute.from), both(|minute| minute.to));
    html.push_str(&chart(
        "Closes, points",
        vec![line(&from, "from", closes(of_from)), line(&to, "to", closes(of_to))],
        Vec::new(),
    ));
    html.push_str(&chart(
        "Spread minute by minute, points",
        vec![line("new minus old", "spread", minutes.iter().map(spread).collect())],
        marks(roll, minutes)?,
    ));
    html.push_str(&chart(
        "Volume, contracts a minute",
        vec![line(&from, "from", volumes(of_from)), line(&to, "to", volumes(of_to))],
        Vec::new(),
    ));
    html.push_str(&table(roll)?);
    // Writing into a String cannot fail.
    let _ = writeln!(html, "<p>{}</p>", escaped(&super::inputs(roll)));
    let numbers = json!({
        "roll_ts": time(roll.roll_ts)?,
        "minutes": minutes.iter().zip(&times).map(|(minute, time)| {
            let side = |side: Option<(i64, i64)>| {
                side.map(|(close, volume)| json!([Price::from_nanos(close).to_string(), volume]))
            };
            json!([time, side(minute.from), side(minute.to)])
        }).collect::<Vec<_>>(),
    });
    // A closing tag within a string would end the script.
    let numbers = numbers.to_string().replace("</", "<\\/");
    let _ = write!(html, "<script type=\"application/json\">{numbers}</script>\n</section>\n");
    Ok(html)
}

/// What the methods say, where it was read.
fn marks(roll: &dataset::Roll, minutes: &[Minute]) -> Result<Vec<Mark>, Failure> {
    let mut marks = Vec::new();
    for candidate in roll.candidates.iter().filter(|candidate| candidate.problem.is_empty()) {
        let at = instant(candidate.to_time)?.nanos();
        let spread: Price = candidate
            .spread
            .parse()
            .map_err(|error| Failure::Internal(format!("the dataset service sent a spread that is none: {error}")))?;
        // A settlement is of an hour, and a stale price of a day, that may lie outside of what is drawn.
        let (name, first, last) =
            (format!("{} {}", candidate.method, candidate.spread), minutes.first(), minutes.last());
        let (name, at) = match (first, last) {
            (Some(first), _) if at < first.ts => (format!("{name}, before the window"), None),
            (_, Some(last)) if at > last.ts => (format!("{name}, after the window"), None),
            _ => (name, Some(minutes.partition_point(|minute| minute.ts < at))),
        };
        marks.push(Mark { name, at, value: spread.to_f64(), is_applied: candidate.is_applied });
    }
    Ok(marks)
}

/// Every method's word, or its silence.
fn table(roll: &dataset::Roll) -> Result<String, Failure> {
    let mut html = "<table>\n<tr><th>method<th>spread<th>old price<th>at<th>new price<th>at<th></tr>\n".to_owned();
    for candidate in &roll.candidates {
        let class = if candidate.is_applied { " class=\"applied\"" } else { "" };
        let cells = [
            candidate.method.clone(),
            candidate.spread.clone(),
            candidate.from_price.clone(),
            time(candidate.from_time)?.unwrap_or_default(),
            candidate.to_price.clone(),
            time(candidate.to_time)?.unwrap_or_default(),
            candidate.problem.clone(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| format!("<td>{}", escaped(cell))).collect();
        let _ = writeln!(html, "<tr{class}>{}</tr>", cells.join(""));
    }
    html.push_str("</table>\n");
    Ok(html)
}

fn instant(stamp: Option<prost_types::Timestamp>) -> Result<UnixNanos, Failure> {
    peaktrade_wire::instant(stamp, "time")
        .map_err(|error| Failure::Internal(format!("the dataset service sent {error}")))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
