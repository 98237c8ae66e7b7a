//! Why something is read otherwise by a peer.

use std::cell::Cell;
use std::panic::{self, RefUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is a peer's, which is caught.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// The differences that have a reason, and those that have none.
#[derive(Debug)]
pub(crate) struct Reasons {
    rows: Vec<[&'static str; 4]>,
    used: Vec<usize>,
    unexplained: Vec<String>,
}

/// What is read of a message here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ours {
    pub(crate) strictly: bool,
    pub(crate) forgivingly: bool,
}

impl Reasons {
    /// `peer, kind, a piece of the message, why`; a line that starts with `#` is a remark.
    pub(crate) fn new(text: &'static str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let rows: Vec<[&str; 4]> = lines
            .map(|line| {
                let fields: Vec<&str> = line.split('\t').collect();
                fields.try_into().unwrap_or_else(|_| panic!("four fields each: {line}"))
            })
            .collect();
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let usual = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                if !QUIET.get() {
                    usual(info)
                }
            }));
        });
        Self { used: vec![0; rows.len()], rows, unexplained: Vec::new() }
    }

    /// Sees what a peer makes of a message, and whether that is the same as is made of it here. Returns
    /// whether it is.
    pub(crate) fn see<T>(
        &mut self,
        name: &str,
        message: &[u8],
        ours: Ours,
        read: impl Fn(&[u8]) -> Option<T> + RefUnwindSafe,
        is_same: impl FnOnce(&T) -> bool,
    ) -> bool {
        QUIET.set(true);
        let read = panic::catch_unwind(|| read(message));
        QUIET.set(false);
        let kind = match read {
            Err(_) => "they panic",
            Ok(None) if ours.strictly => "we read",
            Ok(None) => return false,
            Ok(Some(_)) if !ours.forgivingly => "they read",
            Ok(Some(_)) if !ours.strictly => "they tolerate",
            Ok(Some(theirs)) if is_same(&theirs) => return true,
            Ok(Some(_)) => "another value",
        };
        let text = message.escape_ascii().to_string();
        let fits = |row: &[&str; 4]| row[0] == name && row[1] == kind && text.contains(row[2]);
        match self.rows.iter().position(fits) {
            Some(at) => self.used[at] += 1,
            None => self.unexplained.push(format!("{name}\t{kind}\t{text}")),
        }
        false
    }

    /// Ends the test: nothing is without its reason, and no reason without its need if everything was
    /// there that there is.
    pub(crate) fn settle(self, is_whole: bool) {
        if let Some(path) = std::env::var_os("MAILWIRE_UNEXPLAINED") {
            std::fs::write(path, self.unexplained.join("\n")).expect("a file");
        }
        let n = self.unexplained.len();
        let shown = self.unexplained.iter().take(20).map(String::as_str).collect::<Vec<_>>();
        assert!(n == 0, "{n} differences have no reason:\n{}", shown.join("\n"));
        // Without the shared corpora most of them do not come up.
        if is_whole {
            for (row, used) in self.rows.iter().zip(&self.used) {
                assert!(*used > 0, "no difference is explained by {row:?}");
            }
        }
    }
}
