//! The six laws of `Machine`, on both machines, with streams good and bad.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_testkit::laws;
use mailwire_testkit::roles::smtp::{Client, Server};

#[test]
fn server_keeps_the_laws() {
    let long = [b"NOOP ", &[b'x'; 20_000][..], b"\r\nNOOP\r\nQUIT\r\n"].concat();
    let flood = b"NOOP\r\nRSET\r\nVRFY a\r\n".repeat(100);
    let body = [
        &b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"[..],
        &b"..dots\r\nand lines\r\n".repeat(300),
        b".\r\nMAIL FROM:<>\r\nRCPT TO:<Postmaster>\r\nDATA\r\n.\r\nQUIT\r\nNOOP\r\n",
    ]
    .concat();
    laws::check::<Server>(&[
        b"",
        b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@elsewhere>\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n",
        b"HELO x\r\nMAIL FROM: <a@b>\r\nRSET\r\nVRFY a\r\nEXPN a\r\nHELP\r\nNOOP\r\nFROB\r\nVRFY\r\n",
        b"EHLO x\r\nSTARTTLS\r\nAUTH PLAIN AAAA\r\nAUTH\r\nAUTH LOGIN\n",
        b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nbare\nnewline\r.\r\n.\r\nNOOP\r\n",
        b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\ncut off",
        b"MAIL FR",
        b"\0\x01\xff\r\n\r\n \r\nNOOP\n\x80\r\nEHLO\r\n",
        b"NOOP\r\n\x16\x03\x01\x02\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        &long,
        &flood,
        &body,
        &[b'x'; 30_000],
    ]);
}

#[test]
fn client_keeps_the_laws() {
    let long = [b"220 ", &[b'x'; 3000][..], b"\r\n"].concat();
    let lines = [&b"220-x\r\n".repeat(200)[..], b"220 x\r\n"].concat();
    laws::check::<Client>(&[
        b"",
        b"220 x\r\n250-x\r\n250 PIPELINING\r\n250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n250 done\r\n221 bye\r\n",
        b"220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n550-5.7.1 no\r\n550 5.7.1 no\r\n221 bye\r\nmore",
        b"220-x\r\n220 y\r\n502 no\r\n250 x\r\n250 ok\r\n550 no\r\n550 no\r\n503 no\r\n",
        b"220 x\r\n250-x\r\n250 PIPELINING\r\n250 ok\r\n550 no\r\n550 no\r\n354 go\r\n554 none\r\n221 bye\r\n",
        b"220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n",
        b"220 x\r\n250 x\r\n354 go\r\n",
        b"220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 done\r\n",
        b"220 x\r\n250-x\r\n220 x\r\n",
        b"220 x\r\n421 going down\r\n250 ok\r\n",
        b"421 busy\r\n",
        b"220 x\r\n250 x\r\n250 ok\r\n25",
        b"+OK POP3\r\n",
        b"220\n250\n",
        &long,
        &lines,
        &[b'2'; 5000],
    ]);
}
