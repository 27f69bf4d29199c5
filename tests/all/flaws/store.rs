//! `peakctl` over a store of its own, with files as NinjaTrader exports them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use peaktrade_domain::UnixNanos;
use peaktrade_testkit::{Run, binary, run_to_end};

use super::frames::ns;

/// A handful of rows; the machine may be busy.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// Runs `peakctl` over the store below a folder.
pub(super) fn peakctl(folder: &Path, arguments: &[&str]) -> Run {
    let data_dir = folder.join("data").display().to_string();
    run_to_end(&binary("peakctl"), arguments, &BTreeMap::from([("DATA_DIR".to_owned(), data_dir)]), ANSWER_MAX)
}

/// Writes a file of a contract with `month` like `03-26`; rows are stamped at their open here and at their close there.
pub(super) fn write_rows(folder: &Path, month: &str, rows: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (open_time, values) in rows {
        let close_time = UnixNanos::from_nanos(ns(open_time) + UnixNanos::MINUTE).to_datetime();
        writeln!(text, "{};{values}", close_time.format("%Y%m%d %H%M%S")).unwrap();
    }
    let path = folder.join(format!("NQ {month}.Last.txt"));
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// Imports a file of these rows.
pub(super) fn import(folder: &Path, month: &str, rows: &[(&str, &str)]) -> Run {
    let path = write_rows(folder, month, rows);
    peakctl(folder, &["import", "--format", "ninjatrader", "--root", "NQ", &path, "--json"])
}

/// Rows of flat bars at these instants.
pub(super) fn flat_rows<'a>(bars: &[(&'a str, &str)]) -> Vec<(&'a str, String)> {
    bars.iter().map(|(instant, price)| (*instant, format!("{price};{price};{price};{price};10"))).collect()
}

/// Imports flat bars, which must succeed.
pub(super) fn import_flat(folder: &Path, month: &str, bars: &[(&str, &str)]) {
    let rows = flat_rows(bars);
    let rows: Vec<(&str, &str)> = rows.iter().map(|(instant, values)| (*instant, values.as_str())).collect();
    let run = import(folder, month, &rows);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}
