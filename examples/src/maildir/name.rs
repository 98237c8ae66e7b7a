//! Names of message files, as `mailwire-message` reads and writes them.

use super::now;
use mailwire_message::maildir::{FileName, Unique, copy, sized};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A name that no other file has or will have. Sorts after those made before it.
pub(super) fn unique() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let since = now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let name = Unique {
        seconds: since.as_secs(),
        micros: since.subsec_micros(),
        count: COUNT.fetch_add(1, Ordering::Relaxed),
        process: std::process::id(),
        host: "mailwire",
    };
    name.name()
}

/// The name for a message whose octets are served as they are.
pub(super) fn for_message(size: u64) -> String {
    sized(&unique(), size, size)
}

/// The same for a copy.
pub(super) fn for_copy(of: &str) -> String {
    match size(of) {
        Some(size) => copy(&for_message(size), of),
        None => copy(&unique(), of),
    }
}

/// What the name says of how long the message is, when the file is served as it is.
pub(super) fn size(base: &str) -> Option<u64> {
    let name = FileName::parse(base);
    name.wire_size().filter(|wire| name.size() == Some(*wire))
}

/// When a message with that name was delivered, to sort those of other programs; 0 when it does
/// not say.
pub(super) fn delivered(base: &str) -> u64 {
    FileName::parse(base).delivered().unwrap_or_default()
}

/// Seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_believed_when_the_file_has_crlf() {
        assert_eq!(size("1.M2.host,S=10,W=10"), Some(10));
        assert_eq!(size("1.M2.host,S=10,W=12"), None);
        assert_eq!(size("1.M2.host,S=10"), None);
        assert_eq!(size(&for_message(7)), Some(7));
    }

    #[test]
    fn copies_have_sizes_that_are_known() {
        let first = for_message(7);
        let copy = for_copy(&for_copy(&first));

        assert_ne!(first, copy);
        assert_eq!(size(&copy), Some(7));
        assert_eq!(size(&for_copy("5.other")), None);
    }

    #[test]
    fn later_names_sort_later() {
        let names: Vec<_> = (0..100).map(|_| unique()).collect();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
