//! Rules that hold for every format: each row has one fate, what cannot be right is refused, what was written comes back.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use peaktrade_continuous::{Bar, Bars};
use peaktrade_domain::{Calendar, Price, UnixNanos};
use peaktrade_store::{Disposition, Format, ImportError, ImportOptions, ImportRequest, ImportedFile, fuzz, import};
use proptest::prelude::{Strategy, any, prop};
use proptest::{prop_assert, prop_assert_eq, proptest};

fn read(format: &str, file_name: &str, bytes: &[u8]) -> Result<ImportedFile, ImportError> {
    let request = ImportRequest {
        format: Format::parse(format, "").unwrap(),
        root: "NQ".parse().unwrap(),
        file_name: file_name.to_owned(),
        options: ImportOptions::default(),
    };
    import(std::io::Cursor::new(bytes), &request, &Calendar::shipped())
}

/// A FirstRate file of the minutes from 10:00 in New York on 2025-01-02, with a price for each.
fn firstrate(minutes: impl IntoIterator<Item = (u32, &'static str)>) -> String {
    let row = |(minute, price): (u32, &str)| {
        format!("2025-01-02 {:02}:{:02}:00,{price},{price},{price},{price},1\n", 10 + minute / 60, minute % 60)
    };
    minutes.into_iter().map(row).collect()
}

const NAME: &str = "NQ_H25_1min.txt";

#[test]
fn a_spike_is_told_by_its_neighbours() {
    let check = |rows: &[(u32, &'static str)], spikes: u64| {
        let file = read("firstrate", NAME, firstrate(rows.iter().copied()).as_bytes()).unwrap();
        assert_eq!(file.dispositions.of(Disposition::Spike), spikes, "{rows:?}");
        assert_eq!(file.dispositions.of(Disposition::Kept), rows.len() as u64 - spikes, "{rows:?}");
    };
    check(&[(0, "21000"), (1, "18000"), (2, "21000")], 1);
    check(&[(0, "21000"), (1, "24000"), (2, "21000")], 1);
    // A move that stays is none, however large; nor is one whose neighbours are too far away to tell.
    check(&[(0, "21000"), (1, "18000"), (2, "18000")], 0);
    check(&[(0, "21000"), (91, "18000"), (92, "21000")], 0);
    // The last minute of a session and the first of the next one, with the daily pause between them.
    check(&[(418, "21000"), (419, "18000"), (480, "21000")], 1);
    check(&[(419, "21000"), (480, "24000"), (481, "21000")], 1);
    check(&[(0, "21000"), (1, "19000"), (2, "21000")], 0);
    check(&[(0, "18000"), (1, "21000")], 0);
}

#[test]
fn stray_impossible_prices_are_counted_and_a_wrong_scale_is_refused() {
    let minutes = |count: u32| (0..count).map(|minute| (minute % 360, "21000"));
    // 1,200 rows of distinct minutes: five hours on each of four days.
    let mut text = String::new();
    for day in [2, 3, 6, 7] {
        text += &firstrate(minutes(300)).replace("2025-01-02", &format!("2025-01-{day:02}"));
    }
    let stray = "2025-01-08 10:00:00,0.5,21000,0.5,21000,6\n";
    let file = read("firstrate", NAME, format!("{text}{stray}").as_bytes()).unwrap();
    assert_eq!(file.dispositions.of(Disposition::PriceScale), 1);
    assert_eq!(file.dispositions.of(Disposition::Kept), 1_200);
    let error = read("firstrate", NAME, format!("{text}{stray}{}", stray.replace("10:00", "10:01")).as_bytes());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("line 1201: price 0.5 is outside 700 to 69000"), "{error}");
    assert!(error.contains("1 further rows"), "{error}");
    let scaled = read("firstrate", NAME, text.replace("21000", "2100000").as_bytes()).unwrap_err().to_string();
    assert!(scaled.contains("line 1: price 2100000 is outside"), "{scaled}");
}

#[test]
fn bars_of_five_minutes_and_adjusted_prices_are_refused() {
    let fives = firstrate((0..70).map(|minute| (minute * 5, "21000")));
    let error = read("firstrate", NAME, fives.as_bytes()).unwrap_err().to_string();
    assert!(
        error.contains(
            "60 bars of NQH2025 in a row, the first at 2025-01-02T15:00:00Z, are a multiple of 5 minutes apart"
        ),
        "{error}"
    );
    // A few of them could be minutes in which nobody traded.
    assert!(read("firstrate", NAME, firstrate((0..59).map(|minute| (minute * 5, "21000"))).as_bytes()).is_ok());
    // Nor do minutes before and after them hide them.
    let minutes = |count: u32| (0..count).map(|minute| (minute, "21000"));
    let days = [
        firstrate(minutes(30)),
        firstrate((0..80).map(|at| (5 * at, "21000"))).replace("01-02", "01-03"),
        firstrate(minutes(400)).replace("01-02", "01-06"),
    ];
    let error = read("firstrate", NAME, days.concat().as_bytes()).unwrap_err().to_string();
    assert!(error.contains("60 bars of NQH2025 in a row, the first at 2025-01-03T15:00:00Z"), "{error}");
    let adjusted = firstrate((0..200).map(|minute| (minute, if minute % 3 == 0 { "21000" } else { "21000.1" })));
    let error = read("firstrate", NAME, adjusted.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("133 of 200 rows lie off the tick grid of NQH2025"), "{error}");
}

#[test]
fn zstd_is_read_as_it_is_and_a_cut_frame_is_refused() {
    let text = firstrate((0..59).map(|minute| (minute, "21000")));
    let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
    let plain = read("firstrate", NAME, text.as_bytes()).unwrap();
    assert_eq!(read("firstrate", &format!("{NAME}.zst"), &packed).unwrap(), plain);
    let again = text.replace("2025-01-02", "2025-01-03");
    let frames = [packed.clone(), zstd::encode_all(again.as_bytes(), 3).unwrap()].concat();
    assert_eq!(read("firstrate", NAME, &frames).unwrap().dispositions.rows_in(), 118);
    assert!(read("firstrate", NAME, &packed[..packed.len() - 4]).is_err());
}

/// Bars at minutes of one open week, on the grid.
fn bars() -> impl Strategy<Value = Bars> {
    // From Monday 2025-01-13 15:00 UTC, twenty minutes of each hour for five hours of four days.
    let minutes =
        prop::collection::btree_map(0_i64..1_200, (80_000_i64..86_000, 0_i64..40, 0_i64..40, 0_i64..500), 1..200);
    minutes.prop_map(|minutes| {
        let start: UnixNanos = "2025-01-13T15:00:00Z".parse().unwrap();
        let mut bars = Bars::default();
        for (minute, (open, up, down, volume)) in minutes {
            let (day, of_day) = (minute / 300, minute % 300);
            let ts = start.nanos() + (day * 1_440 + of_day) * UnixNanos::MINUTE;
            let price = |quarters: i64| quarters * Price::SCALE / 4;
            bars.push(Bar {
                ts,
                open: price(open),
                high: price(open + up),
                low: price(open - down),
                close: price(open + up - (up + down) / 2),
                volume,
            });
        }
        bars
    })
}

/// Bars as a format writes them, from the parts of each row.
fn written(bars: &Bars, row: impl Fn(UnixNanos, &str, i64) -> String) -> String {
    let mut text = String::new();
    for at in 0..bars.len() {
        let bar = bars.get(at).unwrap();
        let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(Price::from_nanos);
        let prices = format!("{open},{high},{low},{close}");
        writeln!(text, "{}", row(UnixNanos::from_nanos(bar.ts), &prices, bar.volume)).unwrap();
    }
    text
}

proptest! {
    #[test]
    fn what_was_written_comes_back(bars in bars()) {
        // The week lies in standard time: New York is five hours behind UTC, Chicago six.
        let local = |time: UnixNanos, hours: i64, minutes: i64| {
            time.checked_add_nanos(minutes * UnixNanos::MINUTE - hours * 60 * UnixNanos::MINUTE).unwrap().to_datetime()
        };
        let ninjatrader = written(&bars, |time, prices, volume| {
            format!("{};{};{volume}", local(time, 0, 1).format("%Y%m%d %H%M%S"), prices.replace(',', ";"))
        });
        let firstrate = written(&bars, |time, prices, volume| {
            format!("{},{prices},{volume}", local(time, 5, 0).format("%Y-%m-%d %H:%M:%S"))
        });
        let barchart = "Time,Open,High,Low,Last,Volume\n".to_owned() + &written(&bars, |time, prices, volume| {
            format!("{},{prices},{volume}", local(time, 6, 0).format("%Y-%m-%d %H:%M"))
        });
        let tradingview = "time,open,high,low,close,Volume\n".to_owned() + &written(&bars, |time, prices, volume| {
            format!("{},{prices},{volume}", time.seconds_floor())
        });
        for (format, name, text) in [
            ("ninjatrader", "NQ 03-25.Last.txt", &ninjatrader),
            ("firstrate", NAME, &firstrate),
            ("barchart", "nqh25_intraday-1min_historical-data.csv", &barchart),
            ("tradingview", "CME_MINI_NQH2025, 1.csv", &tradingview),
        ] {
            let file = read(format, name, text.as_bytes()).unwrap();
            prop_assert_eq!(file.contracts.len(), 1, "{}", format);
            prop_assert_eq!(&file.contracts[0].bars, &bars, "{}", format);
            prop_assert_eq!(file.dispositions.of(Disposition::Kept), bars.len() as u64);
        }
    }

    #[test]
    fn damaged_files_are_read_or_refused(
        bars in bars(),
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        for format in Format::names().into_iter().filter(|format| *format != "csv") {
            let mut bytes = sample(format, &bars);
            for (place, byte) in &places {
                let at = place.index(bytes.len());
                bytes[at] = *byte;
            }
            bytes.truncate(cut.index(bytes.len()) + 1);
            if let Ok(file) = fuzz::read(format, &bytes) {
                let bars: u64 = file.contracts.iter().map(|contract| contract.bars.len() as u64).sum();
                prop_assert!(bars <= file.dispositions.rows_in());
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for format in Format::names() {
            let _refused_or_not = fuzz::read(format, &bytes);
        }
        let _refused_or_not = fuzz::read_profile(&String::from_utf8_lossy(&bytes));
    }
}

/// Seeds of the formats that are not written here.
const SEEDS: [(&str, &str); 5] = [
    ("databento", "databento_dbn/accepted_definition"),
    ("scid", "scid/accepted_bars"),
    ("lean", "lean/accepted_two_minutes.zip"),
    ("parquet", "parquet_columns/accepted_zstd.parquet"),
    ("sierra", "sierra/accepted_few"),
];

fn seed(name: &str) -> Vec<u8> {
    let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds");
    std::fs::read(seeds.join(name)).unwrap()
}

#[test]
fn samples_are_of_their_formats() {
    for (format, name) in SEEDS {
        fuzz::read(format, &seed(name)).unwrap();
    }
    let written = ["massive", "tradestation", "ninjatrader", "ibkr", "barchart", "tradingview", "firstrate"];
    let bar = Bar {
        ts: "2025-01-13T15:00:00Z".parse::<UnixNanos>().unwrap().nanos(),
        open: 21_000 * Price::SCALE,
        high: 21_000 * Price::SCALE,
        low: 21_000 * Price::SCALE,
        close: 21_000 * Price::SCALE,
        volume: 1,
    };
    let mut bars = Bars::default();
    bars.push(bar);
    for format in written {
        fuzz::read(format, &sample(format, &bars)).unwrap_or_else(|error| panic!("{format}: {error}"));
    }
    let known: Vec<&str> = SEEDS.into_iter().map(|(format, _)| format).chain(written).chain(["csv"]).collect();
    assert!(Format::names().into_iter().all(|format| known.contains(&format)));
}

/// Some file of a format.
fn sample(format: &str, bars: &Bars) -> Vec<u8> {
    match SEEDS.iter().find(|(of, _)| *of == format) {
        Some((_, name)) => seed(name),
        None => written_as(format, bars).into_bytes(),
    }
}

fn written_as(format: &str, bars: &Bars) -> String {
    let of = |header: &str, form: &dyn Fn(UnixNanos) -> String, before: &str, after: &str| {
        let rows = written(bars, |time, prices, volume| format!("{before}{},{prices},{volume}{after}", form(time)));
        format!("{header}{rows}")
    };
    let local = |time: UnixNanos| time.to_datetime().format("%Y-%m-%d %H:%M:%S").to_string();
    match format {
        "massive" => {
            of("ticker,window_start,open,high,low,close,volume\n", &|time| time.nanos().to_string(), "NQH5,", "")
        }
        "tradestation" => {
            let form = |time: UnixNanos| time.to_datetime().format("%m/%d/%Y,%H:%M").to_string();
            of("\"Date\",\"Time\",\"Open\",\"High\",\"Low\",\"Close\",\"Vol\"\n", &form, "", "")
        }
        "ninjatrader" => {
            let form = |time: UnixNanos| time.to_datetime().format("%Y%m%d %H%M%S").to_string();
            of("", &form, "", "").replace(',', ";")
        }
        "ibkr" => of("date,open,high,low,close,volume\n", &local, "", ""),
        "barchart" => of("Time,Open,High,Low,Last,Volume\n", &local, "", ""),
        "tradingview" => of("time,open,high,low,close,Volume\n", &|time| time.seconds_floor().to_string(), "", ""),
        _ => of("", &local, "", ""),
    }
}
