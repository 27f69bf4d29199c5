//! Entry points for fuzzers: each reader over any bytes at all. They may refuse, and must not panic; what they take must
//! keep every rule of imported bars.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::LazyLock;

use peaktrade_domain::{Calendar, Price, UnixNanos};

use super::sorter::plausible_prices;
use super::{
    BarLength, ContractSettlements, FactFate, Format, ImportError, ImportOption, ImportOptions, ImportRequest,
    ImportedContract, ImportedFile, ImportedSettlements, ImportedVendorSeries, Prices, Profile, SettlementFormat,
    Stamp, VendorSeriesRequest, import, import_settlements, import_vendor_series,
};
use crate::disposition::{Disposition, DispositionCounts};
use crate::vendor_series::VendorPrices;

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

/// Facts asked for one after the other at most: every fact that there is.
const QUESTIONS_MAX: usize = 6;

static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::shipped);

/// Reads bytes as a file of a format and of root NQ, with every fact stated that the format leaves open; checks what
/// must hold of whatever comes out, and that it comes out again.
///
/// # Errors
/// As [`import`].
///
/// # Panics
/// Where a rule of imported bars is broken: that is what a fuzzer looks for.
pub fn read(format: &str, bytes: &[u8]) -> Result<ImportedFile, ImportError> {
    static FORMATS: LazyLock<BTreeMap<&str, Format>> = LazyLock::new(|| {
        let parsed =
            FILE_NAMES.iter().filter_map(|(name, _)| Format::parse(name, "").ok().map(|format| (*name, format)));
        parsed.collect()
    });
    let known = FORMATS.get(format).cloned();
    let format = known.map_or_else(|| Format::parse(format, ""), Ok)?;
    let file_name = FILE_NAMES.iter().find(|(name, _)| *name == format.name()).map_or("", |(_, file_name)| *file_name);
    read_with_answers(format, file_name, bytes)
}

/// Reads text as a profile, and bytes as a file by it.
///
/// # Errors
/// Where the profile is none, or as [`import`].
///
/// # Panics
/// As [`read`].
pub fn read_by_profile(profile: &str, file_name: &str, bytes: &[u8]) -> Result<ImportedFile, ImportError> {
    read_with_answers(Format::parse("csv", profile)?, file_name, bytes)
}

/// Reads text as a profile.
///
/// # Errors
/// Where it is none.
pub fn read_profile(text: &str) -> Result<(), ImportError> {
    Profile::parse(text).map(|_| ())
}

/// Reads bytes as a file of settlements and open interest of root NQ, in a format by its name.
///
/// # Errors
/// As [`import_settlements`].
///
/// # Panics
/// Where a rule of imported facts is broken.
pub fn read_settlements(format: &str, bytes: &[u8]) -> Result<ImportedSettlements, ImportError> {
    let format = SettlementFormat::parse(format)?;
    let root = "NQ".parse().expect("a root");
    let imported = import_settlements(bytes, format, root, &CALENDAR)?;
    let (lowest, highest) = plausible_prices(root).expect("a root that is built");
    assert!(imported.contracts.is_sorted_by(|one, next| one.contract < next.contract), "contracts are in order");
    assert!(!imported.contracts.is_empty(), "an imported file has contracts");
    for ContractSettlements { contract, facts, dispositions, calendar_sha256, .. } in &imported.contracts {
        assert_eq!(*calendar_sha256, CALENDAR.sha256());
        let last = CALENDAR.last_trade_date(*contract).expect("a contract whose end is known");
        assert!(facts.is_sorted_by(|one, next| one.trade_date < next.trade_date), "facts are in order");
        assert!(!facts.is_empty() && dispositions.of(FactFate::Kept) > 0, "a contract of a file has facts");
        for fact in facts {
            let session = CALENDAR.session(fact.trade_date).expect("a date of the calendar").expect("a trade date");
            assert!(fact.trade_date <= last, "{contract} is settled on {} while it trades", fact.trade_date);
            assert!(fact.settlement.is_some() || fact.open_interest.is_some(), "a fact says something");
            if let Some(settlement) = fact.settlement {
                assert!((lowest..=highest).contains(&settlement.value) && settlement.known_at >= session.open());
            }
            if let Some(open_interest) = fact.open_interest {
                assert!(open_interest.known_at >= session.close(), "open interest is counted after the close");
            }
        }
    }
    let again = import_settlements(bytes, format, root, &CALENDAR);
    assert_eq!(again.as_ref().ok(), Some(&imported), "the same bytes give the same facts");
    Ok(imported)
}

