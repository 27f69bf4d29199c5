use super::Profile;
use crate::Format;
use crate::importing::testing::{read, told};

/// Reads a file of root NQ; expected is what it tells, or a part of the refusal.
fn check(format: &str, file_name: &str, stated: &[(&str, &str)], text: &str, expected: Result<&str, &str>) {
    match (read(format, file_name, stated, text.as_bytes()), expected) {
        (Ok(file), Ok(expected)) => assert_eq!(told(&file), expected, "{text}"),
        (Err(error), Err(part)) => assert!(error.contains(part), "{file_name} {text:?}: {error}"),
        (found, expected) => panic!("{file_name} {text:?}: {found:?}, expected {expected:?}"),
    }
}

const RAW_MINUTES: [(&str, &str); 2] = [("prices", "raw"), ("bar", "1m")];

#[test]
fn every_shipped_profile_is_one() {
    let names: Vec<&str> = Profile::shipped_names().collect();
    assert_eq!(names, ["barchart", "firstrate", "ibkr", "massive", "sierra", "tradestation", "tradingview"]);
    for name in names {
        assert_eq!(Profile::shipped(name).unwrap().format_name(), name);
    }
}

#[test]
fn firstrate_is_eastern_time_at_the_open_with_or_without_a_header() {
    let name = "NQ_H24_1min.txt";
    // 16:59 in New York is the last minute of the session in Chicago.
    let row = "2024-01-02 16:59:00,16700.25,16701,16700,16700.5,12\n";
    let told = Ok("NQH2024: 01-02T21:59 16700.5 x12; 1 kept");
    check("firstrate", name, &[], row, told);
    check("firstrate", name, &[], &row.replace('\n', "\r\n"), told);
    check("firstrate", name, &[], &format!("timestamp,open,high,low,close,volume\n{row}"), told);
    let with_interest =
        "timestamp,open,high,low,close,volume,open interest\n2024-01-02 16:59:00,16700.25,16701,16700,16700.5,12,9\n";
    check("firstrate", name, &[], with_interest, told);
    check("firstrate", name, &[("time_zone", "America/New_York"), ("stamp", "open")], row, told);
    check(
        "firstrate",
        name,
        &[("time_zone", "UTC")],
        row,
        Err("time_zone UTC is stated, and a file of firstrate has America/New_York"),
    );
    check("firstrate", name, &[("stamp", "close")], row, Err("stamp close is stated"));
    check(
        "firstrate",
        name,
        &[("contract", "NQM2024")],
        row,
        Err("contract NQM2024 is stated, and a file of firstrate has NQH2024"),
    );
    for continuous in ["NQ_continuous_unadjusted_1min.txt", "NQ_continuous_adjusted_1min.txt"] {
        check(
            "firstrate",
            continuous,
            &[("contract", "NQH2024"), ("bar", "1m")],
            row,
            Err("a vendor's continuous series"),
        );
    }
    check("firstrate", "ES_H24_1min.txt", &[], row, Err("is of root ES, the import is of root NQ"));
    let sample = "NQ_1min_sample.csv";
    check(
        "firstrate",
        sample,
        &[],
        row,
        Err("does not tell its bar (such as 1m) and contract (such as NQH2025); it must be stated"),
    );
    check("firstrate", sample, &[("contract", "NQH2024"), ("bar", "1m")], row, told);
    check(
        "firstrate",
        name,
        &[],
        "2024-01-02 16:59:00,16700.25,16701,16700,16700.5\n",
        Err("line 1: 5 fields; 6 to 7 are required"),
    );
    check("firstrate", name, &[], "date,open,high,low,close,volume\n", Err("line 1: stamp \"date\""));
    check("firstrate", name, &[], "timestamp,open,high,low,volume\n", Err("header: no column is close"));
    check("firstrate", name, &[], &format!("{row}\n{row}"), Err("line 3: a row follows the last line"));
    check("firstrate", name, &[], &format!("{row}\n \r\n\n"), told);
    check("firstrate", name, &[], "", Err("the file is empty"));
    check("firstrate", name, &[], "\n", Err("the file is empty"));
}

