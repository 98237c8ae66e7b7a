//! What real servers send: each damaged line leaves what stands beside it, gives the right value or
//! an explicit `Invalid`, and is named; strictly it is refused. What is right passes both ways.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_core::{Input, Security};
use mailwire_imap::client::{Connection, Event};
use mailwire_imap::parse::{Grammar, response_with};
use mailwire_imap::types::{
    Anomalies, Code, Condition, Fetch, FetchData, FetchItems, Response, SystemFlag, Tolerance,
};
use mailwire_testkit::escape::unescape;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which tolerances each damaged line needs. What is not here is right.
const DAMAGED: &str = include_str!("data/quirks.txt");

fn lines() -> Vec<(String, Vec<u8>)> {
    let Some(file) = mailwire_testkit::shared("cases/imap-server-quirks.tsv") else {
        return Vec::new();
    };
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let [id, _, bytes] = line.split('\t').collect::<Vec<_>>()[..] else { continue };
        lines.push((id.to_owned(), unescape(bytes)));
    }
    assert!(lines.len() > 100, "{}", lines.len());
    lines
}

fn damaged() -> BTreeMap<String, Vec<String>> {
    let entry = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        Some((words.next()?, words.collect()))
    };
    DAMAGED.lines().filter(|line| !line.starts_with('#')).filter_map(entry).collect()
}

fn names(anomalies: &Anomalies) -> Vec<String> {
    let mut names: Vec<_> = anomalies.as_slice().iter().map(|a| a.what.to_string()).collect();
    names.dedup();
    names
}

/// The tolerances that this line needs; `Skipped` when it is no response at all.
fn needed(line: &[u8]) -> Vec<String> {
    match response_with(line, &Grammar::default()) {
        Ok((_, anomalies)) => names(&anomalies),
        Err(_) => vec!["Skipped".to_owned()],
    }
}

