use std::path::Path;

use super::{
    BarColumns, BarsFile, PendingFile, contract_file, read_csv, read_frame, read_parquet, write_parquet, write_whole,
};
use crate::frame::{Column, Frame, Index, NamedColumn};

/// 2026-01-01T00:00:00Z.
const NEW_YEAR: i64 = 1_767_225_600_000_000_000;
const MINUTE: i64 = 60_000_000_000;

fn frame(rows: i64) -> Frame {
    let values: Vec<f64> = (0..rows).map(|row| 100.25 + row as f64).collect();
    let mut frame = Frame::of_ohlcv((0..rows).map(|row| NEW_YEAR + row * MINUTE).collect(), [const { Vec::new() }; 5]);
    for column in &mut frame.columns {
        column.column = Column::Float(values.clone());
    }
    if let Column::Float(volume) = &mut frame.columns[4].column {
        volume[1] = f64::NAN;
    }
    let rows = values.len();
    let text = (0..rows).map(|row| (row % 3 == 0).then(|| row.to_string())).collect();
    frame.columns.push(NamedColumn { name: "note".to_owned(), column: Column::Text(text) });
    frame.columns.push(NamedColumn { name: "trades".to_owned(), column: Column::Int((0..rows as i64).collect()) });
    frame
}

#[test]
fn a_frame_is_written_and_read_back_and_the_same_frame_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a.parquet"), folder.path().join("b.parquet"));
    // More rows than a batch and a row group hold.
    let written = frame(300_000);
    write_parquet(&first, &written).unwrap();
    write_parquet(&second, &written).unwrap();
    assert_eq!(read_frame(&first).unwrap(), written);
    assert_eq!(std::fs::read(&first).unwrap(), std::fs::read(&second).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no pending files are left");
}

#[test]
fn an_index_without_a_name_is_written_as_timestamp() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let mut unnamed = frame(10);
    let Index::Instants { name, .. } = &mut unnamed.index else { panic!() };
    *name = None;
    write_parquet(&path, &unnamed).unwrap();
    assert_eq!(read_parquet(&path).unwrap(), frame(10));
}

#[test]
fn writers_of_one_file_do_not_share_a_pending_one_and_follow_no_link() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let (one, other) = (PendingFile::create(&path).unwrap(), PendingFile::create(&path).unwrap());
    assert_ne!(one.pending_path(), other.pending_path());
    for (pending, text) in [(one, b"one"), (other, b"two")] {
        std::io::Write::write_all(&mut pending.file(), text).unwrap();
        pending.publish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), text);
    }
    // Links and files at the names that come next are not written through.
    let victim = folder.path().join("victim");
    std::fs::write(&victim, b"kept").unwrap();
    let next = PendingFile::create(&path).unwrap();
    let name = next.pending_path().to_str().unwrap().to_owned();
    let number: u64 = name.rsplit('.').nth(1).unwrap().parse().unwrap();
    drop(next);
    for ahead in 0..40 {
        let taken = name.replace(&format!(".{number}.pending"), &format!(".{}.pending", number + ahead));
        std::os::unix::fs::symlink(&victim, taken).unwrap();
    }
    let pending = PendingFile::create(&path).unwrap();
    std::io::Write::write_all(&mut pending.file(), b"three").unwrap();
    pending.publish().unwrap();
    assert_eq!((std::fs::read(&victim).unwrap(), std::fs::read(&path).unwrap()), (b"kept".to_vec(), b"three".to_vec()));
}

#[test]
fn a_file_is_replaced_whole_or_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write_parquet(&path, &frame(10)).unwrap();
    let before = std::fs::read(&path).unwrap();
    let numbered = Frame { index: Index::Other { type_name: "RangeIndex".to_owned(), rows: 0 }, columns: Vec::new() };
    assert!(write_parquet(&path, &numbered).unwrap_err().to_string().contains("RangeIndex"));
    let failed = write_whole(&path, |mut file| {
        std::io::Write::write_all(&mut file, b"half").unwrap();
        Err(super::FileError::content(&path, "the disk is full"))
    });
    assert!(failed.unwrap_err().to_string().contains("the disk is full"));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn symbols_are_file_names_and_no_paths() {
    let folder = Path::new("bars");
    assert_eq!(contract_file(folder, "NQH2026").unwrap(), folder.join("NQH2026.parquet"));
    for bad in ["", ".", "..", "../cli/NQH2026", "a/b", "/etc/NQH2026", "a\\b", ".NQH2026", "NQ H2026", "NQH\0"] {
        let error = contract_file(folder, bad).unwrap_err().to_string();
        assert!(error.contains("is no file name"), "{error}");
    }
}

