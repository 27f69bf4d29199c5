use crate::importing::testing::{damage_everywhere, read, told};

use super::testing::{CONTINUOUS, File, OHLCV_1H, OHLCV_1S, chars, definition, letter, nanos};

/// Reads a file of root NQ; expected is what it tells, or a part of the refusal.
fn check(bytes: &[u8], stated: &[(&str, &str)], expected: Result<&str, &str>) {
    match (read("databento", "glbx-mdp3.ohlcv-1m.dbn", stated, bytes), expected) {
        (Ok(file), Ok(expected)) => assert_eq!(told(&file), expected),
        (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
        (found, expected) => panic!("{found:?}, expected {expected:?}"),
    }
}

const TIME: &str = "2024-07-01T14:00:00Z";
const LATER: &str = "2024-07-01T14:01:00Z";

#[test]
fn every_record_of_a_parent_meets_one_fate_in_each_version() {
    let ids = [("NQU4", 1), ("NQZ4", 2), ("NQU4-NQZ4", 3), ("ESU4", 4), ("NQU4 C20000", 5), ("UD:1V: VT 123", 6)];
    for version in [1, 2, 3] {
        let file = File::of(version, &ids)
            .bar(33, 1, TIME, 80_000, 12)
            .bar(33, 2, TIME, 80_400, 3)
            .bar(33, 3, TIME, -400, 1)
            .bar(33, 4, TIME, 22_000, 9)
            .bar(33, 5, TIME, 900, 9)
            .bar(33, 6, TIME, 900, 9)
            .bar(33, 9, TIME, 80_000, 9)
            .bar(33, 1, LATER, 80_001, 1);
        let told = Ok("NQU2024: 07-01T14:00 20000 x12; 07-01T14:01 20000.25 x1; NQZ2024: 07-01T14:00 20100 x3; \
                       3 kept, 1 spread, 4 unknown symbol");
        check(&file.bytes(), &[], told);
        check(&zstd::encode_all(&file.bytes()[..], 3).unwrap(), &[], told);
        let read = read("databento", "x.dbn", &[], &file.bytes()).unwrap();
        assert_eq!(read.reading["dbn_version"], version.to_string());
        assert_eq!(read.reading["schema"], "ohlcv-1m");
    }
}

#[test]
fn an_id_is_read_by_the_day_of_its_record() {
    let mut file = File::new(3);
    file.mappings = vec![("NQU4", 7, 20_240_601, 20_240_702), ("NQZ4", 7, 20_240_702, 20_240_801)];
    let file = file.bar(33, 7, "2024-07-01T23:59:00Z", 80_000, 1).bar(33, 7, "2024-07-02T00:00:00Z", 80_400, 1).bar(
        33,
        7,
        "2024-08-01T14:00:00Z",
        80_400,
        1,
    );
    let told = "NQU2024: 07-01T23:59 20000 x1; NQZ2024: 07-02T00:00 20100 x1; 2 kept, 1 unknown symbol";
    check(&file.bytes(), &[], Ok(told));
}

#[test]
fn seconds_become_minutes() {
    let mut file = File::of(3, &[("NQU4", 1)]);
    file.schema = OHLCV_1S;
    let file = file
        .bar(32, 1, "2024-07-01T14:00:01Z", 80_000, 1)
        .bar(32, 1, "2024-07-01T14:00:07Z", 80_008, 2)
        .bar(32, 1, "2024-07-01T14:00:59Z", 79_996, 3)
        .bar(32, 1, "2024-07-01T14:01:00Z", 80_000, 4)
        // In the daily pause, off the grid of nothing, and not in a bar.
        .bar(32, 1, "2024-07-01T21:00:00Z", 80_000, 5);
    check(&file.bytes(), &[], Ok("NQU2024: 07-01T14:00 19999 x6; 07-01T14:01 20000 x4; 4 kept, 1 out of session"));
    let bars = &read("databento", "x", &[], &file.bytes()).unwrap().contracts[0].bars;
    let minute = bars.get(0).unwrap();
    let quarters = [minute.open, minute.high, minute.low, minute.close].map(|price| price / 250_000_000);
    assert_eq!(quarters, [80_000, 80_008, 79_996, 79_996]);
    // Told twice it is counted once; a second that goes back or says another thing is none to guess at.
    let seconds = |rows: &[(&str, i64, u64)]| {
        let add =
            |file: File, row: &(&str, i64, u64)| file.bar(32, 1, &format!("2024-07-01T14:00:{}Z", row.0), row.1, row.2);
        rows.iter().fold(File { schema: OHLCV_1S, ..File::of(3, &[("NQU4", 1)]) }, add).bytes()
    };
    let (one, seven) = (("01", 80_000, 1), ("07", 80_008, 2));
    check(&seconds(&[one, one, seven, seven, seven]), &[], Ok("NQU2024: 07-01T14:00 20002 x3; 2 kept, 3 duplicate"));
    let swapped = Err("record 2: second 2024-07-01T14:00:01Z comes after second 2024-07-01T14:00:07Z");
    check(&seconds(&[seven, one]), &[], swapped);
    check(&seconds(&[one, seven, ("07", 80_008, 3)]), &[], Err("record 2 and record 3 give the bar of"));
    check(&seconds(&[("01.5", 80_000, 1)]), &[], Err("record 1: 2024-07-01T14:00:01.5"));
    let back = file.bar(32, 1, "2024-07-01T14:00:30Z", 80_000, 1);
    check(&back.bytes(), &[], Err("record 6: second 2024-07-01T14:00:30Z comes after second 2024-07-01T14:01:00Z"));
    let both = File::of(3, &[("NQU4", 1)]).bar(33, 1, TIME, 80_000, 1).bar(32, 1, TIME, 80_000, 1);
    check(&both.bytes(), &[], Err("record 2: a bar of a minute beside parts"));
}

#[test]
fn what_is_no_file_of_raw_minutes_is_refused() {
    let good = || File::of(3, &[("NQU4", 1)]).bar(33, 1, TIME, 80_000, 12);
    check(&good().bytes(), &[], Ok("NQU2024: 07-01T14:00 20000 x12; 1 kept"));
    check(&good().bytes(), &[("time_zone", "America/Chicago")], Err("time_zone America/Chicago is stated"));
    check(&good().bytes(), &[("contract", "NQZ2024")], Err("symbol \"NQU4\" is NQU2024; NQZ2024 is stated"));
    check(&File { schema: OHLCV_1H, ..good() }.bytes(), &[], Err("its schema is ohlcv-1h"));
    check(&File { stype_in: CONTINUOUS, ..good() }.bytes(), &[], Err("requested by continuous symbols"));
    check(&good().bar(34, 1, TIME, 80_000, 1).bytes(), &[], Err("record 2: record type 0x22"));
    check(&good().bar(33, 1, "2024-07-01T14:00:30Z", 80_000, 1).bytes(), &[], Err("is not a whole minute"));
    check(&good().bar(33, 1, LATER, 8_000_000, 1).bytes(), &[], Err("record 2: price 2000000 is outside 700 to 69000"));
    check(&good().bar(33, 1, LATER, 80_000, u64::MAX).bytes(), &[], Err("volume 18446744073709551615"));
    check(&good().bar(33, 1, TIME, 80_000, 13).bytes(), &[], Err("record 1 and record 2 give the bar of"));
    let mut other = good().bytes();
    other[8..12].copy_from_slice(b"XNAS");
    check(&other, &[], Err("its dataset is \"XNAS.MDP3\""));
    let mut huge = good().bytes();
    huge[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    check(&huge, &[], Err("its metadata has 4294967295 bytes"));
    // Cut within a record, plain and packed: the decoder alone would call both the end of the file.
    let two = good().bar(33, 1, LATER, 80_001, 1).bytes();
    check(&two[..two.len() - 1], &[], Err("the file is cut off, 1 bytes before the end of a record"));
    check(&two[..two.len() - 55], &[], Err("the file is cut off"));
    let packed = zstd::encode_all(&two[..], 3).unwrap();
    check(&packed[..packed.len() - 3], &[], Err("after record"));
    check(&two[..40], &[], Err("after record 0"));
}

#[test]
fn an_id_without_a_mapping_is_what_is_stated_and_only_one() {
    let one = File::new(3).bar(33, 1, TIME, 80_000, 12);
    check(&one.bytes(), &[], Err("none of the 1 rows can be kept: 1 unknown symbol"));
    check(&one.bytes(), &[("contract", "NQU2024")], Ok("NQU2024: 07-01T14:00 20000 x12; 1 kept"));
    let two = one.bar(33, 2, LATER, 80_000, 12);
    check(&two.bytes(), &[("contract", "NQU2024")], Err("instrument id 2 beside 1"));
}

#[test]
fn both_dialects_of_csv_say_the_same() {
    let header = "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n";
    let pretty = format!(
        "{header}2024-07-01T14:00:00.000000000Z,33,1,118,20000.000000000,20001.250000000,19999.750000000,20000.500000000,12,NQU4\n\
         2024-07-01T14:00:00.000000000Z,33,1,119,-100.000000000,-99.000000000,-101.000000000,-100.000000000,1,NQU4-NQZ4\n"
    );
    let raw = format!(
        "{header}1719842400000000000,33,1,118,20000000000000,20001250000000,19999750000000,20000500000000,12,NQU4\n\
         1719842400000000000,33,1,119,-100000000000,-99000000000,-101000000000,-100000000000,1,NQU4-NQZ4\n"
    );
    let told = Ok("NQU2024: 07-01T14:00 20000.5 x12; 1 kept, 1 spread");
    check(pretty.as_bytes(), &[], told);
    check(raw.as_bytes(), &[], told);
    check(
        format!("{pretty}{}", raw.lines().nth(1).unwrap()).as_bytes(),
        &[],
        Err("line 4: pretty values beside integers"),
    );
    let seconds = pretty.replace(",33,", ",32,");
    check(seconds.as_bytes(), &[], told);
    check(pretty.replace(",33,", ",35,").as_bytes(), &[], Err("line 2: rtype \"35\""));
    check(pretty.replace("close,", "last,").as_bytes(), &[], Err("no column is close"));
    let nameless = |text: &str| text.replace(",symbol", "").replace(",NQU4-NQZ4", "").replace(",NQU4", "");
    let first = nameless(&raw).lines().take(2).collect::<Vec<_>>().join("\n");
    check(first.as_bytes(), &[], Err("does not tell its contract"));
    check(first.as_bytes(), &[("contract", "NQU2024")], Ok("NQU2024: 07-01T14:00 20000.5 x12; 1 kept"));
    check(nameless(&raw).as_bytes(), &[("contract", "NQU2024")], Err("instrument id 119 beside 118"));
}

#[test]
fn a_damaged_file_is_read_or_refused() {
    for version in [1, 2, 3] {
        let file =
            File::of(version, &[("NQU4", 1), ("NQU4-NQZ4", 2)]).bar(33, 1, TIME, 80_000, 1).bar(33, 2, TIME, 80, 1);
        damage_everywhere("databento", "x.dbn", &[], &file.bytes());
    }
}

#[test]
fn a_record_shorter_than_its_kind_is_refused() {
    // An error, a symbol mapping, a system message and a definition need more bytes than a bar has. The decoder panics on
    // those that it makes into records of version 3, and passes the others on.
    for (version, kind) in
        [1, 2, 3].into_iter().flat_map(|version| [0x15, 0x16, 0x17, 0x13].map(|kind| (version, kind)))
    {
        let mut file =
            File::of(version, &[("NQU4", 1)]).bar(33, 1, TIME, 80_000, 1).bar(33, 1, LATER, 80_000, 1).bytes();
        let last = file.len() - std::mem::size_of::<dbn::OhlcvMsg>();
        file[last + 1] = kind;
        check(&file, &[], Err("record "));
    }
}

#[test]
fn a_definition_explains_an_id_and_is_held_against_the_calendar() {
    let of_u4 = || definition("NQU4", 1, (2024, 9), "2024-09-20T13:30:00Z");
    let check_one = |definition: &dbn::InstrumentDefMsg, expected: Result<&str, &str>| {
        let file = File::new(3).record(definition).bar(33, 1, TIME, 80_000, 12).bar(33, 2, LATER, 80_000, 1);
        check(&file.bytes(), &[], expected);
    };
    check_one(&of_u4(), Ok("NQU2024: 07-01T14:00 20000 x12; 1 kept, 1 unknown symbol"));
    // Ten years later the same raw symbol is another contract, which the year of the definition tells.
    let undefined = dbn::InstrumentDefMsg {
        unit_of_measure_qty: dbn::UNDEF_PRICE,
        min_price_increment: dbn::UNDEF_PRICE,
        raw_symbol: chars(""),
        ..of_u4()
    };
    check_one(&undefined, Ok("NQU2024: 07-01T14:00 20000 x12; 1 kept, 1 unknown symbol"));
    let spread = dbn::InstrumentDefMsg { instrument_class: letter('S'), raw_symbol: chars("NQU4-NQZ4"), ..of_u4() };
    check_one(&spread, Err("none of the 2 rows can be kept: 1 spread, 1 unknown symbol"));
    let option = dbn::InstrumentDefMsg { instrument_class: letter('C'), ..of_u4() };
    check_one(&option, Err("none of the 2 rows can be kept: 2 unknown symbol"));
    let of_es = dbn::InstrumentDefMsg { asset: chars("ES"), ..of_u4() };
    check_one(&of_es, Err("none of the 2 rows can be kept: 2 unknown symbol"));
    let later = dbn::InstrumentDefMsg { expiration: nanos("2024-09-19T13:30:00Z"), ..of_u4() };
    check_one(
        &later,
        Err("record 1: the definition of NQU2024 expires 2024-09-19T13:30:00Z, the calendar has 2024-09-20T13:30:00Z"),
    );
    let never = dbn::InstrumentDefMsg { expiration: dbn::UNDEF_TIMESTAMP, ..of_u4() };
    check_one(&never, Err("the definition of NQU2024 expires never"));
    let of_micro = dbn::InstrumentDefMsg { unit_of_measure_qty: 2_000_000_000, ..of_u4() };
    check_one(&of_micro, Err("has a multiplier (unit_of_measure_qty) of 2.00, the calendar has 20.00"));
    let scaled = dbn::InstrumentDefMsg { min_price_increment: 25_000_000_000, ..of_u4() };
    check_one(&scaled, Err("has a tick of 25, the calendar has 0.25"));
    let misnamed = dbn::InstrumentDefMsg { raw_symbol: chars("NQZ4"), ..of_u4() };
    check_one(&misnamed, Err("has the raw symbol \"NQZ4\", which is another instrument"));
}