/// Reads bytes as a vendor's continuous series: a first line such as `5 yes` (interval, and whether prices are adjusted),
/// then the file.
///
/// # Errors
/// As [`import_vendor_series`].
///
/// # Panics
/// Where a rule of imported bars is broken.
pub fn read_vendor_series(bytes: &[u8]) -> Result<ImportedVendorSeries, ImportError> {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (stated, file) = bytes.split_at(end);
    let (stated, file) = (String::from_utf8_lossy(stated.trim_ascii_end()), file.get(1..).unwrap_or_default());
    let (interval, adjusted) = stated.split_once(' ').unwrap_or((&stated, ""));
    let root = "NQ".parse().expect("a root");
    let file_name = format!("CME_MINI_NQ1!, {interval}.csv");
    let request = VendorSeriesRequest::parse("tradingview", root, &file_name, adjusted)?;
    let imported = import_vendor_series(file, &request, &CALENDAR).inspect_err(|error| {
        let text = error.to_string();
        assert!(!text.is_empty() && !text.contains('\n'), "a refusal is one line: {text:?}");
    })?;
    let ImportedVendorSeries { series, bars, dispositions, calendar_sha256, .. } = &imported;
    assert_eq!(*calendar_sha256, CALENDAR.sha256());
    assert_eq!(bars.check_invariants(), Ok(()), "imported bars keep the rules of bars");
    assert_eq!(dispositions.of(Disposition::Kept), bars.len() as u64, "each bar is of one kept row");
    assert!(series.root() == root && !bars.is_empty(), "an imported series has bars of the root");
    let apart = series.bar().nanos().unwrap_or(0);
    assert!(bars.stamps().windows(2).all(|pair| pair[1] - pair[0] >= apart), "bars do not overlap");
    for ts in bars.stamps() {
        let open = UnixNanos::from_nanos(*ts);
        assert!(open.is_whole_minute() && CALENDAR.is_open(open) == Ok(true), "{open} is open market");
    }
    let tick = CALENDAR.spec(root).expect("a root that is built").tick;
    let (lowest, highest) = plausible_prices(root).expect("a root that is built");
    for price in bars.prices() {
        let is_on_tick = series.prices() == VendorPrices::Adjusted || price.is_on_tick(tick);
        assert!((lowest..=highest).contains(&price) && is_on_tick, "{price} is a price of {series}");
    }
    let again = import_vendor_series(file, &request, &CALENDAR);
    assert_eq!(again.as_ref().ok(), Some(&imported), "the same bytes give the same bars");
    Ok(imported)
}

/// Imports as a caller would who states what the refusals ask for, and nothing else.
fn read_with_answers(format: Format, file_name: &str, bytes: &[u8]) -> Result<ImportedFile, ImportError> {
    let root = "NQ".parse().expect("a root");
    let mut request =
        ImportRequest { format, root, file_name: file_name.to_owned(), options: ImportOptions::default() };
    let mut asked = Vec::new();
    let imported = loop {
        match import(Cursor::new(bytes), &request, &CALENDAR) {
            Err(ImportError::Missing { options, .. }) if asked.len() < QUESTIONS_MAX => {
                for option in options {
                    assert!(!asked.contains(&option), "{option:?} is asked for once and taken then");
                    asked.push(option);
                    answer(&mut request.options, option);
                }
            }
            Err(error) => {
                let text = error.to_string();
                assert!(!text.is_empty() && !text.contains('\n'), "a refusal is one line: {text:?}");
                return Err(error);
            }
            Ok(imported) => break imported,
        }
    };
    check(&imported);
    let again = import(Cursor::new(bytes), &request, &CALENDAR);
    assert_eq!(again.as_ref().ok(), Some(&imported), "the same bytes give the same bars");
    Ok(imported)
}

fn answer(options: &mut ImportOptions, asked: ImportOption) {
    match asked {
        ImportOption::Contract => options.contract = "NQH2025".parse().ok(),
        ImportOption::TimeZone => options.time_zone = Some(chrono_tz::America::Chicago),
        ImportOption::Stamp => options.stamp = Some(Stamp::Close),
        ImportOption::Prices => options.prices = Some(Prices::Raw),
        ImportOption::Bar => options.bar = Some(BarLength::Minute),
        ImportOption::Profile => panic!("the profile is given"),
        ImportOption::Adjusted => panic!("no contract's prices are adjusted"),
    }
}

/// What holds of every imported file.
fn check(imported: &ImportedFile) {
    assert!(!imported.contracts.is_empty(), "an imported file has contracts");
    assert!(imported.contracts.is_sorted_by(|one, next| one.contract < next.contract), "contracts are in order");
    // Rows of no contract, or of one of which nothing was kept, count in the file alone.
    let mut of_contracts = DispositionCounts::default();
    for contract in &imported.contracts {
        of_contracts.add(&contract.dispositions);
        check_contract(contract);
    }
    for disposition in Disposition::ALL {
        let (of_contracts, of_file) = (of_contracts.of(disposition), imported.dispositions.of(disposition));
        let is_exact = disposition == Disposition::Kept;
        assert!(of_contracts <= of_file && (!is_exact || of_contracts == of_file), "{disposition:?} adds up");
    }
}

fn check_contract(imported: &ImportedContract) {
    let ImportedContract { contract, bars, dispositions, calendar_sha256 } = imported;
    assert_eq!(*calendar_sha256, CALENDAR.sha256());
    assert_eq!(contract.root().as_str(), "NQ", "only the root that was asked for");
    assert_eq!(bars.check_invariants(), Ok(()), "imported bars keep the rules of bars");
    assert!(!bars.is_empty(), "an imported contract has bars");
    assert!(dispositions.of(Disposition::Kept) >= bars.len() as u64, "each bar is of one kept row at least");
    for nothing in [Disposition::Spread, Disposition::UnknownSymbol] {
        assert_eq!(dispositions.of(nothing), 0, "such rows are of no contract");
    }
    let end = CALENDAR.last_trade_time(*contract).expect("a contract whose end is known");
    let tick = CALENDAR.spec(contract.root()).expect("a root that is built").tick;
    let (lowest, highest) = plausible_prices(contract.root()).expect("a root that is built");
    for row in 0..bars.len() {
        let open = UnixNanos::from_nanos(bars.ts[row]);
        assert!(open.is_whole_minute() && open < end, "{open} is a minute in which {contract} trades");
        assert_eq!(CALENDAR.is_open(open), Ok(true), "{open} is open market");
        assert!(bars.volume[row] >= 0, "{open} has a volume");
        for price in [bars.open[row], bars.high[row], bars.low[row], bars.close[row]].map(Price::from_nanos) {
            assert!((lowest..=highest).contains(&price) && price.is_on_tick(tick), "{price} at {open} is a price");
        }
    }
}
