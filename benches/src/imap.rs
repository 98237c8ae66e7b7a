//! What the IMAP benches read: each made here, the same every run.

/// FETCH responses of what a client asks of each message, as after `FETCH 1:* FAST` with CONDSTORE.
#[must_use]
pub fn fetch_fast(n: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for seq in 1..=n {
        let line = format!(
            "* {seq} FETCH (UID {} FLAGS (\\Seen \\Answered) MODSEQ ({}) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE {})\r\n",
            seq + 1000,
            u64::from(seq) + 12_121_231_000,
            seq * 7 % 90_000 + 300
        );
        out.extend_from_slice(line.as_bytes());
    }
    out
}

/// FETCH responses with envelope and structure.
#[must_use]
pub fn fetch_structure(n: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for seq in 1..=n {
        let line = format!(
            "* {seq} FETCH (UID {} ENVELOPE (\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev1 WG mtg summary and minutes {seq}\" ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((NIL NIL \"imap\" \"cac.washington.edu\")) ((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL \"<B27397-0100000@cac.washington.edu>\") BODYSTRUCTURE (((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"quoted-printable\" 1152 23 NIL NIL NIL NIL)(\"text\" \"html\" (\"charset\" \"utf-8\") NIL NIL \"quoted-printable\" 4096 92 NIL NIL NIL NIL) \"alternative\" (\"boundary\" \"=_inner\") NIL NIL NIL)(\"application\" \"pdf\" (\"name\" \"a.pdf\") NIL NIL \"base64\" 65536 NIL (\"attachment\" (\"filename\" \"a.pdf\")) NIL NIL) \"mixed\" (\"boundary\" \"=_outer\") NIL NIL NIL))\r\n",
            seq + 1000
        );
        out.extend_from_slice(line.as_bytes());
    }
    out
}

/// LIST responses of a large account.
#[must_use]
pub fn list(n: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for at in 0..n {
        let line = format!(
            "* LIST (\\HasNoChildren \\Marked) \"/\" \"Archive/{}/folder {at}\"\r\n",
            1990 + at % 40
        );
        out.extend_from_slice(line.as_bytes());
    }
    out
}

/// A SEARCH response.
#[must_use]
pub fn search(n: u32) -> Vec<u8> {
    let mut out = b"* SEARCH".to_vec();
    for at in 0..n {
        out.extend_from_slice(format!(" {}", at + 1_000_000).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// The commands of an ordinary session.
pub const COMMANDS: [&str; 20] = [
    "a1 CAPABILITY\r\n",
    "a2 LOGIN ann \"pass word\"\r\n",
    "a3 ENABLE CONDSTORE\r\n",
    "a4 NAMESPACE\r\n",
    "a5 LIST \"\" *\r\n",
    "a6 STATUS INBOX (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)\r\n",
    "a7 SELECT INBOX\r\n",
    "a8 UID FETCH 1:* (FLAGS)\r\n",
    "a9 FETCH 1:100 (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)\r\n",
    "a10 UID FETCH 4711 (BODY.PEEK[HEADER.FIELDS (DATE FROM SUBJECT TO CC)] BODYSTRUCTURE)\r\n",
    "a11 UID FETCH 4711 (BODY.PEEK[1.2]<0.16384>)\r\n",
    "a12 UID SEARCH UNSEEN SINCE 1-Feb-1994 OR FROM \"Smith\" SUBJECT report\r\n",
    "a13 UID STORE 4711,4713:4720 +FLAGS.SILENT (\\Seen $Forwarded)\r\n",
    "a14 UID COPY 4711 \"Archive/2024\"\r\n",
    "a15 CREATE \"Archive/2025\"\r\n",
    "a16 SUBSCRIBE \"Archive/2025\"\r\n",
    "a17 UID EXPUNGE 4711:4720\r\n",
    "a18 NOOP\r\n",
    "a19 CLOSE\r\n",
    "a20 LOGOUT\r\n",
];
