//! Lean: an archive as it is, or the texts of one: `@name` in a line, then its rows.
#![no_main]

mod importing;

use std::io::{Cursor, Write as _};

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use peaktrade_store::fuzz;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(b"PK") {
        let _ = fuzz::read("lean", bytes);
        return;
    }
    let mut texts: Vec<(String, Vec<u8>)> = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match (line.strip_prefix(b"@"), texts.last_mut()) {
            (Some(name), _) => texts.push((String::from_utf8_lossy(name).trim_end().to_owned(), Vec::new())),
            (None, Some((_, text))) => text.extend_from_slice(line),
            (None, None) => {}
        }
    }
    let Some(stored) = archive(&texts, CompressionMethod::Stored) else { return };
    let read = fuzz::read("lean", &stored);
    importing::check_minutes(&read);
    importing::check_rows(&read, texts.iter().map(|(_, text)| importing::lines(text)).sum());
    if bytes.len() % 8 == 0 {
        let deflated = archive(&texts, CompressionMethod::Deflated).map(|packed| fuzz::read("lean", &packed));
        match (read, deflated) {
            (Ok(stored), Some(Ok(deflated))) => assert_eq!(stored, deflated),
            (Err(stored), Some(Err(deflated))) => assert_eq!(stored.to_string(), deflated.to_string()),
            (stored, deflated) => panic!("stored {stored:?}, deflated {deflated:?}"),
        }
    }
});

/// An archive of texts; `None` where two have one name, which the writer refuses.
fn archive(texts: &[(String, Vec<u8>)], method: CompressionMethod) -> Option<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, text) in texts {
        archive.start_file(name.as_str(), options).ok()?;
        archive.write_all(text).ok()?;
    }
    Some(archive.finish().ok()?.into_inner())
}

fuzz_mutator!(|bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
    importing::mutate(bytes, size, max_size, seed, importing::row_edits::edit)
});
