use peaktrade_domain::{Calendar, Price, UnixNanos};

use super::{ImportedVendorSeries, VendorSeriesRequest, import_vendor_series};

const NAME: &str = "CME_MINI_NQ1!, 5.csv";
const HEADER: &str = "time,open,high,low,close,Volume";

fn read_as(file_name: &str, adjusted: &str, text: &str) -> Result<ImportedVendorSeries, String> {
    let request = VendorSeriesRequest::parse("tradingview", "NQ".parse().unwrap(), file_name, adjusted);
    let imported =
        import_vendor_series(text.as_bytes(), &request.map_err(|error| error.to_string())?, &Calendar::shipped());
    imported.map_err(|error| error.to_string())
}

/// Lines of five minutes behind a header, apart by `;`.
fn read(adjusted: &str, rows: &str) -> Result<ImportedVendorSeries, String> {
    read_as(NAME, adjusted, &format!("{HEADER}\n{}\n", rows.replace(';', "\n")))
}

/// A series in one line: bars as open and volume, then the fates of the rows.
fn told(imported: &ImportedVendorSeries) -> String {
    let bars = &imported.bars;
    bars.check_invariants().unwrap();
    let mut text = format!("{}:", imported.series);
    for (row, ts) in bars.stamps().iter().enumerate() {
        let open = UnixNanos::from_nanos(*ts).to_datetime().format("%m-%dT%H:%M");
        let volume = bars.volumes().map_or_else(String::new, |volumes| format!(" x{}", volumes[row]));
        text += &format!(" {open}{volume};");
    }
    format!("{text} {}", imported.dispositions)
}

#[track_caller]
fn refuses(read: Result<ImportedVendorSeries, String>, part: &str) {
    let error = read.unwrap_err();
    assert!(error.contains(part), "{error}");
}

#[test]
fn the_three_writings_of_a_stamp_are_one_instant() {
    let rows = ["1736780400,21000,21001,20999,21000.25,12", "2025-01-13T09:05:00-06:00,21000,21001,20999,21000.25,1"];
    let expected = "NQ/NQ1!/5m/unadjusted: 01-13T15:00 x12; 01-13T15:05 x1; 2 kept";
    for end in ["\n", "\r\n"] {
        let text = [HEADER, rows[0], rows[1], ""].join(end);
        assert_eq!(told(&read_as(NAME, "no", &text).unwrap()), expected);
    }
    // The last line may lack its end, and spreadsheets put a mark before the first.
    let text = format!("\u{feff}{HEADER}\n{}\n{}", rows[1], rows[0]);
    assert_eq!(told(&read_as(NAME, "no", &text).unwrap()), expected);
}

#[test]
fn a_day_is_stamped_at_the_open_of_the_evening_before() {
    let row = |stamp: &str| format!("{HEADER}\n{stamp},21000,21001,20999,21000.25,12\n");
    let daily = |stamp: &str| read_as("CME_MINI_NQ1!, 1D.csv", "no", &row(stamp));
    let expected = "NQ/NQ1!/1d/unadjusted: 01-12T23:00 x12; 1 kept";
    for stamp in ["2025-01-13", "1736722800", "2025-01-12T18:00:00-05:00"] {
        assert_eq!(told(&daily(stamp).unwrap()), expected, "{stamp}");
    }
    // In summer an hour earlier; a Saturday is no trade date.
    let two = row("2025-07-14") + "2025-07-12,21000,21001,20999,21000.25,12\n";
    let daily = read_as("CME_MINI_NQ1!, 1D.csv", "no", &two).unwrap();
    assert_eq!(told(&daily), "NQ/NQ1!/1d/unadjusted: 07-13T22:00 x12; 1 kept, 1 out of session");
    refuses(read("no", "2025-01-13,21000,21001,20999,21000.25,12"), "stamp \"2025-01-13\" is not of the format");
    let hours = row("1736722800") + "1736726400,21000,21001,20999,21000.25,12\n";
    refuses(read_as("CME_MINI_NQ1!, 1D.csv", "no", &hours), "line 2 and line 3 are 60 minutes apart");
}