#[test]
fn tradestation_is_exchange_time_at_the_close_and_adds_up_and_down_volume() {
    let header = "\"Date\",\"Time\",\"Open\",\"High\",\"Low\",\"Close\",\"Up\",\"Down\"\n";
    let told = Ok("NQH2026: 01-02T21:59 25300.5 x12; 1 kept");
    let row = "01/02/2026,16:00,25300.25,25301,25300,25300.5,7,5\n";
    check("tradestation", "NQH26.txt", &RAW_MINUTES, &format!("{header}{row}"), told);
    check(
        "tradestation",
        "NQH26.txt",
        &RAW_MINUTES,
        &format!("{header}{}", row.replace("2026", "26").replace("16:00", "1600")),
        told,
    );
    let volume = header.replace("\"Up\",\"Down\"", "\"Vol\",\"OI\"");
    check("tradestation", "NQH26.txt", &RAW_MINUTES, &format!("{volume}{}", row.replace(",7,5", ",12,0")), told);
    check(
        "tradestation",
        "NQH26.txt",
        &[("bar", "1m")],
        &format!("{header}{row}"),
        Err("does not tell its prices (such as raw); it must be stated"),
    );
    check("tradestation", "anything.txt", &RAW_MINUTES, &format!("{header}{row}"), Err("does not tell its contract"));
    check("tradestation", "@NQ.txt", &RAW_MINUTES, &format!("{header}{row}"), Err("a vendor's continuous series"));
    check("tradestation", "NQH26.txt", &RAW_MINUTES, row, Err("line 1: header"));
}

#[test]
fn barchart_reads_the_sites_files_and_those_with_an_offset() {
    let name = "nqh26_intraday-1min_historical-data-01-02-2026.csv";
    let site = "Time,Open,High,Low,Latest,Change,%Change,Volume\n\
                \"2026-01-02 15:59\",25300.25,25301,25300,25300.5,-1.25,\"-0.01%\",12\n\
                \"Downloaded from Barchart.com as of 01-02-2026 05:00pm CST\"\n";
    let told = Ok("NQH2026: 01-02T21:59 25300.5 x12; 1 kept");
    check("barchart", name, &[], site, told);
    check("barchart", name, &[], &format!("{site}\n\n"), told);
    check("barchart", name, &[], &format!("{site}x\n"), Err("line 4: a row follows the last line"));
    check("barchart", name, &[], &format!("{site}\nx\n"), Err("line 5: a row follows the last line"));
    let stored = "Time,Open,High,Low,Close,Volume\n2026-01-02T21:59:00+0000,25300.25,25301.0,25300.0,25300.5,12.0\n";
    check("barchart", "NQH26.csv", &[("bar", "1m")], stored, told);
    check(
        "barchart",
        "NQH26.csv",
        &[("bar", "1m")],
        &stored.replace("12.0", "12.5"),
        Err("volume \"12.5\" is not a whole number"),
    );
}

#[test]
fn massive_reads_the_year_of_each_ticker_against_its_row() {
    let header =
        "ticker,window_start,open,high,low,close,volume,dollar_volume,transactions,exchange,session_end_date\n";
    let row = |ticker: &str, time: &str| {
        let nanos = time.parse::<peaktrade_domain::UnixNanos>().unwrap().nanos();
        format!("{ticker},{nanos},25300.25,25301,25300,25300.5,12,1,1,XCME,2026-01-02\n")
    };
    let (before, at) = ("2026-03-12T15:00:00Z", "2026-06-17T15:00:00Z");
    let rows = row("NQH6", before)
        + &row("NQM6", before)
        + &row("NQH6-NQM6", before)
        + &row("ESH6", before)
        + &row("NQ 20260320 C 25000", before)
        + &row("NQM6", at)
        + &row("NQU6", at);
    check(
        "massive",
        "2026-03-12.csv.gz",
        &[("bar", "1m")],
        &format!("{header}{rows}"),
        Ok("NQH2026: 03-12T15:00 25300.5 x12; NQM2026: 03-12T15:00 25300.5 x12; 06-17T15:00 25300.5 x12; \
            NQU2026: 06-17T15:00 25300.5 x12; 4 kept, 1 spread, 2 unknown symbol"),
    );
    // In January 2026 NQZ0 is December 2030, of which the calendar does not know the end, and not December 2020.
    let far = format!("{header}{}{}", row("NQH6", "2026-01-12T15:00:00Z"), row("NQZ0", "2026-01-12T15:00:00Z"));
    check("massive", "f.csv", &[("bar", "1m")], &far, Ok("NQH2026: 01-12T15:00 25300.5 x12; 1 kept, 1 unknown symbol"));
    check(
        "massive",
        "f.csv",
        &[("bar", "1m"), ("contract", "NQH2026")],
        &far,
        Err("line 3: symbol \"NQZ0\"; NQH2026 is stated"),
    );
    check("massive", "f.csv", &[], &far, Err("does not tell its bar (such as 1m)"));
    check(
        "massive",
        "f.csv",
        &[("bar", "1m")],
        &format!("{header}{}", row("ESH6", before)),
        Err("none of the 1 rows can be kept: 1 unknown symbol"),
    );
}

