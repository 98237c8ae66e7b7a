//! The server against a small table: every sequence of five commands out of twenty.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mailwire_smtp::server::{Config, Connection, Event};
use mailwire_smtp::types::{Code, Extension, Mechanism, Reply};
use mailwire_smtp::{Buf, Input, Security, Wants};
use std::sync::Arc;

const COMMANDS: [&str; 20] = [
    "EHLO x\r\n",
    "HELO x\r\n",
    "MAIL FROM:<a@b>\r\n",
    "MAIL FROM:<no@b>\r\n",
    "MAIL FROM:a\r\n",
    "RCPT TO:<c@d>\r\n",
    "RCPT TO:<no@d>\r\n",
    "DATA\r\n",
    "BDAT 2\r\nhi",
    "BDAT 2 LAST\r\nhi",
    "RSET\r\n",
    "NOOP\r\n",
    "VRFY a\r\n",
    "EXPN a\r\n",
    "HELP\r\n",
    "ETRN a\r\n",
    "STARTTLS\r\n",
    "AUTH PLAIN AGEAYg==\r\n",
    "FROB\r\n",
    "QUIT\r\n",
];

/// What RFC 5321 and its extensions make of a session, written down a second time.
#[derive(Clone, Copy, Debug, Default)]
struct Model {
    hello: u8,
    secure: bool,
    authenticated: bool,
    mail: bool,
    rcpt: bool,
    chunks: bool,
    closed: bool,
}

impl Model {
    /// The code of each answer to a command; the second is that to the message behind DATA.
    fn step(&mut self, command: usize) -> (u16, u16) {
        let open = |it: Self| Self { mail: false, rcpt: false, chunks: false, ..it };
        let old = *self;
        let (next, code) = match command {
            0 => (Self { hello: 2, ..open(old) }, 250),
            1 => (Self { hello: 1, ..open(old) }, 250),
            2 if old.hello > 0 && !old.mail => (Self { mail: true, ..old }, 250),
            3 if old.hello > 0 && !old.mail => (old, 550),
            4 => (old, 501),
            5 if old.mail && !old.chunks => (Self { rcpt: true, ..old }, 250),
            6 if old.mail && !old.chunks => (old, 550),
            7 if old.rcpt && !old.chunks => {
                *self = open(old);
                return (354, 250);
            }
            8 if old.rcpt => (Self { chunks: true, ..old }, 250),
            9 if old.rcpt => (open(old), 250),
            10 => (open(old), 250),
            11 => (old, 250),
            12 => (old, 252),
            13 => (old, 502),
            14 => (old, 214),
            15 if old.hello > 0 && !old.mail => (old, 250),
            16 if old.hello == 2 && !old.mail && !old.secure => {
                (Self { secure: true, ..Self::default() }, 220)
            }
            17 if old.hello == 2 && !old.mail && !old.authenticated => {
                (Self { authenticated: true, ..old }, 235)
            }
            18 => (old, 500),
            19 => (Self { closed: true, ..old }, 221),
            _ => (old, 503),
        };
        *self = next;
        (code, 0)
    }
}

fn answer(server: &mut Connection, rx: &mut Input) {
    let no = Reply::new(Code::REFUSED, "no");
    while let Some(event) = server.receive(rx).unwrap() {
        match event {
            Event::Mail(mail) if mail.from.as_str() == "no@b" => server.reply(&no).unwrap(),
            Event::Rcpt(rcpt) if rcpt.to.as_str() == "no@d" => server.reply(&no).unwrap(),
            Event::Body(_) | Event::Refused(_) | Event::BodyRefused(_) => {}
            _ => server.accept().unwrap(),
        }
    }
}

/// The codes that were sent, at most two.
fn codes(server: &mut Connection) -> (u16, u16) {
    let (mut all, mut n) = ([0; 2], 0);
    let out = server.output();
    for line in out.chunk().split_inclusive(|&b| b == b'\n') {
        if line[3] == b' ' {
            all[n] = line[..3].iter().fold(0, |code, b| code * 10 + u16::from(b - b'0'));
            n += 1;
        }
    }
    let sent = out.remaining();
    out.advance(sent);
    (all[0], all[1])
}

fn play(config: &Arc<Config>, sequence: [usize; 5]) {
    let mut server = Connection::new(config.clone(), Security::Plain);
    let mut rx = Input::default();
    let mut model = Model::default();
    assert_eq!(codes(&mut server), (220, 0));
    for command in sequence {
        rx.extend(COMMANDS[command].as_bytes());
        if model.closed {
            answer(&mut server, &mut rx);
            assert_eq!(codes(&mut server), (0, 0), "{sequence:?}");
            continue;
        }
        let before = model;
        let expected = model.step(command);
        answer(&mut server, &mut rx);
        if expected.0 == 354 {
            rx.extend(b"hi\r\n.\r\n");
            answer(&mut server, &mut rx);
        }
        assert_eq!(codes(&mut server), expected, "{sequence:?} {command} {before:?}");
        if expected.0 == 220 {
            assert_eq!(server.wants(), Wants::Tls);
            server.tls_started(&mut rx).unwrap();
        }
        assert!(rx.is_empty() || model.closed);
        let session = server.session();
        let stands = (session.in_transaction(), session.recipients() > 0, server.is_closed());
        assert_eq!(stands, (model.mail, model.rcpt, model.closed), "{sequence:?}");
    }
}

#[test]
fn every_sequence_of_five_commands_is_as_in_the_table() {
    let mut config = Config::default();
    config.starttls = true;
    config.allow_plaintext_credentials = true;
    config.mechanisms = vec![Mechanism::new("PLAIN").unwrap()];
    config.extensions = vec![Extension::Chunking, Extension::Etrn];
    let config = Arc::new(config);
    let n = COMMANDS.len();
    std::thread::scope(|scope| {
        for half in 0..2 {
            let config = &config;
            scope.spawn(move || {
                for at in (half..n.pow(5)).step_by(2) {
                    play(
                        config,
                        std::array::from_fn(|d| at / n.pow(u32::try_from(d).unwrap()) % n),
                    );
                }
            });
        }
    });
}
