//! Which folders there are, and which of them the user wants to see.

use super::{Maildir, canonical, name};
use crate::tls::write_private;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;

/// A folder in a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed {
    /// Its name as IMAP writes it, levels divided by `/`.
    pub name: String,
    /// False when it is only a level above others.
    pub exists: bool,
    /// Whether there are folders below it.
    pub children: bool,
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
            let Some(name) = file_name.to_str().and_then(name::folder) else { continue };
            if !entry.path().join("cur").is_dir() {
                continue;
            }
            for (at, _) in name.match_indices('/') {
                names.entry(name.get(..at).unwrap_or_default().to_owned()).or_insert(false);
            }
            names.insert(name, true);
        }
        let inbox = names.keys().find(|name| canonical(name) == "INBOX").cloned();
        names.extend(inbox.map(|inbox| (inbox, true)));
        names.retain(|name, _| canonical(name) != "INBOX");
        let below = |name: &str| {
            let prefix = format!("{name}/");
            names.range(prefix.clone()..).next().is_some_and(|(next, _)| next.starts_with(&prefix))
        };
        let inbox = Listed { name: "INBOX".into(), exists: true, children: below("INBOX") };
        let others = names.iter().map(|(name, &exists)| Listed {
            name: name.clone(),
            exists,
            children: below(name),
        });
        Ok([inbox].into_iter().chain(others).collect())
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
        if name != "INBOX" && name::directory(name).is_none() {
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