#[test]
fn every_row_meets_one_fate() {
    let rows = "1736780400,21000,21001,20999,21000.25,12;1736780700,21000,21001,20999,21000.25,1;\
                1736780700,21000,21001,20999,21000.25,1;1736674800,21000,21001,20999,21000.25,1;\
                1736781000,21000.1,21001,20999,21000.25,1";
    let unadjusted = read("no", rows).unwrap();
    let expected =
        "NQ/NQ1!/5m/unadjusted: 01-13T15:00 x12; 01-13T15:05 x1; 2 kept, 1 out of session, 1 duplicate, 1 off tick";
    assert_eq!(told(&unadjusted), expected);
    // An adjusted price was never traded, so it need not lie on the tick.
    let adjusted = read("yes", rows).unwrap();
    assert_eq!(adjusted.dispositions.to_string(), "3 kept, 1 out of session, 1 duplicate");
    let first: Vec<Price> = adjusted.bars.prices().take(3).collect();
    assert_eq!(first[2].to_string(), "21000.1");
    assert_eq!(adjusted.dispositions.rows_in(), 5);
}

#[test]
fn indicators_are_passed_over_whatever_their_names_and_values() {
    let text = "time,open,high,low,close,PlotCandle (High,PlotCandle (High,\"a, b\",Volume,Volume MA\n\
                1736780400,21000,21001,20999,21000.25,NaN,NaN,,12,11.5\n";
    assert_eq!(told(&read_as(NAME, "yes", text).unwrap()), "NQ/NQ1!/5m/adjusted: 01-13T15:00 x12; 1 kept");
}

#[test]
fn a_volume_that_is_not_told_is_not_made_up() {
    let header = "time,open,high,low,close";
    let row = "1736780400,21000,21001,20999,21000.25";
    let expected = "NQ/NQ1!/5m/adjusted: 01-13T15:00; 1 kept";
    assert_eq!(told(&read_as(NAME, "yes", &format!("{header}\n{row}\n")).unwrap()), expected);
    for nothing in ["", "NaN"] {
        assert_eq!(told(&read("yes", &format!("{row},{nothing}")).unwrap()), expected);
    }
    assert_eq!(told(&read("yes", &format!("{row},0")).unwrap()), "NQ/NQ1!/5m/adjusted: 01-13T15:00 x0; 1 kept");
    let mixed = format!("{row},3;1736780700,21000,21001,20999,21000.25,NaN");
    refuses(read("yes", &mixed), "line 3: volume: line 2 has one and line 3 has none");
}

#[test]
fn what_must_be_stated_is_asked_for() {
    let row = "1736780400,21000,21001,20999,21000.25,12";
    refuses(read("", row), "does not tell its adjusted (such as yes); it must be stated");
    refuses(read("perhaps", row), "adjusted \"perhaps\" is not known; allowed: yes or no");
    let other = VendorSeriesRequest::parse("ninjatrader", "NQ".parse().unwrap(), NAME, "yes").unwrap_err().to_string();
    assert!(other.contains("format \"ninjatrader\" is not known; allowed: tradingview"), "{other}");
    refuses(read_as("CME_MINI_NQ1!, 240.csv", "yes", row), "allowed: 1, 5, 15, 30, 60, 1D");
    refuses(read_as("CME_MINI_ES1!, 5.csv", "yes", row), "is of root ES");
}

