//! Whether an answer says what a script expects of it, in whatever words and order.
//!
//! Compared are the tagged state, response codes that the script names, and every untagged
//! response. Not compared: text for people; codes and `* OK` that the script does not name; the
//! order of responses, of the items of a FETCH or STATUS and of flags; by which numbers messages
//! go, if the same ones go; UID and MODSEQ in a FETCH beside what the script names; whether a part
//! that is not there is NIL or empty; whether a list of subscriptions says that there are children;
//! and `\Recent`, which James shows again at the next SELECT and RFC 3501 section 2.3.2 does not.

use regex::Regex;
use std::collections::BTreeSet;

/// Says what is missing or too much.
pub(crate) fn compare(expected: &[String], answer: &[String]) -> Result<(), String> {
    let (gone, expected): (Vec<_>, Vec<_>) =
        grouped(expected).into_iter().partition(|pattern| number_of_gone(pattern).is_some());
    let (went, mut rest): (Vec<_>, Vec<_>) =
        answer.iter().cloned().partition(|response| number_of_gone(response).is_some());
    if originals(&gone) != originals(&went) {
        return Err(format!("expected that these go: {gone:?}, and not {went:?}"));
    }
    for pattern in expected.iter().filter(|pattern| !pattern.ends_with(" RECENT")) {
        let pattern = machine_readable(pattern);
        // Types and charsets have no case.
        let case = if pattern.contains(" \\(BODY \\(") { "(?i)" } else { "" };
        let regex = format!("^{case}(?:{pattern})$");
        let regex = Regex::new(&regex).map_err(|error| error.to_string())?;
        let found = rest.iter().position(|response| said(response, &pattern, &regex));
        let Some(at) = found else {
            return Err(format!("expected {pattern}\n     among {rest:#?}"));
        };
        rest.remove(at);
    }
    rest.retain(|response| !response.starts_with("* OK ") && !response.ends_with(" RECENT"));
    if rest.is_empty() { Ok(()) } else { Err(format!("not expected: {rest:#?}")) }
}

/// The lines of each response together. A line that begins no response belongs to a literal.
fn grouped(lines: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut last = lines.len();
    // The tagged response stands last.
    if let Some(at) = lines.iter().rposition(|line| !line.starts_with("\\* ")) {
        last = at;
    }
    for (at, line) in lines.iter().enumerate() {
        match all.last_mut() {
            Some(before) if at != last && !line.starts_with("\\* ") => {
                before.push_str("\r\n");
                before.push_str(line);
            }
            _ => all.push(line.clone()),
        }
    }
    all
}

/// The number of an EXPUNGE, in a response or a pattern.
fn number_of_gone(response: &str) -> Option<usize> {
    let number = response.trim_start_matches('\\').strip_prefix("* ")?;
    number.strip_suffix(" EXPUNGE")?.parse().ok()
}

/// What numbers the messages had before any of them went.
fn originals(responses: &[String]) -> BTreeSet<usize> {
    let mut left: Vec<usize> = (1..=10_000).collect();
    let numbers = responses.iter().filter_map(|response| number_of_gone(response));
    numbers.map(|number| left.remove(number - 1)).collect()
}

/// A pattern without what is for people, with our hierarchy delimiter.
fn machine_readable(pattern: &str) -> String {
    if pattern.starts_with("\\+ ") {
        return "\\+ .*".to_owned();
    }
    // Not all scripts escape what they should.
    let pattern = pattern.replace("] {", "] \\{");
    let pattern = pattern.replace(" \\\\Recent", "").replace("\\\\Recent ", "");
    let pattern = pattern.replace("\\\\Recent", "");
    let words: Vec<&str> = pattern.splitn(3, ' ').collect();
    let [tag, name, rest] = words[..] else { return pattern };
    if name == "FLAGS" {
        return sorted(&pattern, "FLAGS \\(", "\\)");
    }
    if ["LIST", "LSUB", "STATUS"].contains(&name) {
        let rest = rest.replace("\\.", "/");
        let rest = if name == "STATUS" { rest } else { sorted(&rest, "\\(", "\\)") };
        return format!("{tag} {name} {rest}");
    }
    if !["OK", "NO", "BAD", "BYE"].contains(&name) {
        return pattern;
    }
    match rest.strip_prefix("\\[") {
        Some(code) => {
            let code = code.split(']').next().unwrap_or_default().trim_end_matches('\\');
            let code = match code.contains("( ") {
                // Not a list of flags, but an expression for some.
                true => code.to_owned(),
                false => sorted(code, "PERMANENTFLAGS \\(", "\\)"),
            };
            format!("{tag} {name} \\[{code}\\].*")
        }
        None => format!("{tag} {name} .*"),
    }
}

