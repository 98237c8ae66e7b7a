//! The six laws, for both machines.

use mailwire_testkit::laws;
use mailwire_testkit::roles::pop3::{Client, Server};

#[test]
fn the_server_keeps_the_laws() {
    let many = b"NOOP\r\nLIST\r\nRETR 1\r\n".repeat(2000);
    let session = [&b"USER bob\r\nPASS hungry\r\n"[..], &many, b"QUIT\r\n"].concat();
    let long = [b"USER ".as_slice(), &[b'a'; 70_000], b"\r\nNOOP\r\n"].concat();
    laws::check::<Server>(&[
        b"user bob\r\npass hungry\r\nstat\r\nretr 1\r\ntop 2 0\r\ndele 1\r\nuidl\r\nquit\r\nstat\r\n",
        b"CAPA\r\nAUTH PLAIN\r\nAGEAYg==\r\nAUTH X\r\nRSET\r\nSTLS\r\n",
        b"USER a\nPASS b\r\n\0\r\n\xff\xfe\r\n",
        b"USER bob\r\nPASS hun",
        b"LANG\r\nLANG es\r\nUTF8\r\nAUTH\r\nXTND\r\n\r\nNOOP\r\n",
        &session,
        &long,
    ]);
}

#[test]
fn the_client_keeps_the_laws() {
    let capa = "+OK\r\nPIPELINING\r\nTOP\r\n.\r\n";
    let rest = "+OK\r\n+OK\r\n+OK 2 9\r\n+OK\r\n1 4\r\n\r\n2 5\r\n.\r\n+OK\r\n1 a\r\n2\r\n.\r\n+OK\r\na\r\n..b\r\n.\r\n+OK bye\r\n";
    let long = format!("+OK {}\r\n", "x".repeat(9000));
    laws::check::<Client>(&[
        format!("+OK hi\r\n{capa}{rest}").as_bytes(),
        format!("+OK hi\r\n{capa}-ERR no\r\n-ERR no\r\n-ERR no\r\n").as_bytes(),
        format!("+OK hi\r\n{capa}+ok\n\r\n+OK\t\r\n+OK  2\t9 x\r\n+OK\r\n2 b\r\n2 c\r\n.\r\n")
            .as_bytes(),
        format!("+OK hi\r\n{capa}+OK\r\n+OK\r\n+OK 7\r\n").as_bytes(),
        b"-ERR busy\r\n",
        b"+OK hi\r\n+OK\r\nUSER\r\nTOP",
        b"garbage\r\n",
        long.as_bytes(),
    ]);
}
