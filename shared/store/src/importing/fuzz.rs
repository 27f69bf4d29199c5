//! Entry points for fuzzers: each reader over any bytes at all. They may refuse, and must not panic.

use std::io::Cursor;

use peaktrade_domain::Calendar;

use super::{
    BarLength, Format, ImportError, ImportOptions, ImportRequest, ImportedFile, Prices, Profile, Stamp, import,
};

/// Names under which each format reads its files, so that the bytes and not the name decide.
const FILE_NAMES: [(&str, &str); 12] = [
    ("ninjatrader", "NQ 03-25.Last.txt"),
    ("databento", "glbx-mdp3.ohlcv-1m.dbn.zst"),
    ("scid", "NQH25_FUT_CME.scid"),
    ("sierra", "NQH25_FUT_CME-BarData.txt"),
    ("lean", "trade.zip"),
    ("parquet", "bars.parquet"),
    ("barchart", "nqh25_intraday-1min_historical-data.csv"),
    ("firstrate", "NQ_H25_1min.txt"),
    ("ibkr", "NQH5.csv"),
    ("massive", "minutes.csv"),
    ("tradestation", "NQH25.txt"),
    ("tradingview", "CME_MINI_NQH2025, 1.csv"),
];

/// Reads bytes as a file of a format and of root NQ, with every fact stated that the format leaves open; checks what
/// must hold of whatever comes out.
///
/// # Errors
/// As [`import`].
///
/// # Panics
/// Where a rule of imported bars is broken: that is what a fuzzer looks for.
pub fn read(format: &str, bytes: &[u8]) -> Result<ImportedFile, ImportError> {
    let request = request(format)?;
    let imported = import(Cursor::new(bytes), &request, &Calendar::shipped())?;
    for contract in &imported.contracts {
        assert_eq!(contract.bars.check_invariants(), Ok(()), "{format}: imported bars keep the rules of bars");
        assert!(!contract.bars.is_empty(), "{format}: an imported contract has bars");
    }
    Ok(imported)
}

/// Reads text as a profile.
///
/// # Errors
/// Where it is none.
pub fn read_profile(text: &str) -> Result<(), ImportError> {
    Profile::parse(text).map(|_| ())
}

/// A request for a format in which nothing is left open.
fn request(format: &str) -> Result<ImportRequest, ImportError> {
    let format = Format::parse(format, "")?;
    let file_name = FILE_NAMES.iter().find(|(name, _)| *name == format.name()).map_or("", |(_, file_name)| *file_name);
    let stated = |options: ImportOptions| ImportRequest {
        format: format.clone(),
        root: "NQ".parse().expect("a root"),
        file_name: file_name.to_owned(),
        options,
    };
    let options = match format.name() {
        "ibkr" | "sierra" => ImportOptions {
            time_zone: Some(chrono_tz::America::Chicago),
            prices: Some(Prices::Raw),
            bar: Some(BarLength::Minute),
            ..ImportOptions::default()
        },
        "parquet" => ImportOptions {
            contract: "NQH2025".parse().ok(),
            stamp: Some(Stamp::Open),
            prices: Some(Prices::Raw),
            bar: Some(BarLength::Minute),
            ..ImportOptions::default()
        },
        "tradestation" => ImportOptions {
            prices: Some(Prices::Raw),
            bar: Some(BarLength::Minute),
            stamp: Some(Stamp::Close),
            ..ImportOptions::default()
        },
        "massive" => ImportOptions { bar: Some(BarLength::Minute), ..ImportOptions::default() },
        _ => ImportOptions::default(),
    };
    Ok(stated(options))
}
