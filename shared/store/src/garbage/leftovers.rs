//! What writers left when they died: pending objects, and spool files of imports.

use std::time::Duration;

use super::{GarbageItem, GarbageKind};
use crate::StoreError;
use crate::objects::{Objects, PENDING};

/// Folders in which everything is on its way to somewhere else. `tmp` is the dataset service's: its spool files lose their
/// names as soon as they are made.
const FOLDERS: [&str; 2] = [PENDING, "tmp"];

/// Nothing is on its way for so long: an import ends within minutes.
const AGE_MIN: Duration = Duration::from_secs(60 * 60);

/// The leftovers of a store. The disk is asked, not the object store, which does not show files that it was writing itself.
pub(super) fn find(objects: &Objects) -> Result<Vec<GarbageItem>, StoreError> {
    let mut items = Vec::new();
    for folder in FOLDERS {
        let path = objects.folder().join(folder);
        let unusable = |source| StoreError::Folder { folder: path.clone(), source };
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unusable(error)),
        };
        for entry in entries {
            let entry = entry.map_err(unusable)?;
            // A file that goes in this instant was not left.
            let Ok(meta) = entry.metadata() else { continue };
            let age = meta.modified().ok().and_then(|time| time.elapsed().ok());
            if let Some(name) = entry.file_name().to_str().filter(|_| meta.is_file() && age >= Some(AGE_MIN)) {
                items.push(GarbageItem {
                    kind: GarbageKind::Leftover,
                    name: format!("{folder}/{name}"),
                    bytes: meta.len(),
                    reason: "left by a process that ended in the middle of its work".to_owned(),
                });
            }
        }
    }
    Ok(items)
}
