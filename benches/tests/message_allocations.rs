//! The index of a message allocates nothing when the memory of another is used again.

use mailwire_message::{Limits, Message, Rules, Storage};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    /// Of this thread: the test harness allocates in another.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all is done by the system's allocator; calls are counted besides.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn index_all(mails: &[Vec<u8>], mut storage: Storage) -> (Storage, usize) {
    let (limits, rules, before) = (Limits::default(), Rules::default(), COUNT.get());
    for raw in mails {
        let message = Message::parse_with(raw, &limits, &rules, storage);
        assert!(message.parts().count() > 0);
        storage = message.into_storage();
    }
    (storage, COUNT.get() - before)
}

#[test]
fn the_index_allocates_nothing_in_steady_state() {
    let mut mails = vec![mailwire_benches::message(2000), mailwire_benches::message(100_000)];
    for (_, make) in mailwire_testkit::hostile::MAIL {
        mails.push(make(20_000));
    }
    let mut folders = Vec::from_iter(mailwire_testkit::shared("corpus/messages"));
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                mails.push(std::fs::read(path).expect("a file"));
            }
        }
    }

    let (storage, first) = index_all(&mails, Storage::default());
    let (_, again) = index_all(&mails, storage);

    println!("{} messages: {first} allocations, then {again}", mails.len());
    assert_eq!(again, 0);
}
