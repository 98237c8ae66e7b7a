//! The inputs that the benches share: each made here, the same every run.

pub mod imap;

/// 20,000 FETCH responses with flags, as a client gets them after SELECT.
#[must_use]
pub fn fetch_flags(n: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for seq in 1..=n {
        let line = format!(
            "* {seq} FETCH (UID {} FLAGS (\\Seen \\Answered $Forwarded) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE {})\r\n",
            seq + 1000,
            seq * 7 % 90_000 + 300
        );
        out.extend_from_slice(line.as_bytes());
    }
    out
}

/// Pipelined SMTP transactions, without bodies.
#[must_use]
pub fn smtp_commands(n: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for at in 0..n {
        let batch = format!(
            "MAIL FROM:<sender{at}@example.org> SIZE=12345 BODY=8BITMIME\r\nRCPT TO:<first{at}@example.net>\r\nRCPT TO:<second{at}@example.com>\r\nRSET\r\n"
        );
        out.extend_from_slice(batch.as_bytes());
    }
    out
}

/// The answer to LIST of a maildrop, its end included.
#[must_use]
pub fn pop3_list(n: u32) -> Vec<u8> {
    let mut out = b"+OK\r\n".to_vec();
    for message in 1..=n {
        out.extend_from_slice(format!("{message} {}\r\n", message * 7 % 90_000 + 300).as_bytes());
    }
    out.extend_from_slice(b".\r\n");
    out
}

/// The answer to UIDL for a maildrop of so many messages, with ids as Dovecot makes them.
#[must_use]
pub fn pop3_uidl(n: u32) -> Vec<u8> {
    let mut out = b"+OK\r\n".to_vec();
    for message in 1..=n {
        let id = u64::from(message).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        out.extend_from_slice(format!("{message} {message:08x}{id:016x}\r\n").as_bytes());
    }
    out.extend_from_slice(b".\r\n");
    out
}

/// A message of 30 fields with text and HTML and an attachment of so many octets, encoded.
#[must_use]
pub fn message(attachment: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for at in 0..12 {
        let field = format!(
            "Received: from mx{at}.example.org (mx{at}.example.org [192.0.2.{at}])\r\n\tby mail.example.net with ESMTPS id abc{at}\r\n\tfor <bob@example.net>; Tue, 24 Nov 2026 10:00:{at:02} +0000\r\n"
        );
        out.extend_from_slice(field.as_bytes());
    }
    out.extend_from_slice(
        b"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nFrom: =?utf-8?q?J=C3=BCrgen?= <juergen@example.org>\r\n\
          To: \"Bob B.\" <bob@example.net>, Carol <carol@example.net>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= from here\r\n\
          Message-ID: <1234@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_outer\"\r\n\r\n\
          --=_outer\r\nContent-Type: multipart/alternative; boundary=\"=_inner\"\r\n\r\n\
          --=_inner\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
    );
    out.extend_from_slice(
        &b"Do you like ketchup? How about pickles? Gr=C3=BC=C3=9Fe.=20\r\n".repeat(20),
    );
    out.extend_from_slice(b"--=_inner\r\nContent-Type: text/html; charset=utf-8\r\n\r\n");
    out.extend_from_slice(&b"<p>Do you like ketchup? How about pickles?</p>\r\n".repeat(20));
    out.extend_from_slice(b"--=_inner--\r\n--=_outer\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n");
    let line: Vec<u8> = (0..76)
        .map(|n| b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[n * 7 % 64])
        .collect();
    for _ in 0..attachment / 78 {
        out.extend_from_slice(&line);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"--=_outer--\r\n");
    out
}

/// A body of lines, some of which begin with a dot.
#[must_use]
pub fn body(octets: usize) -> Vec<u8> {
    let line = b"The quick brown fox jumps over the lazy dog, and nobody knows why it does so.\r\n";
    let mut out = Vec::new();
    while out.len() < octets {
        out.extend_from_slice(&line.repeat(40));
        out.extend_from_slice(b".begins with a dot\r\n");
    }
    out
}

/// Lines of base64, as an attachment has them.
#[must_use]
pub fn base64(octets: usize) -> Vec<u8> {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let line: Vec<u8> = (0..76).map(|n| digits[n * 7 % 64]).chain(*b"\r\n").collect();
    line.repeat(octets / line.len())
}

/// A body of lines that are a dot.
#[must_use]
pub fn dots_only(octets: usize) -> Vec<u8> {
    b".\r\n".repeat(octets / 3)
}

/// The answer to EHLO of a server that offers twelve keywords.
#[must_use]
pub fn ehlo_reply() -> Vec<u8> {
    b"250-mx.example.org\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n250-PIPELINING\r\n\
      250-CHUNKING\r\n250-STARTTLS\r\n250-AUTH PLAIN LOGIN SCRAM-SHA-256\r\n250-SMTPUTF8\r\n\
      250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n250-VRFY\r\n250-REQUIRETLS\r\n250 HELP\r\n"
        .to_vec()
}

/// `body` as it goes on the wire, its end included.
#[must_use]
pub fn stuffed(octets: usize) -> Vec<u8> {
    wire(&body(octets))
}

/// A body as it goes on the wire, its end included.
#[must_use]
pub fn wire(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut dots = mailwire_core::DotWriter::default();
    dots.write(body, &mut out);
    dots.finish(&mut out);
    out
}