#[test]
fn each_damaged_line_is_named_and_strictly_refused() {
    let damaged = damaged();
    let mut wrong = Vec::new();
    for (id, line) in lines() {
        let needed = needed(&line);
        let known = damaged.get(&id).cloned().unwrap_or_default();
        if needed != known {
            wrong.push(format!("{id} {}: {}", needed.join(" "), line.escape_ascii()));
        }
        let strict = response_with(&line, &Grammar::strict());
        // Text right behind a code is taken strictly too, and named all the same.
        let refused = !known.is_empty() && id != "code-8bit-after";
        if strict.is_err() != refused {
            wrong.push(format!("{id} strictly: {strict:?}"));
        }
        if let Err(why) = strict {
            assert!(why.at <= line.len() && !why.expected.is_empty(), "{id}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_line_leaves_what_stands_before_and_behind_it() {
    for (id, line) in lines() {
        let mut conn = Connection::new(Arc::default(), Security::Tls);
        let mut rx = Input::default();
        rx.extend(b"* OK hi\r\n");
        assert!(matches!(conn.receive(&mut rx), Ok(Some(Event::Greeting(_)))));
        rx.extend(b"* 5 FETCH (UID 50 FLAGS (\\Seen))\r\n");
        // A tagged line needs its command.
        let line = match line.starts_with(b"*") || line.starts_with(b"+") || id.contains("resp") {
            true => line,
            false if id == "server-unavailable" => line,
            false => {
                let text = line.iter().position(|&b| b == b' ').unwrap();
                let tag = conn.login("a", "b").unwrap();
                [tag.to_string().as_bytes(), &line[text..]].concat()
            }
        };
        rx.extend(&line);
        rx.extend(b"* 6 FETCH (UID 60 FLAGS (\\Answered))\r\n");
        let mut seen = Vec::new();
        let mut events = 0;
        while let Some(event) = conn.receive(&mut rx).unwrap_or_else(|e| panic!("{id}: {e}")) {
            events += 1;
            if let Event::Response(Response::Fetch(fetch)) = event {
                seen.push((fetch.seq, fetch.uid()));
            }
        }
        assert_eq!(events, 3, "{id}");
        assert_eq!(seen.first(), Some(&(5, Some(50))), "{id}");
        assert_eq!(seen.last(), Some(&(6, Some(60))), "{id}");
    }
}

#[test]
fn each_item_leaves_those_beside_it_and_the_uid() {
    let mut tested = 0;
    for (id, line) in lines() {
        let open = line.windows(7).position(|w| w.eq_ignore_ascii_case(b"FETCH ("));
        let (Some(open), true) = (open, line.ends_with(b")\r\n")) else { continue };
        if id == "uidfetch" {
            continue;
        }
        let inside = &line[open + 7..line.len() - 3];
        let frame = [
            b"* 9 FETCH (UID 77 FLAGS (\\Flagged) ",
            inside,
            b" INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\r\n",
        ]
        .concat();
        let (response, _) = response_with(&frame, &Grammar::default())
            .unwrap_or_else(|e| panic!("{id}: {e}: {}", frame.escape_ascii()));
        let Response::Fetch(Fetch { seq: 9, data }) = response else { panic!("{id}") };
        assert_eq!(data[0], FetchData::Uid(77), "{id}");
        let FetchData::Flags(flags) = &data[1] else { panic!("{id}") };
        assert!(flags.has(SystemFlag::Flagged), "{id}");
        let date = data.iter().rev().find_map(|data| match data {
            FetchData::InternalDate(date) => Some(date.unix()),
            _ => None,
        });
        assert_eq!(date, Some(837_596_665), "{id}: {data:?}");
        tested += 1;
    }
    assert!(tested == 0 || tested > 40, "{tested}");
}

fn fetched(line: &[u8]) -> FetchItems<'_> {
    let (response, _) = response_with(line, &Grammar::default()).unwrap();
    let Response::Fetch(fetch) = response else { panic!("{response:?}") };
    fetch.data
}

/// The values that the tolerances give, where they are not plain.
#[test]
fn damaged_values_are_read_as_they_were_meant() {
    let line = b"* 1 FETCH (ENVELOPE (NIL \"s\" ((\"n\" NIL \"u\" \"qq.com\\\")) NIL NIL NIL NIL NIL NIL NIL) UID 3)\r\n";
    let data = fetched(line);
    let FetchData::Envelope(envelope) = &data[0] else { panic!("{data:?}") };
    assert_eq!(envelope.from[0].host.as_deref(), Some(&b"qq.com"[..]));
    assert_eq!(data[1], FetchData::Uid(3));

    let line =
        b"* 1 FETCH (ENVELOPE (NIL \"R\" NIL NIL NIL NIL NIL NIL NIL \"<\"3.J.\"R\"@R>\"))\r\n";
    let data = fetched(line);
    let FetchData::Envelope(envelope) = &data[0] else { panic!("{data:?}") };
    assert_eq!(envelope.message_id.as_deref(), Some(&b"<\"3.J.\"R\"@R>"[..]));

    let data = fetched(b"* 1 FETCH (RFC822.SIZE 9.3736e+06 UID 7)\r\n");
    let FetchData::Invalid(item) = &data[0] else { panic!("{data:?}") };
    assert_eq!((&*item.name, item.raw.as_bytes()), ("RFC822.SIZE", &b"9.3736e+06"[..]));
    assert_eq!((item.why.at, item.why.expected), (24, "`)` or a space"));

    let data = fetched(b"* 1 FETCH (UID 1 BODY[] {2}\r\nhi) FLAGS (\\Seen) RFC822.SIZE 2)\r\n");
    assert_eq!(data.len(), 4);

    for (line, name) in [
        (&b"* LIST () \"/\" Sent Items\r\n"[..], "Sent Items"),
        (b"* LIST () \"/\" INBOX/Da\tX\r\n", "INBOX/Da\tX"),
        (b"* LIST () \"/\" [Gmail]/Trash\r\n", "[Gmail]/Trash"),
        (b"* LIST () \"/\" NIL\r\n", "NIL"),
    ] {
        let (response, _) = response_with(line, &Grammar::default()).unwrap();
        let Response::List(list) = response else { panic!("{response:?}") };
        assert_eq!(list.mailbox.name(), name);
    }
    let line = b"* STATUS My Folder (MESSAGES 1)\r\n";
    let (response, _) = response_with(line, &Grammar::default()).unwrap();
    let Response::Status(status) = response else { panic!("{response:?}") };
    assert_eq!(status.mailbox.name(), "My Folder");

    let line = b"* OK [COPYUID] missing\r\n";
    let (response, _) = response_with(line, &Grammar::default()).unwrap();
    let Response::Condition(Condition { code: Some(Code::Invalid { raw, why }), .. }) = response
    else {
        panic!("{response:?}")
    };
    assert_eq!((&*raw, why.at, why.expected), ("COPYUID", 13, "a space"));
}

/// As many as the list holds are kept, and the others are counted.
#[test]
fn anomalies_are_capped() {
    let line = format!("* FLAGS ({})\r\n", "\\* ".repeat(100));
    let (_, anomalies) = response_with(line.as_bytes(), &Grammar::default()).unwrap();
    assert_eq!(anomalies.as_slice().len(), Anomalies::MOST);
    assert_eq!(anomalies.more(), 101 - 32);
    assert!(anomalies.has(Tolerance::StarFlag));
}
