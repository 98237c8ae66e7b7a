//! Where messages come from.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The files of a folder and of those below it, in order.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    // Every turn reads a folder.
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// A folder of the project.
pub(crate) fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The seeds of fuzz targets.
pub(crate) fn seeds(targets: &[&str], found: &mut BTreeSet<Vec<u8>>) {
    for target in targets {
        for path in files(&here("fuzz/corpus").join(target)) {
            found.insert(std::fs::read(path).expect("a seed"));
        }
    }
}
