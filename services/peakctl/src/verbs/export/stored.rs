//! What an earlier export left in the folder: another series is never overwritten, and the references of others stay.

use std::io;
use std::path::Path;

use serde_json::{Value, json};

use crate::failure::Failure;

/// Schema of the document of references.
const REFERENCES_SCHEMA: &str = "MARKET_DATA_REFS_V1";

/// Largest document read back: references have half a kilobyte each.
const DOCUMENT_BYTES_MAX: u64 = 16 << 20;

/// Refuses to replace the descriptor of another dataset, or of the same one stamped otherwise: file names tell neither the
/// method nor the variant nor the stamp. The same export again is none.
pub(super) fn check_descriptor(path: &Path, dataset_id: &str, timestamp_semantics: &str) -> Result<(), Failure> {
    let Some(stored) = read(path)? else { return Ok(()) };
    let text = |name: &str| stored.get(name).and_then(Value::as_str);
    let (Some(version), Some(semantics)) = (text("dataset_version"), text("timestamp_semantics")) else {
        return Err(refused(path, "has no dataset_version and timestamp_semantics, so an export did not write it"));
    };
    if (version, semantics) == (dataset_id, timestamp_semantics) {
        return Ok(());
    }
    Err(refused(path, &format!("holds dataset {version}, stamped {semantics}")))
}

/// The references that a document holds so far; none where it is absent.
pub(super) fn references(path: &Path) -> Result<Vec<Value>, Failure> {
    let Some(mut stored) = read(path)? else { return Ok(Vec::new()) };
    if stored["schema_version"] != REFERENCES_SCHEMA {
        return Err(refused(
            path,
            &format!("has schema_version {}, not {REFERENCES_SCHEMA}", stored["schema_version"]),
        ));
    }
    match stored["refs"].take() {
        Value::Array(references) => Ok(references),
        other => Err(refused(path, &format!("has refs {other}, not a list"))),
    }
}

/// The document with one more reference; it takes the place of an earlier one to the same dataset.
pub(super) fn with_reference(mut references: Vec<Value>, reference: Value) -> Value {
    match references.iter_mut().find(|stored| stored["ref_id"] == reference["ref_id"]) {
        Some(stored) => *stored = reference,
        None => references.push(reference),
    }
    json!({ "schema_version": REFERENCES_SCHEMA, "refs": references })
}

fn read(path: &Path) -> Result<Option<Value>, Failure> {
    let unreadable = |error: io::Error| Failure::from_file("reading", path, &error);
    let size = match std::fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    if size > DOCUMENT_BYTES_MAX {
        return Err(refused(path, &format!("has {size} bytes, at most {DOCUMENT_BYTES_MAX} are read")));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let document: Value =
        serde_json::from_str(&text).map_err(|error| refused(path, &format!("cannot be read as JSON: {error}")))?;
    if !document.is_object() {
        return Err(refused(path, "is no JSON object"));
    }
    Ok(Some(document))
}

fn refused(path: &Path, problem: &str) -> Failure {
    Failure::Input(format!("{} {problem}; another --out or --refs is required", path.display()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{check_descriptor, references, with_reference};

    #[test]
    fn another_series_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("NQ.descriptor.json");
        let check = |stored: Option<&str>, expected: Option<&str>| {
            let _ = std::fs::remove_file(&path);
            if let Some(stored) = stored {
                std::fs::write(&path, stored).unwrap();
            }
            match (check_descriptor(&path, "sha256:aa", "open"), expected) {
                (Ok(()), None) => {}
                (Err(failure), Some(part)) => {
                    assert_eq!(failure.exit_code(), 65);
                    let text = failure.to_string();
                    assert!(text.contains(part) && text.ends_with("; another --out or --refs is required"), "{text}");
                }
                (found, expected) => panic!("{stored:?}: {found:?}, expected {expected:?}"),
            }
        };
        check(None, None);
        check(Some(r#"{"dataset_version":"sha256:aa","timestamp_semantics":"open"}"#), None);
        check(
            Some(r#"{"dataset_version":"sha256:bb","timestamp_semantics":"open"}"#),
            Some("holds dataset sha256:bb, stamped open"),
        );
        check(
            Some(r#"{"dataset_version":"sha256:aa","timestamp_semantics":"close"}"#),
            Some("holds dataset sha256:aa, stamped close"),
        );
        check(Some("{}"), Some("an export did not write it"));
        check(Some("[]"), Some("is no JSON object"));
        check(Some("{"), Some("cannot be read as JSON"));
    }

    #[test]
    fn references_of_other_datasets_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("market_data_refs.json");
        let reference = |dataset: &str, hint: u32| json!({ "ref_id": dataset, "sha256_hint": hint });
        let mut stored = references(&path).unwrap();
        assert!(stored.is_empty());
        for (dataset, hint) in [("a", 1), ("b", 2), ("a", 3)] {
            std::fs::write(&path, with_reference(stored, reference(dataset, hint)).to_string()).unwrap();
            stored = references(&path).unwrap();
        }
        assert_eq!(stored, [reference("a", 3), reference("b", 2)]);
        for (bad, part) in [
            (r#"{"schema_version":"MARKET_DATA_REFS_V2","refs":[]}"#, "MARKET_DATA_REFS_V2"),
            (r#"{"schema_version":"MARKET_DATA_REFS_V1","refs":{}}"#, "not a list"),
        ] {
            std::fs::write(&path, bad).unwrap();
            let failure = references(&path).unwrap_err();
            assert!(failure.exit_code() == 65 && failure.to_string().contains(part), "{failure}");
        }
    }
}