#[test]
fn ibkr_needs_a_zone_unless_each_stamp_tells_it() {
    let header = "date,open,high,low,close,volume,average,barCount\n";
    let row = |stamp: &str| format!("{header}{stamp},25300.25,25301,25300,25300.5,12.0,25300.4,3\n");
    let told = Ok("NQH2026: 01-02T21:59 25300.5 x12; 1 kept");
    let chicago = [&RAW_MINUTES[..], &[("time_zone", "America/Chicago")]].concat();
    check("ibkr", "NQH6.csv", &chicago, &row("20260102  15:59:00"), told);
    check("ibkr", "NQH6.csv", &RAW_MINUTES, &row("20260102 16:59:00 US/Eastern"), told);
    check("ibkr", "NQH6.csv", &RAW_MINUTES, &row("2026-01-02 15:59:00-06:00"), told);
    // What is stated must not contradict a row, and is told of the file only where a row needed it.
    check("ibkr", "NQH6.csv", &chicago, &row("20260102 16:59:00 US/Eastern"), Err("names another zone than"));
    for (stamp, zone) in [("20260102 15:59:00 US/Central", None), ("20260102 15:59:00", Some("America/Chicago"))] {
        let file = read("ibkr", "NQH6.csv", &chicago, row(stamp).as_bytes()).unwrap();
        assert_eq!(file.reading.get("time_zone").map(String::as_str), zone, "{stamp}");
    }
    check("ibkr", "NQH6.csv", &RAW_MINUTES, &row("1767391140"), told);
    check(
        "ibkr",
        "NQH6.csv",
        &RAW_MINUTES,
        &row("20260102 15:59:00"),
        Err("does not tell its time_zone (such as America/Chicago)"),
    );
    check(
        "ibkr",
        "NQH6.csv",
        &[],
        &row("20260102 15:59:00"),
        Err("does not tell its prices (such as raw) and bar (such as 1m)"),
    );
    check("ibkr", "NQH6.csv", &chicago, &row("20260102"), Err("is not a whole minute"));
}

#[test]
fn tradingview_takes_dated_contracts_and_refuses_continuous_ones_by_name() {
    let name = "CME_MINI_NQH2026, 1.csv";
    let header = "time,open,high,low,close,PlotCandle (High,Plot,Plot,Volume,Volume MA\n";
    let epoch = format!("{header}1767391140,25300.25,25301,25300,25300.5,NaN,1,2,12,NaN\n");
    let told = Ok("NQH2026: 01-02T21:59 25300.5 x12; 1 kept");
    check("tradingview", name, &[], &epoch, told);
    check("tradingview", name, &[], &epoch.replace("1767391140", "2026-01-02T15:59:00-06:00"), told);
    check(
        "tradingview",
        "CME_MINI_NQ1!, 1.csv",
        &[("contract", "NQH2026")],
        &epoch,
        Err("a vendor's continuous series"),
    );
    check(
        "tradingview",
        "CME_MINI_NQH2026, 5.csv",
        &[],
        &epoch,
        Err("does not tell its bar (such as 1m) and contract"),
    );
    check("tradingview", name, &[], &epoch.replace("25300.5", "NaN"), Err("line 2: close: price \"NaN\""));
    check("tradingview", name, &[], "time,open,high,low,close\n", Err("one column with the volume"));
    check("tradingview", name, &[], &header.replace("Volume MA", "Volume"), Err("two columns are volume"));
}

