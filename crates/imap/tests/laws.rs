//! The six laws, for both machines.

use mailwire_testkit::laws;
use mailwire_testkit::roles::imap::{Client, Server};

#[test]
fn the_server_keeps_the_laws() {
    let append =
        [b"c APPEND INBOX {70000}\r\n".as_slice(), &[b'm'; 70_000], b"\r\nd NOOP\r\n"].concat();
    let append = [b"a LOGIN a b\r\n".as_slice(), &append].concat();
    let many = [b"a LOGIN a b\r\n".as_slice(), &b"x NOOP\r\n".repeat(3000)].concat();
    laws::check::<Server>(&[
        b"a CAPABILITY\r\nb LOGIN {1}\r\na {2+}\r\npw\r\nc SELECT INBOX\r\nd FETCH 1:* (FLAGS)\r\ne IDLE\r\nDONE\r\nf LOGOUT\r\n",
        b"a AUTHENTICATE PLAIN\r\nAGEAYg==\r\nb STATUS INBOX (MESSAGES)\r\nc UID FETCH 1 BODY[]<0.5>\r\n",
        b"junk\r\n\r\na\r\na b c d {3}\r\nxyz\r\nb STARTTLS\r\n",
        b"a LOGIN {9999999+}\r\n",
        b"a LOGIN {5}\r\nab",
        &[b'x'; 20_000],
        &append,
        &many,
    ]);
}

#[test]
fn the_client_keeps_the_laws() {
    let body =
        [b"* 1 FETCH (BODY[] {30000}\r\n".as_slice(), &[b'm'; 30_000], b" UID 3)\r\n"].concat();
    let session = [
        b"* OK hi\r\na1 OK in\r\n* 3 EXISTS\r\n* 1 FETCH (FLAGS (\\Seen) ENVELOPE ({3}\r\nabc))\r\n".as_slice(),
        &body,
        b"a2 OK sel\r\na3 OK f\r\n* SEARCH 1 2 3\r\na4 OK s\r\n* BYE\r\na5 OK bye\r\n",
    ]
    .concat();
    laws::check::<Client>(&[
        &session,
        b"* PREAUTH hi\r\n* BAD {5}\r\n* garbage {3}\r\nabc\r\na1 NO no\r\na9 OK what\r\n",
        b"* BYE busy\r\n",
        b"+ hello\r\n",
        b"* OK hi\r\n* 1 FETCH (BODY[] {50000}\r\nabc",
    ]);
}
