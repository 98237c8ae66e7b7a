//! Which folders there are, and which of them the user wants to see.

use super::{Maildir, canonical};
use crate::tls::write_private;
use mailwire_message::maildir::{directory, folder};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

/// The file that says what a folder is for, a use a line.
const USES: &str = "mailwire-uses";

/// A folder in a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed {
    /// Its name as IMAP writes it, levels divided by `/`.
    pub name: String,
    /// False when it is only a level above others.
    pub exists: bool,
    /// Whether there are folders below it.
    pub children: bool,
    /// What it is for, as IMAP writes it: `\Sent`.
    pub uses: Vec<String>,
}

impl Maildir {
    /// Every folder, sorted, the INBOX first.
    ///
    /// # Errors
    ///
    /// Those of the files.
    pub fn list(&self) -> io::Result<Vec<Listed>> {
        let mut names = BTreeMap::new();
        for entry in fs::read_dir(self.root())? {
            let entry = entry?;
            let file_name = entry.file_name();
            let Some(name) = file_name.to_str().and_then(folder) else { continue };
            if !entry.path().join("cur").is_dir() {
                continue;
            }
            for (at, _) in name.match_indices('/') {
                names.entry(name.get(..at).unwrap_or_default().to_owned()).or_insert(None);
            }
            names.insert(name, Some(uses(&entry.path())?));
        }
        names.retain(|name, _| canonical(name) != "INBOX");
        let below = |name: &str| {
            let prefix = format!("{name}/");
            names.range(prefix.clone()..).next().is_some_and(|(next, _)| next.starts_with(&prefix))
        };
        let (uses, children) = (Vec::new(), below("INBOX"));
        let inbox = Listed { name: "INBOX".into(), exists: true, children, uses };
        let others = names.iter().map(|(name, uses)| Listed {
            name: name.clone(),
            exists: uses.is_some(),
            children: below(name),
            uses: uses.clone().unwrap_or_default(),
        });
        Ok([inbox].into_iter().chain(others).collect())
    }

    /// Says what a folder is for: it outlives a rename.
    ///
    /// # Errors
    ///
    /// Those of the files; `InvalidInput` when there cannot be a folder of that name.
    pub fn set_uses(&self, name: &str, uses: &[&str]) -> io::Result<()> {
        write_private(&self.directory(name)?.join(USES), uses.join("\n").as_bytes())
    }

    /// The names that the user wants to see; there may be no folders of them.
    ///
    /// # Errors
    ///
    /// Those of the files.
    pub fn subscriptions(&self) -> io::Result<BTreeSet<String>> {
        match fs::read_to_string(self.root().join("subscriptions")) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(error),
        }
    }

    /// Adds or removes a subscription.
    ///
    /// # Errors
    ///
    /// Those of the files; `InvalidInput` when there cannot be a folder of that name.
    pub fn subscribe(&self, name: &str, wanted: bool) -> io::Result<()> {
        let name = canonical(name);
        if name != "INBOX" && directory(name).is_none() {
            return Err(super::invalid("not a folder name"));
        }
        let _layout = self.layout();
        let mut names = self.subscriptions()?;
        let changed = if wanted { names.insert(name.to_owned()) } else { names.remove(name) };
        if !changed {
            return Ok(());
        }
        let text: String = names.iter().map(|name| format!("{name}\n")).collect();
        write_private(&self.root().join("subscriptions"), text.as_bytes())
    }
}

fn uses(directory: &Path) -> io::Result<Vec<String>> {
    match fs::read_to_string(directory.join(USES)) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
