//! A post office to be tested, and conversations by hand with it.
#![allow(dead_code, unreachable_pub, reason = "not every test needs all of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

pub fn program() -> PathBuf {
    example("postoffice")
}

/// `cargo test` has built it, unless only this test was asked for.
pub fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent().unwrap().parent().unwrap().join("examples").join(name);
    if !path.exists() {
        let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
        let built = Command::new(cargo)
            .args(["build", "-p", "examples", "--example", name])
            .arg("--target-dir")
            .arg(path.ancestors().nth(3).unwrap())
            .status();
        assert!(built.unwrap().success());
    }
    path
}

pub const SERVICES: [&str; 8] =
    ["smtp", "smtps", "submission", "submissions", "pop3", "pop3s", "imap", "imaps"];

/// On ports that are free.
pub fn command(data: &Path) -> Command {
    let mut command = Command::new(program());
    command.arg("--data").arg(data);
    for service in SERVICES {
        command.args([format!("--{service}"), "0".into()]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// One that serves.
pub struct Office {
    child: Child,
    pub ports: Vec<(String, u16)>,
    said: String,
}

impl Office {
    pub fn start(data: &Path, options: &[&str]) -> Self {
        Self::run(command(data), options)
    }

    /// One whose services, some of them, are on these ports.
    pub fn start_at(data: &Path, ports: &[(&str, u16)]) -> Self {
        let mut command = Command::new(program());
        command.arg("--data").arg(data);
        for service in SERVICES {
            let port =
                ports.iter().find(|(known, _)| *known == service).map_or(0, |(_, port)| *port);
            command.args([format!("--{service}"), port.to_string()]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self::run(command, &[])
    }

    fn run(mut command: Command, options: &[&str]) -> Self {
        let mut child = command
            .args(["--no-demo", "--user", "alice:wonder land", "--user", "bob:builder"])
            .args(options)
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (mut ports, mut said) = (Vec::new(), String::new());
        loop {
            let mut line = String::new();
            assert_ne!(out.read_line(&mut line).unwrap(), 0, "it did not start: {said}");
            said.push_str(&line);
            if let Some((service, address)) = line.split_once(" listens on ") {
                let port = address.trim().rsplit_once(':').unwrap().1.parse().unwrap();
                ports.push((service.trim().to_owned(), port));
            }
            if line.starts_with("Now serving") {
                break;
            }
        }
        child.stdout = Some(out.into_inner());
        Self { child, ports, said }
    }

    pub fn port(&self, service: &str) -> u16 {
        self.ports.iter().find(|(known, _)| known == service).unwrap().1
    }

    pub fn connect(&self, service: &str) -> Talk {
        Talk::connect(self.port(service))
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as Ctrl-C does.
    pub fn interrupt(mut self) -> (Output, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let mut out = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let mut errors = Vec::new();
        self.child.stderr.take().unwrap().read_to_end(&mut errors).unwrap();
        let status = self.child.wait().unwrap();
        (Output { status, stdout: Vec::new(), stderr: errors }, self.said.clone() + &out)
    }
}

/// Nothing is left behind, also by a test that fails.
impl Drop for Office {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A conversation by hand.
pub struct Talk(BufReader<TcpStream>);

impl Talk {
    /// The greeting is read.
    pub fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut talk = Self(BufReader::new(stream));
        talk.line();
        talk
    }

    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    pub fn say(&mut self, line: &str) {
        write!(self.0.get_mut(), "{line}\r\n").unwrap();
    }

    /// Says a line, and reads until a line that starts with `end`.
    pub fn ask(&mut self, line: &str, end: &str) -> String {
        self.say(line);
        let mut all = String::new();
        loop {
            let line = self.line();
            assert!(!line.is_empty(), "closed, after {all}");
            all.push_str(&line);
            if line.starts_with(end) {
                return all;
            }
        }
    }

    pub fn imap(&mut self, line: &str) -> String {
        let answer = self.ask(&format!("t {line}"), "t ");
        assert!(answer.lines().last().unwrap().starts_with("t OK"), "{line}: {answer}");
        answer
    }
}

pub fn deliver(office: &Office, to: &str, body: &str) {
    let mut smtp = office.connect("smtp");
    smtp.ask("EHLO test", "250 ");
    smtp.ask("MAIL FROM:<a@client.test>", "250 ");
    smtp.ask(&format!("RCPT TO:<{to}@localhost>"), "250 ");
    smtp.ask("DATA", "354 ");
    smtp.ask(&format!("Subject: x\r\n\r\n{body}\r\n."), "250 ");
}
