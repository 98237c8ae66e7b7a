//! The end of data is CRLF.CRLF and nothing else, at every split; and we smuggle nothing ourselves.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_smtp::client::{self, Tls};
use mailwire_smtp::server::{self, BareNewlines, Event, Why};
use mailwire_smtp::types::{Command, Domain, ForwardPath, Mail, Params, Rcpt, ReversePath};
use mailwire_smtp::{Buf, Input, Security};

const START: &[u8] = b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n";
const EVIL: &[u8] = b"MAIL FROM:<evil@x>\r\n";

/// The messages that a server takes from `data`, and how many MAILs it saw in it.
fn messages(policy: BareNewlines, data: &[u8], split: usize) -> (Vec<Result<Vec<u8>, Why>>, usize) {
    let mut config = server::Config::default();
    config.bare_newlines = policy;
    let mut server = server::Connection::new(config.into(), Security::Plain);
    let mut rx = Input::default();
    let (mut done, mut body, mut mails) = (Vec::new(), Vec::new(), 0);
    for piece in [START, &data[..split], &data[split..]] {
        rx.extend(piece);
        while let Some(event) = server.receive(&mut rx).unwrap() {
            match event {
                Event::Body(piece) => body.extend_from_slice(piece),
                Event::BodyEnd => done.push(Ok(std::mem::take(&mut body))),
                Event::BodyRefused(why) => {
                    body.clear();
                    done.push(Err(why));
                }
                Event::Mail(_) => mails += 1,
                _ => {}
            }
            let _ = server.accept();
        }
    }
    (done, mails - 1)
}

#[test]
fn only_crlf_dot_crlf_ends_a_message() {
    for end in [
        &b"\n.\n"[..],
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r\n.\r\r\n",
        b"\r.\r",
        b"\r.\r\n",
        b"\r\n.\r",
        b"\r\n\0.\r\n",
        b"\r\r\n.\r\r\n",
        b"\n\n.\r\n",
    ] {
        let data = [b"one", end, EVIL, b"\r\n.\r\n"].concat();
        for split in 0..=data.len() {
            let content = [b"one", end, EVIL, b"\r\n"].concat();
            let (kept, mails) = messages(BareNewlines::Keep, &data, split);
            assert_eq!(mails, 0, "{} at {split}", end.escape_ascii());
            assert_eq!(kept.len(), 1);
            // The one dot that stands at the start of a line, and is none, is removed.
            let dotless = |bytes: &[u8]| {
                let mut out = Vec::new();
                for (at, &b) in bytes.iter().enumerate() {
                    if !(b == b'.' && bytes[..at].ends_with(b"\r\n")) {
                        out.push(b);
                    }
                }
                out
            };
            assert_eq!(kept[0].as_deref(), Ok(&dotless(&content)[..]));

            let bare = end != b"\r\n\0.\r\n";
            let (refused, mails) = messages(BareNewlines::Reject, &data, split);
            assert_eq!((mails, refused.len()), (0, 1));
            assert_eq!(refused[0] == Err(Why::BareNewline), bare, "{}", end.escape_ascii());
        }
    }
}

#[test]
fn the_empty_message_and_the_stray_dot() {
    let (empty, _) = messages(BareNewlines::Reject, b".\r\n", 1);
    assert_eq!(empty, [Ok(Vec::new())]);
    let data = b".foo\r\n..bar\r\n..\r\n.\r\n";
    for split in 0..=data.len() {
        let (done, _) = messages(BareNewlines::Reject, data, split);
        assert_eq!(done, [Ok(b"foo\r\n.bar\r\n.\r\n".to_vec())]);
    }
}

// SMTP-CL-17, 20 and 21 of the robustness cases.
#[test]
fn what_we_send_is_one_message() {
    for (content, wire) in [
        (&b"a\r\n\r\n.\r\nRSET\r\n"[..], &b"a\r\n\r\n..\r\nRSET\r\n.\r\n"[..]),
        (b".", b"..\r\n.\r\n"),
        (b"a\r", b"a\r\n.\r\n"),
        (b"a\n.\nMAIL FROM:<evil@x>\n", b"a\r\n..\r\nMAIL FROM:<evil@x>\r\n.\r\n"),
        (b"a\r.\rb", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"", b".\r\n"),
    ] {
        for split in 0..=content.len() {
            let mut config = client::Config::default();
            config.tls = Tls::Optional;
            let mut client = client::Connection::new(config.into(), Security::Plain);
            let mut rx = Input::default();
            let from = Mail { from: ReversePath::Null, params: Params::default() };
            let to = Rcpt { to: ForwardPath::Postmaster, params: Params::default() };
            for command in [
                Command::Ehlo(Domain::localhost()),
                Command::Mail(from),
                Command::Rcpt(to),
                Command::Data,
            ] {
                client.send(&command).unwrap();
            }
            rx.extend(b"220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n354 go\r\n");
            while client.receive(&mut rx).unwrap().is_some() {}
            let n = client.output().remaining();
            client.output().advance(n);

            client.send_body(&content[..split]).unwrap();
            client.send_body(&content[split..]).unwrap();
            client.end_body().unwrap();

            assert_eq!(client.output().chunk(), wire, "{} at {split}", content.escape_ascii());
        }
    }
}
