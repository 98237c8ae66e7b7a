//! Lines that are as usual are read by a way of their own: it must not show.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_smtp::server::{Config, Connection, Event, Synchronisation};
use mailwire_smtp::types::{Code, Extension, Reply};
use mailwire_smtp::{Buf, Input, Security};
use std::sync::Arc;

/// Usual ones, almost usual ones, and such as nobody should send.
const LINES: [&[u8]; 40] = [
    b"EHLO x\r\n",
    b"HELO x\r\n",
    b"MAIL FROM:<a@b>\r\n",
    b"mail from: <a.b+c@d-e.f>\r\n",
    b"MAIL FROM:<>\r\n",
    b"MAIL FROM:<> SIZE=1000\r\n",
    b"MAIL FROM:<a@b> SIZE=1001\r\n",
    b"MAIL FROM:<a@b> SIZE=1 BODY=8BITMIME SMTPUTF8\r\n",
    b"MAIL FROM:<a@b> BODY=BINARYMIME\r\n",
    b"MAIL FROM:<a@b> BODY=7bit \r\n",
    b"MAIL FROM:<a@b> SMTPUTF8\r\n",
    b"MAIL FROM:<\xc3\xa9@b> SMTPUTF8\r\n",
    b"MAIL FROM:<a@b> SIZE=1 SIZE=1\r\n",
    b"MAIL FROM:<a@b> RET=FULL\r\n",
    b"MAIL FROM:<a@b> X-OURS\r\n",
    b"MAIL FROM:<a..b@c>\r\n",
    b"MAIL FROM:<a@b.>\r\n",
    b"MAIL FROM:<a@b>\n",
    b"MAIL FROM:<a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>\r\n",
    b"MAIL FROM:<a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>\r\n",
    b"RCPT TO:<a@b>\r\n",
    b"rcpt to:<c@d>\r\n",
    b"RCPT TO:<a@b> NOTIFY=NEVER\r\n",
    b"RCPT TO:<Postmaster>\r\n",
    b"RCPT TO:<@r:a@b>\r\n",
    b"RCPT TO:<\"a\"@[b]>\r\n",
    b"RCPT TO:<\xc3\xa9@b>\r\n",
    b"RCPT TO:<\xff@b>\r\n",
    b"RCPT TO:<>\r\n",
    b"RCPT TO:<a@b>x\r\n",
    b"RCPT TO:<a@b\0>\r\n",
    b"RCPT TO:<a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>\r\n",
    b"RCPT TO:<a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>\r\n",
    b"RSET\r\n",
    b"rset \r\n",
    b"RSET now\r\n",
    b".\r\n",
    b"NOOP\r\n",
    b"DATA\r\n",
    b"MAILX FROM:<a@b>\r\n",
];

/// What is seen of a session, line by line; every third recipient is refused.
fn seen(config: &Arc<Config>, lines: &[usize], cut: bool) -> String {
    let mut server = Connection::new(config.clone(), Security::Plain);
    let mut rx = Input::default();
    let (mut out, mut n) = (String::new(), 0);
    for &line in lines {
        let line = LINES[line];
        let (head, tail) = line.split_at(if cut { line.len() / 2 } else { 0 });
        for piece in [head, tail] {
            rx.extend(piece);
            while let Some(event) = server.receive(&mut rx).unwrap() {
                // Where a message is cut means nothing.
                if matches!(event, Event::Body(_)) {
                    continue;
                }
                out.push_str(&format!("{event:?}\n"));
                n += 1;
                let _ = match n % 3 {
                    0 => server.reply(&Reply::new(Code::REFUSED, "no")),
                    _ => server.accept(),
                };
                out.push_str(&format!("{:?}\n", server.wait()));
            }
        }
        out.push_str(&String::from_utf8_lossy(server.output().chunk()));
        let sent = server.output().remaining();
        server.output().advance(sent);
    }
    out
}

#[test]
fn usual_lines_are_answered_as_any_line_is() {
    let mut config = Config::default();
    config.extensions.push(Extension::Dsn);
    config.limits.line = 56;
    config.limits.recipients = 3;
    config.limits.message = 1000;
    config.limits.idle_commands = 6;
    let mut other = config.clone();
    // One line at a time nobody is early, and all lines are looked at by the grammar.
    other.synchronisation = Synchronisation::Note;
    let (usual, any) = (Arc::new(config), Arc::new(other));
    let mut seed = 1_u32;
    let mut next = |n: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(seed >> 8).unwrap() % n
    };
    for round in 0..4000 {
        let mut lines: Vec<_> = (0..16).map(|_| next(LINES.len())).collect();
        lines[0] = round % 2;
        let expected = seen(&any, &lines, false);
        assert_eq!(seen(&usual, &lines, false), expected, "{lines:?}");
        assert_eq!(seen(&usual, &lines, true), expected, "{lines:?}");
    }
}
