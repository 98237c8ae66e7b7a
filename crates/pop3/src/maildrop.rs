//! The maildrop as a session sees it.

use crate::UniqueId;
use alloc::string::String;
use alloc::vec::Vec;
use mailwire_core::Invalid;

/// The messages of a maildrop when it was opened: numbers, sizes, unique ids, and which of them are
/// marked to be deleted. Mail that comes later is not in it (RFC 1939 section 3).
///
/// Costs 18 octets and the unique id for each message.
#[derive(Clone, Debug, Default)]
pub struct Maildrop {
    messages: Vec<Message>,
    /// All unique ids behind each other: one allocation instead of one each.
    ids: String,
    kept: u32,
    octets: u64,
}

#[derive(Clone, Copy, Debug)]
struct Message {
    octets: u64,
    /// Where its unique id ends in `ids`.
    id_end: usize,
    deleted: bool,
}

impl Maildrop {
    /// Adds a message of `octets` as sent by RETR (line ends as CRLF, dots not counted), with a
    /// unique id that no other message of this maildrop ever has. Its number is how many there
    /// are then.
    ///
    /// # Errors
    ///
    /// When the unique id is not 1 to 70 octets from `!` to `~`.
    pub fn push(&mut self, octets: u64, unique_id: &str) -> Result<(), Invalid> {
        let unique_id = UniqueId::new(unique_id)?;
        self.ids.push_str(unique_id.as_str());
        self.messages.push(Message { octets, id_end: self.ids.len(), deleted: false });
        self.kept = self.kept.saturating_add(1);
        self.octets = self.octets.saturating_add(octets);
        Ok(())
    }

    /// How many messages are not marked, and their octets together: what STAT says.
    #[must_use]
    pub fn stat(&self) -> (u32, u64) {
        (self.kept, self.octets)
    }

    /// How many messages there are, marked or not.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.messages.len()).unwrap_or(u32::MAX)
    }

    /// Whether there is no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The octets of a message that is not marked. Numbers start with 1.
    #[must_use]
    pub fn octets(&self, number: u32) -> Option<u64> {
        self.get(number).filter(|message| !message.deleted).map(|message| message.octets)
    }

    /// The unique id of a message, marked or not.
    #[must_use]
    pub fn unique_id(&self, number: u32) -> Option<&str> {
        let end = self.get(number)?.id_end;
        let start = match number.checked_sub(2) {
            Some(_) => self.get(number.checked_sub(1)?)?.id_end,
            None => 0,
        };
        self.ids.get(start..end)
    }

    /// The numbers of the messages that are marked to be deleted.
    pub fn deleted(&self) -> impl Iterator<Item = u32> {
        (1..=self.len()).zip(&self.messages).filter(|(_, m)| m.deleted).map(|(number, _)| number)
    }

    /// Marks a message; false when there is none, or it is marked already.
    pub(crate) fn delete(&mut self, number: u32) -> bool {
        let Some(message) = self.get_mut(number).filter(|message| !message.deleted) else {
            return false;
        };
        message.deleted = true;
        let octets = message.octets;
        self.kept = self.kept.saturating_sub(1);
        self.octets = self.octets.saturating_sub(octets);
        true
    }

    /// Takes all marks away.
    pub(crate) fn reset(&mut self) {
        for message in &mut self.messages {
            message.deleted = false;
        }
        self.kept = self.len();
        self.octets = self.messages.iter().map(|m| m.octets).fold(0, u64::saturating_add);
    }

    fn get(&self, number: u32) -> Option<&Message> {
        self.messages.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    fn get_mut(&mut self, number: u32) -> Option<&mut Message> {
        self.messages.get_mut(usize::try_from(number).ok()?.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maildrop() -> Maildrop {
        let mut maildrop = Maildrop::default();
        maildrop.push(498, "a").unwrap();
        maildrop.push(912, "bb").unwrap();
        maildrop.push(1, "ccc").unwrap();
        maildrop
    }

    #[test]
    fn marks_count_until_they_are_reset() {
        let mut maildrop = maildrop();
        assert_eq!(maildrop.stat(), (3, 1411));

        assert!(maildrop.delete(2));
        assert!(!maildrop.delete(2) && !maildrop.delete(0) && !maildrop.delete(4));

        assert_eq!(maildrop.stat(), (2, 499));
        assert_eq!(maildrop.octets(2), None);
        assert_eq!(maildrop.deleted().collect::<Vec<_>>(), [2]);

        maildrop.reset();
        assert_eq!(maildrop.stat(), (3, 1411));
        assert_eq!(maildrop.deleted().count(), 0);
    }

    #[test]
    fn unique_ids_stay_apart() {
        let maildrop = maildrop();

        let ids: Vec<_> = (0..5).map(|n| maildrop.unique_id(n)).collect();

        assert_eq!(ids, [None, Some("a"), Some("bb"), Some("ccc"), None]);
    }
}
