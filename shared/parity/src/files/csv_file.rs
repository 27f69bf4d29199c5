//! CSV as `pandas.read_csv` and `pandas.to_datetime(utc=True)` read it.

use std::path::Path;

use super::FileError;
use crate::builder::SegmentStamp;
use crate::frame::{Column, Frame, Index, NamedColumn};

/// Names of the time column, the first that the file has.
const TIME_COLUMNS: [&str; 4] = ["timestamp", "time", "datetime", "date"];

/// Texts that pandas takes for an empty cell.
const EMPTY: [&str; 18] = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan",
];

/// Reads a CSV file with a header. Times without a zone are UTC; numbers are nanoseconds since the epoch, also where
/// they were meant as seconds, as in the original.
///
/// # Errors
/// A file that cannot be read, has no time column, or a time that cannot be read.
pub fn read_csv(path: &Path) -> Result<Frame, FileError> {
    let unreadable = |error: csv::Error| FileError::content(path, error.to_string());
    let mut reader = csv::ReaderBuilder::new().from_path(path).map_err(unreadable)?;
    let names: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
    let mut cells: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    for record in reader.records() {
        for (column, cell) in cells.iter_mut().zip(&record.map_err(unreadable)?) {
            column.push(cell.to_owned());
        }
    }
    let Some(time) = TIME_COLUMNS.iter().find_map(|name| names.iter().position(|known| known == name)) else {
        let problem = format!("ValueError: no time column, expected one of {}", TIME_COLUMNS.join(", "));
        return Err(FileError::content(path, problem));
    };
    let ns = stamps(&cells[time])
        .map_err(|(row, text)| FileError::content(path, format!("row {row}: {text:?} is no ISO 8601 date and time")))?;
    let index = Index::Instants { name: Some(names[time].clone()), ns };
    let columns = names.into_iter().zip(cells).enumerate().filter(|(at, _)| *at != time);
    let columns = columns.map(|(_, (name, cells))| NamedColumn { name, column: column(cells) });
    Ok(Frame { index, columns: columns.collect() })
}

/// Times of a column; the row (counted from 0) and text that is none.
fn stamps(cells: &[String]) -> Result<Vec<i64>, (usize, String)> {
    let numbers: Result<Vec<i64>, _> = cells.iter().map(|cell| cell.trim().parse()).collect();
    if let Ok(numbers) = numbers {
        return Ok(numbers);
    }
    let parse = |(row, text): (usize, &String)| {
        let ns = match text.parse::<SegmentStamp>() {
            Ok(SegmentStamp::Instant(ns)) => Some(ns),
            Ok(SegmentStamp::WallTime(wall_time)) => wall_time.and_utc().timestamp_nanos_opt(),
            Err(()) => None,
        };
        ns.ok_or_else(|| (row, text.chars().take(64).collect()))
    };
    cells.iter().enumerate().map(parse).collect()
}

fn column(cells: Vec<String>) -> Column {
    let whole: Result<Vec<i64>, _> = cells.iter().map(|cell| cell.trim().parse()).collect();
    if let Ok(whole) = whole {
        return Column::Int(whole);
    }
    let is_empty = |cell: &str| EMPTY.contains(&cell) || cell == "null";
    let floats: Result<Vec<f64>, _> =
        cells.iter().map(|cell| if is_empty(cell) { Ok(f64::NAN) } else { cell.trim().parse() }).collect();
    match floats {
        Ok(floats) => Column::Float(floats),
        Err(_) => Column::Text(cells.into_iter().map(|cell| Some(cell).filter(|cell| !is_empty(cell))).collect()),
    }
}
