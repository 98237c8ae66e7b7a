//! What is noted of a folder, or of all a user's mail: names and values (RFC 5464), one file for
//! each place, a line for each.

use super::Maildir;
use crate::tls::write_private;
use mailwire_core::base64;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

/// Names, in lower case, and their values.
pub type Metadata = BTreeMap<String, Vec<u8>>;

impl Maildir {
    /// What is noted of a folder, or of all mail where no folder is named; `None` when there is no
    /// such folder.
    ///
    /// # Errors
    ///
    /// Those of the files; `InvalidInput` when there cannot be a folder of that name.
    pub fn metadata(&self, folder: &str) -> io::Result<Option<Metadata>> {
        let Some(path) = self.metadata_file(folder)? else { return Ok(None) };
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let line = |line: &str| {
            let (name, value) = line.split_once(' ')?;
            let value = base64::decode(value.as_bytes()).ok()?;
            Some((String::from_utf8(base64::decode(name.as_bytes()).ok()?).ok()?, value))
        };
        Ok(Some(text.lines().filter_map(line).collect()))
    }

    /// Notes all of it. False when there is no such folder.
    ///
    /// # Errors
    ///
    /// Those of [`metadata`](Self::metadata).
    pub fn set_metadata(&self, folder: &str, metadata: &Metadata) -> io::Result<bool> {
        let Some(path) = self.metadata_file(folder)? else { return Ok(false) };
        let mut text = Vec::new();
        for (name, value) in metadata {
            base64::encode(name.as_bytes(), &mut text);
            text.push(b' ');
            base64::encode(value, &mut text);
            text.push(b'\n');
        }
        write_private(&path, &text)?;
        Ok(true)
    }

    fn metadata_file(&self, folder: &str) -> io::Result<Option<PathBuf>> {
        if folder.is_empty() {
            return Ok(Some(self.root().join("mailwire-server-metadata")));
        }
        let directory = self.directory(folder)?;
        Ok(directory.join("cur").is_dir().then(|| directory.join("mailwire-metadata")))
    }
}
