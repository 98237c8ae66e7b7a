//! COMPRESS=DEFLATE as it goes on the wire: by hand and by imap_fetch, against the post office.
#![allow(missing_docs, clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used)]

mod office;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use office::{Office, deliver, example};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A client that compresses by itself.
struct Client {
    stream: TcpStream,
    compress: Compress,
    decompress: Decompress,
    heard: String,
}

impl Client {
    /// Logged in, and compressing.
    fn new(office: &Office, last: &[u8]) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", office.port("imap"))).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut this = Self {
            stream,
            compress: Compress::new(Compression::default(), false),
            decompress: Decompress::new(false),
            heard: String::new(),
        };
        this.stream.write_all(b"a LOGIN alice \"wonder land\"\r\n").unwrap();
        let hello = this.until_plain("a OK");
        assert!(!hello.contains("COMPRESS=DEFLATE"), "it is not offered before: {hello}");
        this.stream.write_all(&[b"b COMPRESS DEFLATE\r\n", last].concat()).unwrap();
        this.until_plain("b OK compressing\r\n");
        this
    }

    fn until_plain(&mut self, end: &str) -> String {
        let mut all = Vec::new();
        while !String::from_utf8_lossy(&all).contains(end) || !all.ends_with(b"\r\n") {
            let mut byte = [0];
            assert_eq!(self.stream.read(&mut byte).unwrap(), 1);
            all.push(byte[0]);
        }
        String::from_utf8(all).unwrap()
    }

    fn squeezed(&mut self, octets: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(octets.len() / 2 + 1000);
        let done = self.compress.compress_vec(octets, &mut out, FlushCompress::Sync);
        assert_eq!(done.unwrap(), Status::Ok);
        out
    }

    fn say(&mut self, octets: &[u8]) {
        let out = self.squeezed(octets);
        self.stream.write_all(&out).unwrap();
    }

    /// What came until there is nothing or `end`; how many octets it took on the wire.
    fn hear(&mut self, end: &str) -> (String, usize) {
        let (mut raw, mut taken) = ([0; 4096], 0);
        while !self.heard.contains(end) {
            let n = self.stream.read(&mut raw).unwrap();
            if n == 0 {
                break;
            }
            taken += n;
            let mut out = Vec::with_capacity(10 << 20);
            let done = self.decompress.decompress_vec(&raw[..n], &mut out, FlushDecompress::Sync);
            assert!(done.is_ok());
            self.heard.push_str(&String::from_utf8(out).unwrap());
        }
        (std::mem::take(&mut self.heard), taken)
    }
}

#[test]
fn both_directions_are_compressed_and_flushed() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let body = "the same line over and over\r\n".repeat(3000);
    deliver(&office, "alice", &body);
    let mut client = Client::new(&office, b"");

    client.say(b"c CAPABILITY\r\n");
    let (said, _) = client.hear("c OK");
    assert!(said.contains("IMAP4rev1") && !said.contains("COMPRESS"), "{said}");
    client.say(b"d COMPRESS DEFLATE\r\n");
    assert!(client.hear("d ").0.starts_with("d BAD"));
    client.say(b"e SELECT INBOX\r\nf FETCH 1 BODY.PEEK[TEXT]\r\n");
    let (said, taken) = client.hear("f OK");
    assert!(said.contains(&body));
    assert!(taken < body.len() / 20, "{taken} octets for {}", said.len());
    // Nothing waits in the compressor when there is news.
    client.say(b"g IDLE\r\n");
    client.hear("+ idling\r\n");
    deliver(&office, "alice", "more");
    client.hear("* 2 EXISTS\r\n");
    client.say(b"DONE\r\nh LOGOUT\r\n");
    let (said, _) = client.hear("h OK");
    assert!(said.contains("g OK") && said.contains("* BYE"), "{said}");
    assert_eq!(client.hear("more").0, "");
}

#[test]
fn what_is_behind_the_command_is_read_as_compressed() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    // In the clear it would be a command; decompressed it is an error, which ends the session.
    let mut client = Client::new(&office, b"c CREATE evil\r\n");
    client.say(b"");
    assert_eq!(client.hear("c ").0, "");
    let mut imap = office.connect("imap");
    imap.imap("LOGIN alice \"wonder land\"");
    assert!(!imap.imap("LIST \"\" *").contains("evil"));

    // Compressed it is one.
    let noop = {
        let mut compress = Compress::new(Compression::default(), false);
        let mut out = Vec::with_capacity(100);
        compress.compress_vec(b"c NOOP\r\n", &mut out, FlushCompress::Sync).unwrap();
        out
    };
    let mut client = Client::new(&office, &noop);
    assert_eq!(client.hear("c OK").0, "c OK nothing else is new\r\n");
}

#[test]
fn a_bomb_is_a_long_command_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(dir.path(), &[]);
    let mut client = Client::new(&office, b"");
    let bomb = client.squeezed(&vec![b'x'; 100 << 20]);
    assert!(bomb.len() < 1 << 20);
    // The session may be over before all of it is sent.
    let _ = client.stream.write_all(&bomb);
    let (said, _) = client.hear("BYE");
    assert_eq!(said, "* BYE command too long\r\n");
}

#[test]
fn our_clients_compress_unless_told_not_to() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::start(&dir.path().join("data"), &[]);
    let body = "a line of this message\r\n".repeat(10_000);
    deliver(&office, "alice", &body);
    for (n, security, service, option) in [
        (0, "starttls", "imap", None),
        (1, "tls", "imaps", None),
        (2, "tls", "imaps", Some("--no-compress")),
    ] {
        let folder = dir.path().join(format!("mail{n}"));
        let done = Command::new(example("imap_fetch"))
            .arg(format!("localhost:{}", office.port(service)))
            .args(["--user", "alice", "--security", security, "--trace", "--trust"])
            .arg(dir.path().join("data/tls/localhost.cert.pem"))
            .args(option)
            .args(["--maildir".as_ref(), folder.as_os_str()])
            .env("IMAP_PASSWORD", "wonder land")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.success(), "{said}");
        assert_eq!(said.contains("(compression starts)"), option.is_none(), "{said}");
        let new = folder.join("new");
        let file = std::fs::read_dir(new).unwrap().next().unwrap().unwrap();
        let got = std::fs::read_to_string(file.path()).unwrap().replace("\r\n", "\n");
        assert!(got.contains(&body.replace("\r\n", "\n")));
    }
}
