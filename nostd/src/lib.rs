//! Links only if nothing below pulls in std.
#![no_std]

use core::alloc::{GlobalAlloc, Layout};

struct Never;

// SAFETY: a null pointer says that there is no memory; this library is linked, never run.
unsafe impl GlobalAlloc for Never {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Never = Never;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Reaches into each machine, so that the linker has to find all that it needs.
#[unsafe(no_mangle)]
pub extern "C" fn touch() -> usize {
    let mut rx = mailwire_core::Input::default();
    [
        mailwire_smtp::server::Connection::new(Default::default(), Default::default())
            .receive(&mut rx)
            .is_ok(),
        mailwire_smtp::client::Connection::new(Default::default(), Default::default())
            .receive(&mut rx)
            .is_ok(),
        mailwire_pop3::server::Connection::new(Default::default(), Default::default())
            .receive(&mut rx)
            .is_ok(),
        mailwire_pop3::client::Connection::new(Default::default(), Default::default())
            .receive(&mut rx)
            .is_ok(),
        mailwire_imap::server::Connection::new(Default::default(), Default::default())
            .receive(&mut rx)
            .is_ok(),
        mailwire_imap::client::Connection::new(Default::default(), Default::default())
            .receive(&mut rx)
            .is_ok(),
        mailwire_sasl::Account::with_password("a", "b")
            .choose(["SCRAM-SHA-256"], &Default::default())
            .and_then(|mut client| client.answer(b""))
            .is_ok(),
        mailwire_sasl::Setup::default().server("SCRAM-SHA-1").is_some(),
        mailwire_message::Message::parse(b"Subject: hello\r\n\r\n").defects().is_empty(),
    ]
    .into_iter()
    .map(usize::from)
    .sum()
}
