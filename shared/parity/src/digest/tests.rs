use peaktrade_domain::Sha256;

use super::{OhlcvDigest, cell};

/// 2026-01-01T00:00:00Z.
const NEW_YEAR: i64 = 1_767_225_600_000_000_000;
const HOUR: i64 = 3_600_000_000_000;

fn text(value: f64) -> String {
    let mut out = Vec::new();
    cell::write(value, &mut out);
    assert!(out.len() <= cell::BYTES_MAX, "{value:e}");
    String::from_utf8(out).unwrap()
}

#[test]
fn cells_are_printed_as_python_prints_them() {
    let cases = [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (0.25, "0.25"),
        (-0.75, "-0.75"),
        (123.0, "123.0"),
        (20_000.25, "20000.25"),
        (1.0 / 3.0, "0.333333333333"),
        (0.0001, "0.0001"),
        (0.000_123_45, "0.00012345"),
        (1e-5, "1e-05"),
        (1.5e-12, "2e-12"),
        (2.5e-12, "2e-12"),
        (-1e-13, "-0.0"),
        (5e-324, "0.0"),
        (1.0 / 8_192.0, "0.000122070312"),
        (3.0 / 8_192.0, "0.000366210938"),
        (8_191.999_999_999_999, "8191.999999999999"),
        (123_456_789.125, "123456789.125"),
        // Two shortest texts are equally near.
        (9_509.273_071_289_062, "9509.273071289062"),
        (816_159_429_369_974.2, "816159429369974.2"),
        (9.5e-5, "9.5e-05"),
        (1e15, "1000000000000000.0"),
        (9_999_999_999_999_998.0, "9999999999999998.0"),
        (1e16, "1e+16"),
        (1.25e16, "1.25e+16"),
        (-f64::MAX, "-1.7976931348623157e+308"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
        (f64::NAN, "null"),
    ];
    for (value, expected) in cases {
        assert_eq!(text(value), expected, "{value:e}");
    }
}

/// The finaliser of splitmix64.
fn mix(mut z: u64) -> u64 {
    z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

/// 200,000 cells of a family, joined by line feeds and hashed; the expected values are those of CPython 3.11's
/// `json.dumps(round(value, 12))`, NaN as `null`.
#[track_caller]
fn check_family(value: impl Fn(u64, u64) -> f64, expected: &str) {
    let cells: Vec<String> = (0..200_000).map(|at| text(value(at, mix(at)))).collect();
    assert_eq!(Sha256::of(cells.join("\n").as_bytes()).to_string(), expected);
}

#[test]
fn any_bits_print_as_in_python() {
    check_family(|_, z| f64::from_bits(z), "7fe9376ea33315b4a145d8a3c2ae736a8891c848ac01f2414fae5b8a39ff7e96");
}

#[test]
fn decimals_print_as_in_python() {
    check_family(
        |at, z| {
            let magnitude = (z % 10_u64.pow(17)) as f64 / 10_u64.pow((at % 19) as u32) as f64;
            if z >> 63 == 1 { -magnitude } else { magnitude }
        },
        "b6c6e784ef694462780db60f93ab860018a97e58628cbcc583cb7bf2b2b85c3f",
    );
}

#[test]
fn ties_round_to_even_as_in_python() {
    check_family(
        |at, z| (z % (1 << 27)) as f64 / (1_u64 << (13 + at % 8)) as f64,
        "cbfba16952d0e98a3ce138204237a3ffe8572336bb066dd235672a677bc5f49e",
    );
}

#[test]
fn where_rounding_ends_cells_print_as_in_python() {
    check_family(
        |_, z| 4_096.0 + (z % (1 << 53)) as f64 / (1_u64 << 40) as f64,
        "4265bc4bffc3374a2c3bc789f88747bf5626a7e2435c29bdaa4ec5224c3b9172",
    );
}

/// Rows of the vectors: hourly, close c0 + i, open a tenth below, high and low two and three tenths away, volume 100.
fn rows(count: usize, c0: f64) -> (Vec<i64>, [Vec<f64>; 5]) {
    let close: Vec<f64> = (0..count).map(|row| c0 + row as f64).collect();
    let shifted = |by: f64| close.iter().map(|close| close + by).collect::<Vec<f64>>();
    let columns = [shifted(-0.1), shifted(0.2), shifted(-0.3), close.clone(), vec![100.0; count]];
    ((0..count).map(|row| NEW_YEAR + row as i64 * HOUR).collect(), columns)
}

fn digest_in_pieces(index: &[i64], columns: &[Vec<f64>; 5], piece: usize) -> String {
    let mut digest = OhlcvDigest::new();
    for start in (0..index.len()).step_by(piece) {
        let end = (start + piece).min(index.len());
        let [o, h, l, c, v] = columns.each_ref().map(|column| &column[start..end]);
        digest.take(&index[start..end], o, h, l, c, v);
        digest.take(&[], &[], &[], &[], &[], &[]);
    }
    digest.finish().to_string()
}

#[test]
fn the_digests_of_the_original_are_reproduced() {
    let (index, mut columns) = rows(3, 123.0);
    let expected = "247c6a2c89c4734746bdde09e3894ccd820da7a6c02417938a732b2843ce69fb";
    assert_eq!(digest_in_pieces(&index, &columns, 3), expected);
    columns[4][1] = f64::NAN;
    let expected = "31fe962b59e91bcdc6045bc4150e011d5fcdd0a353f89928a45ff1e722c9bbb9";
    assert_eq!(digest_in_pieces(&index, &columns, 3), expected);
    let expected = "e9695bdebf2bc5f3a00872fb3200d3055fc0b24b246b07b142bf5ad1fb48490d";
    assert_eq!(digest_in_pieces(&[], &[const { Vec::new() }; 5], 3), expected);
}

#[test]
fn stamps_are_printed_as_isoformat_prints_them_in_any_order_and_any_cut() {
    let index = [
        NEW_YEAR,
        NEW_YEAR + HOUR,
        NEW_YEAR + 2 * HOUR,
        NEW_YEAR + 2 * HOUR,
        NEW_YEAR + 2 * HOUR + 1_500,
        NEW_YEAR + 2 * HOUR + 1_500_000,
        NEW_YEAR - 1,
        -1,
        i64::MAX,
        i64::MIN + 1,
        0,
    ];
    let columns = [1.0, 2.0, 0.5, 1.5, 7.0].map(|value| vec![value; index.len()]);
    let stamps = [
        "2026-01-01T00:00:00+00:00",
        "2026-01-01T01:00:00+00:00",
        "2026-01-01T02:00:00+00:00",
        "2026-01-01T02:00:00+00:00",
        "2026-01-01T02:00:00.000001500+00:00",
        "2026-01-01T02:00:00.001500+00:00",
        "2025-12-31T23:59:59.999999999+00:00",
        "1969-12-31T23:59:59.999999999+00:00",
        "2262-04-11T23:47:16.854775807+00:00",
        "1677-09-21T00:12:43.145224193+00:00",
        "1970-01-01T00:00:00+00:00",
    ];
    let cells = vec!["[1.0,2.0,0.5,1.5,7.0]"; index.len()].join(",");
    let names = r#"["open","high","low","close","volume"]"#;
    let text = format!(r#"{{"columns":{names},"data":[{cells}],"index":["{}"]}}"#, stamps.join("\",\""));
    let expected = Sha256::of(text.as_bytes()).to_string();
    for piece in [1, 2, 3, index.len()] {
        assert_eq!(digest_in_pieces(&index, &columns, piece), expected, "{piece}");
    }
}

#[test]
fn memory_grows_with_gaps_and_not_with_rows() {
    let mut stamps = super::StampRuns::default();
    for day in 0..10_i64 {
        let minutes: Vec<i64> = (0..1_380).map(|minute| day * 24 * HOUR + minute * HOUR / 60).collect();
        stamps.extend(&minutes);
    }
    assert_eq!(stamps.iter().count(), 13_800);
    assert!(format!("{stamps:?}").matches("Run {").count() <= 10, "one run for each session");
}
