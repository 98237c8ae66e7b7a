//! How much a user keeps.

use super::{Maildir, name};
use std::fs;
use std::io;

/// How much a user keeps, in all folders.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Usage {
    /// The octets of all messages, as they lie on disk.
    pub octets: u64,
    /// How many messages there are.
    pub messages: u64,
}

impl Maildir {
    /// How much there is, found by looking into every folder: it costs as much as there are messages.
    ///
    /// # Errors
    ///
    /// Those of the files.
    pub fn usage(&self) -> io::Result<Usage> {
        let mut usage = Usage::default();
        for listed in self.list()?.into_iter().filter(|listed| listed.exists) {
            let directory = self.directory(&listed.name)?;
            for place in ["new", "cur"] {
                let files = match fs::read_dir(directory.join(place)) {
                    // Removed just now.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    files => files?,
                };
                for file in files {
                    let file = file?;
                    let known = file.file_name().to_str().and_then(name::size);
                    // Most names say it; one that went meanwhile counts for nothing.
                    let measured = || file.metadata().map_or(0, |metadata| metadata.len());
                    usage.octets += known.unwrap_or_else(measured);
                    usage.messages += 1;
                }
            }
        }
        Ok(usage)
    }
}