#[test]
fn what_cannot_be_right_is_refused_by_line() {
    let good = "1736780400,21000,21001,20999,21000.25,12";
    let check = |row: &str, part: &str| refuses(read("yes", &format!("{good};{row}")), part);
    check("1736780400,21000,21001,20999,21000.5,12", "line 2 and line 3 give the bar of 2025-01-13T15:00:00Z");
    check("1736780460,21000,21001,20999,21000.5,12", "line 2 and line 3 are 1 minutes apart");
    check("1736780701,21000,21001,20999,21000.5,12", "line 3: stamp \"1736780701\" is not a whole minute");
    check("yesterday,21000,21001,20999,21000.5,12", "line 3: stamp \"yesterday\" is not of the format");
    check("1736780700,21000,20999,21001,21000,12", "line 3: open 21000, high 20999");
    check("1736780700,NaN,21001,20999,21000,12", "line 3: open: ");
    check("1736780700,21000,inf,20999,21000,12", "line 3: high: ");
    check("1736780700,2100000,2100100,2099900,2100000,12", "line 3: price 2100000 is outside 700 to 69000");
    check("1736780700,-1,-1,-1,-1,12", "line 3: price -1 is outside");
    check("1736780700,21000,21001,20999,21000,1.5", "line 3: volume \"1.5\" is not a whole number");
    check("1736780700,21000,21001,20999,21000,-1", "line 3: volume \"-1\" is not a whole number");
    check("1736780700,21000,21001,20999,21000", "line 3: 5 fields; 6");
    check(";1736780700,21000,21001,20999,21000,1", "line 4: a row follows the last line");
    refuses(read_as(NAME, "yes", ""), "the file is empty");
    refuses(read_as(NAME, "yes", HEADER), "the file is empty");
    refuses(read_as(NAME, "yes", "time,open,high,low\n"), "header: no column is close");
    refuses(read_as(NAME, "yes", "time,open,high,low,close,close\n"), "header: two columns are close");
}

/// Rows of some minutes from an instant on, so many minutes apart.
fn run(from: &str, apart: i64, rows: i64, prices: &str) -> String {
    let from: UnixNanos = from.parse().unwrap();
    let row = |at: i64| format!("{},{prices},1", from.seconds_floor() + at * apart * 60);
    (0..rows).map(row).collect::<Vec<_>>().join(";")
}

#[test]
fn a_file_that_is_not_what_is_said_of_it_is_refused_as_a_whole() {
    let on_tick = "21000,21001,20999,21000.25";
    let whole = read("no", &run("2025-01-13T15:00:00Z", 5, 70, on_tick)).unwrap();
    assert_eq!(whole.bars.len(), 70);
    let longer = read("no", &run("2025-01-13T00:00:00Z", 15, 70, on_tick));
    refuses(longer, "its name says bars of 5m, and all 70 bars are a multiple of 15 minutes apart");
    let adjusted = read("no", &run("2025-01-13T15:00:00Z", 5, 70, "21000.1,21001,20999,21000"));
    refuses(adjusted, "70 of its 70 rows lie off the tick grid of NQ1! 5m unadjusted");
    let closed =
        format!("{};{}", run("2025-01-11T00:00:00Z", 5, 70, on_tick), run("2025-01-13T15:00:00Z", 5, 70, on_tick));
    refuses(read("no", &closed), "70 of its 140 rows lie outside the sessions");
}

#[test]
fn damage_is_refused_or_read_and_never_a_panic() {
    let good = "5 no\ntime,open,high,low,close,MA,Volume\r\n1736780400,21000,21001,20999,21000.25,NaN,12\r\n\
                2025-01-13T09:05:00-06:00,21000,21001,20999,21000.25,,1\r\n1736781000,21000,21000,21000,21000,1,0\r\n";
    assert_eq!(crate::fuzz::read_vendor_series(good.as_bytes()).unwrap().bars.len(), 3);
    let mut bytes = good.as_bytes().to_vec();
    for at in 0..bytes.len() {
        for damaged in [0, b'\n', b',', b'-', b'9', 0xff, bytes[at] ^ 1, bytes[at].wrapping_add(1)] {
            let whole = std::mem::replace(&mut bytes[at], damaged);
            let _read_or_refused = crate::fuzz::read_vendor_series(&bytes);
            bytes[at] = whole;
        }
        let _read_or_refused = crate::fuzz::read_vendor_series(&bytes[..at]);
    }
}
