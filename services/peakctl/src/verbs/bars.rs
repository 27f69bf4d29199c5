//! `peakctl bars`: a series as CSV, pulled over Arrow Flight.

use std::fmt::Write as _;

use peaktrade_continuous::BarsView;
use peaktrade_domain::{Calendar, Price, TradeDate, UnixNanos};
use serde_json::json;

use crate::cli::BarsArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::flight::{self, Series, SeriesQuery};
use crate::services::Services;
use crate::settings::Needs;

/// Prints the bars of a series.
pub(crate) async fn run(context: &Context<'_>, arguments: BarsArgs) -> Result<(), Failure> {
    let gate = context.gate()?;
    let path = parse_path(&arguments.path)?;
    if arguments.canonical && context.output.is_json() {
        return Err(Failure::Usage("--canonical is a form of CSV; it does not go with --json".to_owned()));
    }
    if arguments.canonical && !arguments.columns.is_empty() {
        return Err(Failure::Usage("--canonical has columns of its own; it does not go with --columns".to_owned()));
    }
    let services = Services::connect(&context.settings, &gate, Needs::Bars).await?;
    let outcome = pull(&services, path, &arguments).await;
    services.stop().await;
    let series = outcome?;
    let rows = series.bars.len().min(arguments.limit.unwrap_or(usize::MAX));
    let bars = series.bars.view().rows(0..rows);
    if context.output.is_json() {
        let own = own_columns(series.has_volume);
        let columns: Vec<String> =
            own.iter().map(|&name| name.to_owned()).chain(arguments.columns.iter().cloned()).collect();
        let columns_own = own.len();
        let document = json!({
            "path": arguments.path,
            "metadata": series.metadata,
            "rows": rows,
            "columns": columns,
            "bars": (0..rows).filter_map(|row| bars.get(row).map(|bar| (row, bar))).map(|(row, bar)| {
                let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(price);
                let own = [json!(stamp(bar.ts)), json!(open), json!(high), json!(low), json!(close), json!(bar.volume)];
                own.into_iter().take(columns_own).chain(series.extra.iter().map(|texts| json!(texts[row]))).collect()
            }).collect::<Vec<Vec<serde_json::Value>>>(),
        });
        return context.output.document(&document);
    }
    let text = if arguments.canonical {
        canonical(bars, tick(&series)?)?
    } else {
        csv(bars, series.has_volume, &arguments.columns, &series.extra)
    };
    context.output.data(&text)?;
    if rows < series.bars.len() {
        context.output.talk(&format!("{rows} of {} bars; --limit cut the rest", series.bars.len()));
    }
    Ok(())
}

async fn pull(services: &Services, path: Vec<String>, arguments: &BarsArgs) -> Result<Series, Failure> {
    let mut query = SeriesQuery { path, start: None, end: None, extra_columns: arguments.columns.clone() };
    if arguments.from.is_some() || arguments.to.is_some() {
        (query.start, query.end) = bounds(&services.calendar, arguments.from.as_deref(), arguments.to.as_deref())?;
    }
    flight::pull(&services.flight, &query).await
}

/// Instants of a range of trade dates, both inclusive: the open of the first session on or after `from`, the close of the
/// last one on or before `to`.
fn bounds(
    calendar: &Calendar,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(Option<UnixNanos>, Option<UnixNanos>), Failure> {
    let date = |flag: &str, text: Option<&str>| {
        text.map(str::parse::<TradeDate>).transpose().map_err(|error| Failure::Input(format!("{flag}: {error}")))
    };
    let (from, to) = (date("--from", from)?, date("--to", to)?);
    let first = from.unwrap_or_else(|| calendar.valid_from());
    let last = to.unwrap_or_else(|| calendar.valid_to());
    let sessions = calendar.sessions(first, last).map_err(|error| Failure::Input(error.to_string()))?;
    let (Some(opening), Some(closing)) = (sessions.first(), sessions.last()) else {
        return Err(Failure::Input(format!("no trade date lies between {first} and {last}")));
    };
    Ok((from.map(|_| opening.open()), to.map(|_| closing.close())))
}

/// Kinds of series that have bars; what else is served over Flight is no bars.
const KINDS: [&str; 3] = ["continuous", "contract", "vendor_continuous"];

fn parse_path(path: &str) -> Result<Vec<String>, Failure> {
    let elements: Vec<String> = path.split('/').map(str::to_owned).collect();
    let is_kind = elements.first().is_some_and(|kind| KINDS.contains(&kind.as_str()));
    if !is_kind || elements.len() < 3 || elements.iter().any(String::is_empty) {
        let text = format!(
            "path {path:?} is not like continuous/NQ/1m/BACK_ADJUST, contract/NQH2026/1m or \
             vendor_continuous/NQ/NQ1!/5m/adjusted, with /@sha256:... or /@asof:INSTANT behind it where it is pinned"
        );
        return Err(Failure::Input(text));
    }
    Ok(elements)
}

/// Tick of the series, from its metadata.
fn tick(series: &Series) -> Result<Price, Failure> {
    if series.metadata.get("pt.kind").is_some_and(|kind| kind == "vendor_continuous") {
        return Err(Failure::Input(
            "--canonical is in ticks of a contract; a vendor's prices may lie off them".to_owned(),
        ));
    }
    let text = series.metadata.get("pt.tick_size").map(String::as_str);
    text.and_then(|text| text.parse().ok())
        .filter(|tick| *tick > Price::ZERO)
        .ok_or_else(|| Failure::Internal(format!("the series says {text:?} for its tick")))
}

/// The bars' own columns; the volume comes last.
fn own_columns(has_volume: bool) -> &'static [&'static str] {
    let all = &["timestamp", "open", "high", "low", "close", "volume"];
    if has_volume { all } else { &all[..5] }
}

