//! Seeds of vendors' continuous series.

use super::texts::{Minute, minutes};
use super::{Seed, seed};

/// Vendors' continuous series, each behind its interval and whether its prices are adjusted.
pub(super) fn all() -> Vec<Seed> {
    let header = "time,open,high,low,close,Volume\n";
    let five: String = minutes(3, 5).iter().map(series_row).collect();
    let without = five.lines().filter_map(|line| line.rsplit_once(',')).map(|(line, _)| format!("{line}\n"));
    let without: String = without.collect();
    let one = |name: &str, text: String| seed("vendor_series", name, text);
    let day = "21000,21001,20999.5,21000.25,12\n";
    vec![
        one("accepted_adjusted", format!("5 yes\n{header}{}", five.replace(".25", ".1"))),
        one("accepted_unadjusted", format!("5 no\n{header}{five}")),
        one("accepted_no_volume", format!("5 yes\n{}{without}", header.replace(",Volume", ""))),
        one("accepted_days", format!("1D no\n{header}2025-01-13,{day}2025-01-18,{day}1736895600,{day}")),
        one(
            "accepted_strange",
            format!("5 no\n{header}{five}{five}1736674800,{day}1736781600,21000.1,21001,20999.5,21000.25,12\n"),
        ),
        one(
            "accepted_indicators",
            "60 yes\r\ntime,open,high,low,close,PlotCandle (High,PlotCandle (High,\"a, b\",Volume\r\n\
             2025-01-13T09:00:00-06:00,21000,21001,20999.5,21000.1,NaN,NaN,,12\r\n"
                .to_owned(),
        ),
        one("refused_not_stated", format!("5\n{header}{five}")),
        one("refused_interval", format!("240 no\n{header}{five}")),
        one("refused_too_close", format!("15 no\n{header}{five}")),
        one("refused_differing", format!("5 no\n{header}{five}{}", five.replace("12\n", "13\n").replace(".25", ".5"))),
    ]
}

fn series_row(minute: &Minute) -> String {
    let [open, high, low, close] = minute.prices;
    format!("{},{open},{high},{low},{close},{}\n", minute.open.timestamp(), minute.volume)
}
