//! A FETCH of system flags, UID, MODSEQ, dates and sizes costs no allocation.

use mailwire_benches::imap::fetch_fast;
use mailwire_core::{Input, Security};
use mailwire_imap::client::{Connection, Event};
use mailwire_imap::parse::{Grammar, response};
use mailwire_imap::types::Response;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

struct Counting;

thread_local! {
    /// Of this thread: the test harness allocates in another.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

fn count() -> usize {
    COUNT.get()
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

/// One test, so that nothing else allocates meanwhile.
#[test]
fn fetch_of_what_is_fast_allocates_nothing() {
    let bytes = fetch_fast(1000);
    let grammar = Grammar::default();

    let before = count();
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        assert!(matches!(response(line, &grammar), Ok(Response::Fetch(_))));
    }
    assert_eq!(count(), before, "the grammar");

    let mut conn = Connection::new(Arc::default(), Security::Tls);
    let mut rx = Input::default();
    rx.extend(b"* OK hi\r\n");
    rx.extend(&bytes);
    assert!(conn.receive(&mut rx).expect("a greeting").is_some());
    let before = count();
    let mut n = 0;
    while let Some(event) = conn.receive(&mut rx).expect("a response") {
        n += usize::from(matches!(event, Event::Response(Response::Fetch(_))));
    }
    assert_eq!(count(), before, "the machine");
    assert_eq!(n, 1000);
}
