//! The selected mailbox of the post office: what a session is told of what others do.
#![allow(missing_docs, dead_code, unreachable_pub)]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]

#[path = "../postoffice/imap/selected.rs"]
mod selected;

use examples::maildir::{Entry, Flags, Folder, Maildir, SystemFlags};
use mailwire_imap::types::{Bound, NumberSet, SetRange};
use mailwire_imap::view::Update;
use selected::{News, Selected};
use std::sync::Arc;

struct Mail {
    _dir: tempfile::TempDir,
    folder: Arc<Folder>,
}

impl Mail {
    fn new(messages: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = Maildir::open(dir.path()).unwrap().inbox().unwrap();
        let mail = Self { _dir: dir, folder };
        (0..messages).for_each(|_| mail.add());
        mail
    }

    fn add(&self) {
        let mut draft = self.folder.draft().unwrap();
        draft.write(b"x\r\n").unwrap();
        draft.finish(None).unwrap();
        self.folder.deliver(&draft).unwrap();
    }

    fn flag(&self, uid: u32) -> Entry {
        let flagged = |it: &Entry| Flags { system: SystemFlags::FLAGGED, ..it.flags };
        self.folder.mark(uid, flagged).unwrap().unwrap()
    }
}

#[test]
fn what_others_do_is_told_once_and_removal_only_when_it_may_be() {
    let mail = Mail::new(4);
    let mut view = Selected::new(mail.folder.clone(), false).unwrap();
    assert_eq!((view.count(), view.recent()), (4, 4));
    assert_eq!(view.update(true, false).unwrap(), News::default());

    mail.folder.remove(&[2, 3]).unwrap();
    mail.flag(4);
    mail.add();

    // FETCH 4 must still mean what it meant.
    let news = view.update(false, false).unwrap();
    assert_eq!(news.updates, [Update::Exists(5), Update::Flags { seq: 4, uid: 4 }]);
    assert!(news.recent && view.get(2).is_none() && view.get(4).is_some());
    mail.add();
    let news = view.update(true, false).unwrap();
    assert_eq!(
        news.updates,
        [Update::Expunge { seq: 3, uid: 3 }, Update::Expunge { seq: 2, uid: 2 }, Update::Exists(4)]
    );
    assert_eq!(view.update(true, false).unwrap(), News::default());
    let all: Vec<_> = view.iter().map(|(seq, entry)| (seq, entry.uid)).collect();
    assert_eq!(all, [(1, 1), (2, 4), (3, 5), (4, 6)]);
}

#[test]
fn recent_is_for_the_first_session_and_flags_that_were_noted_are_no_news() {
    let mail = Mail::new(2);
    let mut first = Selected::new(mail.folder.clone(), false).unwrap();
    let second = Selected::new(mail.folder.clone(), false).unwrap();
    assert_eq!((first.recent(), second.recent()), (2, 0));

    first.note(mail.flag(1));

    assert_eq!(first.update(true, false).unwrap(), News::default());
    let reader = Selected::new(mail.folder.clone(), true).unwrap();
    mail.add();
    assert_eq!(reader.recent(), 0);
    // EXAMINE leaves what is recent to others.
    drop(Selected::new(mail.folder.clone(), true).unwrap());
    let news = first.update(true, false).unwrap();
    assert_eq!(news.updates, [Update::Exists(3)]);
    assert!(news.recent && first.recent() == 3);
}

#[test]
fn sets_are_taken_once_in_order_and_by_what_they_name() {
    let mail = Mail::new(5);
    mail.folder.remove(&[2]).unwrap();
    let view = Selected::new(mail.folder.clone(), false).unwrap();
    let range = |start, end| SetRange { start: Bound::Number(start), end: Bound::Number(end) };
    let to_last = |start| SetRange { start: Bound::Number(start), end: Bound::Last };
    let chosen = |ranges: &[SetRange], uid| {
        let mut set = NumberSet::new();
        ranges.iter().for_each(|range| set.push(*range));
        let chosen = view.chosen(&set, uid);
        chosen.map(|chosen| chosen.into_iter().map(|(_, uid)| uid).collect::<Vec<_>>())
    };

    assert_eq!(chosen(&[range(3, 1), range(2, 2), range(1, 4)], false), Some(vec![1, 3, 4, 5]));
    assert_eq!(chosen(&[range(1, 2), range(4, 5)], true), Some(vec![1, 4, 5]));
    assert_eq!(chosen(&[range(1, 5)], false), None);
    assert_eq!(chosen(&[range(2, 2), range(100, 200)], true), Some(vec![]));
    // From a number past the last to the last is the last.
    assert_eq!(chosen(&[to_last(1000)], true), Some(vec![5]));
    assert_eq!(chosen(&[to_last(4)], false), Some(vec![5]));
    assert_eq!(chosen(&[range(5, 5), range(1, 1)], true), Some(vec![1, 5]));
}