fn csv(bars: BarsView<'_>, has_volume: bool, names: &[String], extra: &[Vec<String>]) -> String {
    let mut text = own_columns(has_volume).join(",");
    for name in names {
        text.push(',');
        text.push_str(name);
    }
    text.push('\n');
    for (row, bar) in (0..bars.len()).filter_map(|row| bars.get(row).map(|bar| (row, bar))) {
        let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(price);
        // Writing to a String cannot fail.
        let _ = write!(text, "{},{open},{high},{low},{close}", stamp(bar.ts));
        if has_volume {
            let _ = write!(text, ",{}", bar.volume);
        }
        for column in extra {
            let _ = write!(text, ",{}", column[row]);
        }
        text.push('\n');
    }
    text
}

/// Epoch seconds and whole ticks: integers only, so that any tool writes the same bytes.
fn canonical(bars: BarsView<'_>, tick: Price) -> Result<String, Failure> {
    let mut text = String::from("open_ts,open,high,low,close,volume\n");
    for bar in (0..bars.len()).filter_map(|row| bars.get(row)) {
        let prices = [bar.open, bar.high, bar.low, bar.close];
        if let Some(off) = prices.iter().find(|nanos| *nanos % tick.nanos() != 0) {
            let text = format!("{} at {} is not on the tick of {tick}", price(*off), stamp(bar.ts));
            return Err(Failure::Check(text));
        }
        let [open, high, low, close] = prices.map(|nanos| nanos / tick.nanos());
        let seconds = UnixNanos::from_nanos(bar.ts).seconds_floor();
        let _ = writeln!(text, "{seconds},{open},{high},{low},{close},{}", bar.volume);
    }
    Ok(text)
}

fn stamp(nanos: i64) -> String {
    UnixNanos::from_nanos(nanos).to_string()
}

fn price(nanos: i64) -> String {
    Price::from_nanos(nanos).to_string()
}

#[cfg(test)]
mod tests {
    use peaktrade_continuous::{Bar, Bars};

    use super::{canonical, csv, parse_path};

    #[test]
    fn both_forms_of_a_bar() {
        let mut bars = Bars::default();
        let point = 1_000_000_000;
        bars.push(Bar {
            ts: 1_742_162_400 * point,
            open: 21_472 * point + point / 2,
            high: 21_486 * point + point / 4,
            low: -point / 4,
            close: 21_464 * point + 3 * (point / 4),
            volume: 393,
        });
        assert_eq!(
            csv(bars.view(), true, &[], &[]),
            "timestamp,open,high,low,close,volume\n2025-03-16T22:00:00Z,21472.5,21486.25,-0.25,21464.75,393\n"
        );
        let without = csv(bars.view(), false, &[], &[]);
        assert_eq!(without, "timestamp,open,high,low,close\n2025-03-16T22:00:00Z,21472.5,21486.25,-0.25,21464.75\n");
        let extra = [vec!["NQM2025".to_owned()], vec!["1".to_owned()]];
        let with_columns = csv(bars.view(), true, &["contract", "segment"].map(str::to_owned), &extra);
        assert!(with_columns.starts_with("timestamp,open,high,low,close,volume,contract,segment\n"), "{with_columns}");
        assert!(with_columns.ends_with("21464.75,393,NQM2025,1\n"), "{with_columns}");
        let tick = "0.25".parse().unwrap();
        assert_eq!(
            canonical(bars.view(), tick).unwrap(),
            "open_ts,open,high,low,close,volume\n1742162400,85890,85945,-1,85859,393\n"
        );
        bars.close[0] += 1;
        assert_eq!(canonical(bars.view(), tick).unwrap_err().exit_code(), 3, "no price is rounded onto the grid");
    }

    #[test]
    fn paths_name_a_series() {
        assert_eq!(parse_path("contract/NQH2026/1m").unwrap(), ["contract", "NQH2026", "1m"]);
        for bad in [
            "",
            "NQ",
            "continuous/NQ",
            "continuous//1m/NONE",
            "/contract/NQH2026/1m",
            "rolls/NQ",
            "rolls/NQ/@sha256:00",
            "Continuous/NQ/1m/NONE",
        ] {
            assert_eq!(parse_path(bad).unwrap_err().exit_code(), 65, "{bad:?}");
        }
    }
}