/// Whether a response fits, its flags and items in any order.
fn said(response: &str, pattern: &str, regex: &Regex) -> bool {
    let response = with_sorted_flags(response);
    // A part that is not there may be nothing, too; and of a subscribed mailbox it need not be said
    // whether others are below it.
    let nothing = response.replace(" NIL)", " {0}\r\n)");
    let childless = |no: &str| {
        let with = response.replacen(" LIST (", &format!(" LIST (\\Has{no}Children "), 1);
        with.replacen("Children )", "Children)", 1)
    };
    let others =
        [&response, &nothing, &childless(""), &childless("No")].map(|it| regex.is_match(it));
    if others.contains(&true) {
        return true;
    }
    let of_items = pattern.contains(" FETCH ") || pattern.contains(" STATUS ");
    let Some((start, mut items)) = items(&response).filter(|_| of_items) else { return false };
    items.retain(|item| {
        let name = item.split(' ').next().unwrap_or_default();
        !["UID", "MODSEQ"].contains(&name) || pattern.contains(name)
    });
    let fits = |order: &[String]| regex.is_match(&format!("{start}({})", order.join(" ")));
    any_order(&mut items, 0, &fits)
}

/// Whether any order of what stands behind `from` fits; there are no more than 7 items.
fn any_order(items: &mut Vec<String>, from: usize, fits: &impl Fn(&[String]) -> bool) -> bool {
    if from == items.len() || items.len() > 7 {
        return fits(items);
    }
    (from..items.len()).any(|at| {
        items.swap(from, at);
        let found = any_order(items, from + 1, fits);
        items.swap(from, at);
        found
    })
}

/// What stands before the items of a FETCH or STATUS, and each with its value.
fn items(response: &str) -> Option<(&str, Vec<String>)> {
    let open = response.find(" (")? + 1;
    let inner = response.get(open + 1..)?.strip_suffix(')')?;
    let words = words(inner);
    let items = words.chunks(2).map(|pair| pair.join(" "));
    Some((&response[..open], items.collect()))
}

/// Divides at the spaces that stand in no parentheses, brackets, strings and literals.
fn words(text: &str) -> Vec<&str> {
    let (mut words, mut start, mut depth, mut quoted, mut skip) = (Vec::new(), 0, 0, false, 0);
    for (at, b) in text.bytes().enumerate() {
        if at < skip {
            continue;
        }
        match b {
            b'\\' if quoted => skip = at + 2,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' => {
                let len = text[at + 1..].split('}').next().unwrap_or_default();
                skip = at + len.len() + 4 + len.parse::<usize>().unwrap_or_default();
            }
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b' ' if depth == 0 => {
                words.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    words.push(&text[start..]);
    words
}

/// Lists of flags in the order of the scripts: by name, keywords and `\*` last.
fn with_sorted_flags(response: &str) -> String {
    let lists = ["FLAGS (", "PERMANENTFLAGS (", "LIST (", "LSUB ("];
    lists.iter().fold(response.to_owned(), |response, start| sorted(&response, start, ")"))
}

fn sorted(response: &str, start: &str, end: &str) -> String {
    let mut sorted = response.to_owned();
    if let Some(start) = response.find(start).map(|at| at + start.len()) {
        if let Some(len) = response[start..].find(end) {
            let mut flags: Vec<&str> = response[start..start + len].split(' ').collect();
            flags.retain(|flag| *flag != "\\Recent");
            flags.sort_by_key(|flag| (!flag.starts_with('\\') || flag.ends_with('*'), *flag));
            sorted.replace_range(start..start + len, &flags.join(" "));
        }
    }
    sorted
}
