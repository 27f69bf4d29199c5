//! A file that is larger than memory should hold is read in the memory that its bars take, not its bytes.
//!
//! One test alone in its process: what is measured is the process.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::io::{self, Read, Seek, SeekFrom};

use peaktrade_domain::{Calendar, UnixNanos};
use peaktrade_store::{Disposition, Format, ImportOptions, ImportRequest, ImportedFile, import};

/// Bytes of the larger files; the smaller have an eighth.
const BYTES: u64 = 96 << 20;
/// What the larger may take more than the smaller.
const GROWTH_KIB_MAX: u64 = 16 << 10;

/// A file that is made while it is read: a head, then blocks that a number makes.
struct Made<F> {
    block: F,
    number: u64,
    buffer: Vec<u8>,
    at: usize,
    left: u64,
}

impl<F: FnMut(u64) -> Vec<u8>> Made<F> {
    fn new(bytes: u64, head: &[u8], block: F) -> Self {
        Self { block, number: 0, buffer: head.to_vec(), at: 0, left: bytes }
    }
}

impl<F: FnMut(u64) -> Vec<u8>> Read for Made<F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.buffer.len() {
            // Whole blocks only, so that no row is cut.
            self.buffer = if self.left == 0 { Vec::new() } else { (self.block)(self.number) };
            self.left = self.left.saturating_sub(self.buffer.len() as u64);
            (self.number, self.at) = (self.number + 1, 0);
        }
        let read = (&self.buffer[self.at..]).read(into)?;
        self.at += read;
        Ok(read)
    }
}

impl<F> Seek for Made<F> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::Error::other("these formats are read from front to back"))
    }
}

/// Highest memory of the process since the last call, KiB; `None` where the system does not tell.
fn highest_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

fn imported(format: &str, file_name: &str, source: impl Read + Seek) -> ImportedFile {
    let request = ImportRequest {
        format: Format::parse(format, "").unwrap(),
        root: "NQ".parse().unwrap(),
        file_name: file_name.to_owned(),
        options: ImportOptions::default(),
    };
    import(source, &request, &Calendar::shipped()).unwrap()
}

/// A day of minutes as NinjaTrader writes them; after three weeks they begin again, as exports joined to one file do.
fn ninjatrader(number: u64) -> Vec<u8> {
    let start: UnixNanos = "2025-01-27T00:00:00Z".parse().unwrap();
    let weekday = i64::try_from(number % 15).unwrap();
    let day = weekday / 5 * 7 + weekday % 5;
    (0..22 * 60)
        .map(|minute| start.checked_add_nanos((day * 1_440 + minute) * UnixNanos::MINUTE).unwrap().to_datetime())
        .map(|time| format!("{};21000.25;21001;20999.75;21000.5;12\n", time.format("%Y%m%d %H%M00")))
        .collect::<String>()
        .into_bytes()
}

/// A second of trades as Sierra Chart keeps them, a thousand a second.
fn scid(number: u64) -> Vec<u8> {
    let start: UnixNanos = "2025-01-06T00:00:00Z".parse().unwrap();
    let epoch = 25_569 * 86_400_000_000_i64;
    let mut bytes = Vec::with_capacity(40_000);
    for trade in 0..1_000 {
        let micros = start.nanos() / 1_000 + epoch + i64::try_from(number).unwrap() * 1_000_000 + trade * 1_000;
        bytes.extend(micros.to_le_bytes());
        for price in [0.0_f32, 21_000.25, 21_000.0, 21_000.25] {
            bytes.extend(price.to_le_bytes());
        }
        for count in [1_u32, 1, 0, 1] {
            bytes.extend(count.to_le_bytes());
        }
    }
    bytes
}

#[test]
fn memory_follows_the_bars_and_not_the_file() {
    let mut header = b"SCID".to_vec();
    header.extend(56_u32.to_le_bytes());
    header.extend(40_u32.to_le_bytes());
    header.extend(1_u16.to_le_bytes());
    header.resize(56, 0);
    for (format, file_name, head, block) in [
        ("ninjatrader", "NQ 03-25.Last.txt", &b""[..], ninjatrader as fn(u64) -> Vec<u8>),
        ("scid", "NQH25_FUT_CME.scid", &header[..], scid),
    ] {
        let mut peaks = Vec::new();
        for bytes in [BYTES / 8, BYTES] {
            let Some(before) = highest_kib().and_then(|_| highest_kib()) else {
                println!("did not run: the system does not tell the memory of a process");
                return;
            };
            let file = imported(format, file_name, Made::new(bytes, head, block));
            let rows = file.dispositions.rows_in();
            let kept = file.dispositions.of(Disposition::Kept);
            assert!(rows * 60 > bytes && kept > 0, "{format}: {rows} rows");
            drop(file);
            peaks.push(highest_kib().unwrap().saturating_sub(before));
        }
        println!("{format}: {} KiB for {} MiB, {} KiB for {} MiB", peaks[0], BYTES >> 23, peaks[1], BYTES >> 20);
        assert!(peaks[1] < peaks[0] + GROWTH_KIB_MAX, "{format}: {peaks:?} KiB");
    }
}
