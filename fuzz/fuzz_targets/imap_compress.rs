#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwire_fuzz::imap_compress::imap_compress(data));

#[cfg(not(fuzzing))]
fn main() {
    mailwire_fuzz::replay(mailwire_fuzz::imap_compress::imap_compress);
}