#[test]
fn a_profile_of_the_callers_reads_as_it_says() {
    let profile = r#"
        format = 1
        name = "my-vendor"
        delimiter = "semicolon"
        header = "none"
        order = ["symbol", "date", "time", "open", "high", "low", "close", "-", "volume"]
        [stamps]
        layouts = ["%d.%m.%Y %H:%M"]
    "#;
    let format = Format::parse("csv", profile).unwrap();
    assert_eq!(format.name(), "csv:my-vendor");
    let stated = [("time_zone", "Europe/Berlin"), ("stamp", "close"), ("prices", "raw"), ("bar", "1m")];
    let request = crate::ImportRequest {
        format,
        root: "NQ".parse().unwrap(),
        file_name: "x.csv".to_owned(),
        options: crate::importing::testing::options(&stated),
    };
    let text = "NQH26;02.01.2026;23:00;25300,25;25301;25300;25300.5;x;12\n";
    let import = |text: &str| {
        let source = std::io::Cursor::new(text.to_owned());
        crate::import(source, &request, &peaktrade_domain::Calendar::shipped())
    };
    assert!(import(text).unwrap_err().to_string().contains("open: price \"25300,25\""));
    let file = import(&text.replace("25300,25", "25300.25")).unwrap();
    assert_eq!(told(&file), "NQH2026: 01-02T21:59 25300.5 x12; 1 kept");
    assert_eq!(file.reading["time_zone"], "Europe/Berlin");
    assert_eq!(file.reading["stamp"], "close");
}

#[test]
fn profiles_that_are_none_are_refused() {
    let good = "format = 1\nname = \"a\"\ndelimiter = \"comma\"\nheader = \"none\"\n\
                order = [\"stamp\", \"open\", \"high\", \"low\", \"close\", \"volume\"]\n[stamps]\nlayouts = [\"rfc3339\"]\n";
    Profile::parse(good).unwrap();
    for (from, to, part) in [
        ("format = 1", "format = 2", "format 1"),
        ("\"a\"", "\"A b\"", "lower-case"),
        ("\"comma\"", "\"pipe\"", "pipe"),
        ("header = \"none\"", "header = \"required\"", "columns are required"),
        ("\"close\"", "\"last\"", "column \"last\""),
        ("\"close\"", "\"-\"", "no column is close"),
        ("\"high\"", "\"open\"", "two columns are open"),
        ("rfc3339", "%Q", "layout \"%Q\""),
        ("[\"rfc3339\"]", "[]", "1 to 64 layouts"),
        ("layouts =", "time_zone = \"Chicago\"\nlayouts =", "no IANA time zone"),
        ("layouts =", "stamp = \"middle\"\nlayouts =", "open or close"),
        ("[stamps]", "x = 1\n[stamps]", "unknown field"),
    ] {
        let error = Profile::parse(&good.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(part), "{to}: {error}");
    }
    for (name, profile, part) in [
        ("csv", "", "does not tell its profile"),
        ("firstrate", good, "profile of your own is stated"),
        (
            "kibot",
            "",
            "format \"kibot\" is not built; allowed: ninjatrader, databento, scid, lean, parquet, barchart, firstrate, ibkr",
        ),
    ] {
        assert!(Format::parse(name, profile).unwrap_err().to_string().contains(part), "{name}");
    }
}

#[test]
fn sierra_text_needs_its_charts_zone() {
    let text = "Date, Time, Open, High, Low, Last, Volume, NumberOfTrades, OHLC Avg, BidVolume, AskVolume\n\
                2026/1/2, 15:59:00.000000, 25300.25, 25301.00, 25300.00, 25300.50, 12, 3, 25300.4, 5, 7\n";
    let chicago = [&RAW_MINUTES[..], &[("time_zone", "America/Chicago")]].concat();
    let name = "NQH26_FUT_CME-BarData.txt";
    check("sierra", name, &chicago, text, Ok("NQH2026: 01-02T21:59 25300.5 x12; 1 kept"));
    check("sierra", name, &RAW_MINUTES, text, Err("does not tell its time_zone (such as America/Chicago)"));
    check("sierra", name, &chicago, &text.replace("59:00.0", "59:00.5"), Err("is not a whole minute"));
}
