//! The date of every message of the corpus is the one that Dovecot reads.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::{Limits, Message, Rules, Storage, header::DateTime};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// What Dovecot has for a message without a date that it can read.
const NONE: i64 = 0;

#[test]
fn dates_are_those_of_dovecot() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let Ok(file) = std::fs::File::open(corpus.join("dovecot-oracle.jsonl.gz")) else {
        println!("{} is not here: nothing was checked", corpus.display());
        return;
    };
    let mut lines = String::new();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut lines).unwrap();
    let mut listed: BTreeMap<&str, &str> = include_str!("date_differences.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once('\t').expect("a tab"))
        .collect();
    let (mut seen, mut unlisted, mut differ) = (0u32, Vec::new(), Vec::<String>::new());
    let limits = Limits::default();
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let path = line["file"].as_str().unwrap();
        let Ok(raw) = std::fs::read(corpus.join("messages").join(path)) else { continue };
        let Some(expected) = line["date_sent"].as_str() else { continue };
        seen += 1;
        let by = |rules| {
            let message = Message::parse_with(&raw, &limits, &rules, Storage::default());
            message.root().date("Date")
        };
        if shown(by(Rules::dovecot())) != expected {
            differ.push(path.to_owned());
        }
        let message = Message::parse(&raw);
        let date = by(Rules::default());
        if shown(date) != expected && listed.remove(path).is_none() {
            let value = message.root().field("Date").map(|it| it.text()).unwrap_or_default();
            unlisted.push(format!("{path}\t{expected}\t{}\t{value}", shown(date)));
        }
    }
    println!("{seen} dates, {} of them others by Rules::dovecot()", differ.len());
    assert_eq!(seen, 1598);
    assert_eq!(differ, Vec::<String>::new(), "by Rules::dovecot() nothing differs");
    assert_eq!(unlisted, Vec::<String>::new(), "{}", unlisted.join("\n"));
    assert_eq!(listed, BTreeMap::new(), "no difference any more");
}

/// As `doveadm fetch date.sent` with the zone writes it.
fn shown(date: Option<DateTime>) -> String {
    // Dovecot holds seconds without a sign in 32 bits.
    let unix = date.map_or(NONE, |date| date.unix()).rem_euclid(1 << 32);
    let zone = date.and_then(|date| date.zone).unwrap_or_default();
    let (days, second) = (unix.div_euclid(86_400), unix.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let sign = if zone < 0 { '-' } else { '+' };
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} ({sign}{:02}{:02})",
        second / 3600,
        second / 60 % 60,
        second % 60,
        zone.abs() / 60,
        zone.abs() % 60
    )
}

/// The day so many days after 1970-01-01, counted one year and one month at a time.
fn civil(mut days: i64) -> (i64, i64, i64) {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    while days < 0 {
        year -= 1;
        days += if leap(year) { 366 } else { 365 };
    }
    while days >= if leap(year) { 366 } else { 365 } {
        days -= if leap(year) { 366 } else { 365 };
        year += 1;
    }
    let feb = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, feb, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}