fn csv(text: &str) -> Result<Frame, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, text).unwrap();
    read_csv(&path).map_err(|error| error.to_string())
}

#[test]
fn csv_is_read_as_pandas_reads_it() {
    let read = csv("time,open,high,low,close,volume,note\n\
                    2026-01-01 00:00:00,1,2.5,1,1,,\"a,b\"\n\
                    2026-01-01T00:01:00+00:00,2,3,NaN,1,7,\n")
    .unwrap();
    assert_eq!(read.index, Index::Instants { name: Some("time".to_owned()), ns: vec![NEW_YEAR, NEW_YEAR + MINUTE] });
    assert_eq!(read.column("open"), Some(&Column::Int(vec![1, 2])));
    assert_eq!(read.column("high"), Some(&Column::Float(vec![2.5, 3.0])));
    assert_eq!(read.column("low"), Some(&Column::Float(vec![1.0, f64::NAN])));
    assert_eq!(read.column("volume"), Some(&Column::Float(vec![f64::NAN, 7.0])));
    assert_eq!(read.column("note"), Some(&Column::Text(vec![Some("a,b".to_owned()), None])));
    // The first name of four that is there, wherever it stands.
    let read = csv("date,close,timestamp\n2026-01-01,1,2026-01-01T00:01:00Z\n").unwrap();
    assert_eq!(read.index, Index::Instants { name: Some("timestamp".to_owned()), ns: vec![NEW_YEAR + MINUTE] });
    assert_eq!(read.names().collect::<Vec<_>>(), ["date", "close"]);
}

#[test]
fn csv_that_cannot_be_read_says_where() {
    for (text, expected) in [
        ("ts,open\n1,2\n", "no time column, expected one of timestamp, time, datetime, date"),
        ("time,open\n2026-01-01,2\nsoon,2\n", "row 1: \"soon\""),
        ("time,open\n2026-01-01,2,3\n", "found record with 3 fields"),
    ] {
        let problem = csv(text).unwrap_err();
        assert!(problem.contains(expected), "{problem}");
    }
    let problem = read_frame(Path::new("bars.txt")).unwrap_err().to_string();
    assert!(problem.contains("expected .parquet or .csv"), "{problem}");
    assert!(read_frame(Path::new("absent.parquet")).unwrap_err().to_string().starts_with("absent.parquet: "));
}

#[test]
fn bars_are_written_piece_by_piece_with_their_digests() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let rows = 200_000_usize;
    let stamps: Vec<i64> = (0..rows as i64).map(|row| NEW_YEAR + row * MINUTE).collect();
    let price: Vec<f64> = (0..rows).map(|row| 100.25 + row as f64).collect();
    let volume: Vec<i64> = (0..rows as i64).collect();
    let part = |from: usize, to: usize| BarColumns {
        timestamp: &stamps[from..to],
        prices: [&price[from..to]; 4],
        volume: &volume[from..to],
    };
    let mut file = BarsFile::create(&path).unwrap();
    for start in (0..rows).step_by(30_000) {
        file.write(&part(start, (start + 30_000).min(rows))).unwrap();
        assert!(!path.exists(), "the file has no name before it is whole");
    }
    let repeated = file.write(&part(rows - 1, rows)).unwrap_err().to_string();
    let expected = "gets bars out of order: row 200000, counted from 0, is of 2026-05-19T21:19:00Z, the one before of \
                    2026-05-19T21:19:00Z";
    assert!(repeated.ends_with(expected), "{repeated}");
    let torn = file.write(&BarColumns { volume: &volume[..1], ..part(0, 2) }).unwrap_err().to_string();
    assert!(torn.ends_with("lengths: timestamp 2, open 2, high 2, low 2, close 2, volume 1"), "{torn}");
    let written = file.finish().unwrap();
    assert_eq!((written.rows, written.reach), (rows as u64, Some((stamps[0], stamps[rows - 1]))));
    assert_eq!(written.file_sha256, peaktrade_domain::Sha256::of(&std::fs::read(&path).unwrap()));
    let read = read_parquet(&path).unwrap();
    assert_eq!(crate::frame_digest(&read).unwrap(), written.ohlcv_sha256);
    crate::validate_ohlcv(&read, crate::Strictness::DEFAULT).unwrap();
    drop(BarsFile::create(&path).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a file given up leaves nothing");
}
