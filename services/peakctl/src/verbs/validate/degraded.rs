//! Days whose data a vendor does not call good: Databento's `condition.json`, or a text of dates.

use std::path::Path;

use peaktrade_wire::dataset::v1::VendorDay;
use serde::Deserialize;

use crate::failure::Failure;

/// Largest file: forty years of days.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// What the vendor calls a day without fault; such days are left out.
const GOOD: &str = "available";
/// What a day of a text without more words is called.
const LISTED: &str = "degraded";

/// One day of `condition.json`. The vendor may add fields.
#[derive(Debug, Deserialize)]
struct Day {
    date: String,
    condition: String,
}

/// Reads a file of days.
pub(super) fn read(path: &Path) -> Result<Vec<VendorDay>, Failure> {
    let unreadable = |error: std::io::Error| Failure::from_file("reading", path, &error);
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > FILE_BYTES_MAX {
        let text = format!("{} holds {size} bytes; at most {FILE_BYTES_MAX} are read", path.display());
        return Err(Failure::Input(text));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    parse(&text).map_err(|problem| Failure::Input(format!("{}: {problem}", path.display())))
}

/// A text that begins with a bracket is the vendor's list; of any other each line is a date, what follows # is a remark.
fn parse(text: &str) -> Result<Vec<VendorDay>, String> {
    if text.trim_start().starts_with('[') {
        let days: Vec<Day> = serde_json::from_str(text).map_err(|error| {
            format!("{error}; a list of {{\"date\": \"YYYY-MM-DD\", \"condition\": \"...\"}} is required")
        })?;
        let days = days.into_iter().filter(|day| day.condition != GOOD);
        return Ok(days.map(|day| VendorDay { date: day.date, condition: day.condition }).collect());
    }
    let dates = text.lines().enumerate().map(|(at, line)| (at + 1, line.split('#').next().unwrap_or_default().trim()));
    dates
        .filter(|(_, date)| !date.is_empty())
        .map(|(line, date)| match date.parse::<peaktrade_domain::TradeDate>() {
            Ok(date) => Ok(VendorDay { date: date.to_string(), condition: LISTED.to_owned() }),
            Err(error) => Err(format!("line {line}: {error}")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn check(text: &str, expected: Result<&[(&str, &str)], &str>) {
        match (parse(text), expected) {
            (Ok(days), Ok(expected)) => {
                let days: Vec<_> = days.iter().map(|day| (day.date.as_str(), day.condition.as_str())).collect();
                assert_eq!(days, expected, "{text}");
            }
            (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
            (found, expected) => panic!("{found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn the_vendors_list_and_a_text_of_dates_are_read() {
        let list = r#"[{"date": "2025-04-07", "condition": "degraded", "last_modified_date": "2025-04-08"},
            {"date": "2025-04-08", "condition": "available"}, {"date": "2025-04-09", "condition": "missing"}]"#;
        check(list, Ok(&[("2025-04-07", "degraded"), ("2025-04-09", "missing")]));
        check(
            "# days\n2025-04-07\n\n2025-04-09 # half\n",
            Ok(&[("2025-04-07", "degraded"), ("2025-04-09", "degraded")]),
        );
        check("", Ok(&[]));
        check("[{\"day\": 1}]", Err("\"date\": \"YYYY-MM-DD\""));
        check("2025-04-07\n7 April\n", Err("line 2"));
    }
}
