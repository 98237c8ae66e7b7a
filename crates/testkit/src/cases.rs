//! The cases of `../shared/cases/robustness.jsonl`: published attacks and damage.

use crate::escape::unescape;

/// A case.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Its name: `POP3-S-03`.
    pub id: String,
    /// What is attacked: `server`, `client`, `client-api`, `parser`, ….
    pub role: String,
    /// What came before.
    pub setup: String,
    /// What must become of it, in a word: `reject-state`, `fatal`, `limit`, ….
    pub expect: String,
    /// The octets.
    pub input: Vec<u8>,
}

/// The cases of a protocol; none, which is said, where the file is not.
///
/// # Panics
///
/// When the file is not what it should be.
#[must_use]
pub fn of(protocol: &str) -> Vec<Case> {
    let Some(path) = crate::shared("cases/robustness.jsonl") else { return Vec::new() };
    let text = std::fs::read_to_string(path).expect("a file that can be read");
    let ours = format!("\"protocol\": \"{protocol}\"");
    text.lines().filter(|line| line.contains(&ours)).map(case).collect()
}

fn case(line: &str) -> Case {
    let get = |key| string(line, key).map(|(text, _)| text).unwrap_or_default();
    let mut input = Vec::new();
    match line.split_once("\"segments\": [") {
        Some((_, mut rest)) => {
            while let Some((piece, after)) = string(rest, "s") {
                let (_, n) = after.split_once("\"n\": ").expect("a count");
                let digits: String = n.chars().take_while(char::is_ascii_digit).collect();
                input.extend(unescape(&piece).repeat(digits.parse().expect("a number")));
                rest = after;
            }
        }
        None => input = unescape(&get("input")),
    }
    Case { id: get("id"), role: get("role"), setup: get("setup"), expect: get("expect"), input }
}

/// The value of a string in a JSON object, unescaped, and what follows it.
fn string<'a>(json: &'a str, key: &str) -> Option<(String, &'a str)> {
    let start = json.split_once(&format!("\"{key}\": \""))?.1;
    let (mut text, mut chars) = (String::new(), start.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((text, &start[at..])),
            '\\' => match chars.next()?.1 {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'u' => {
                    let hex: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                    text.push(char::from_u32(u32::from_str_radix(&hex, 16).ok()?)?);
                }
                other => text.push(other),
            },
            c => text.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read() {
        let read = case(
            r#"{"id": "X-1", "role": "server", "setup": "a \"b\"", "input": "x", "segments": [{"s": "a\\r\\n", "n": 2}, {"s": "\\x00\\\\", "n": 1}], "expect": "limit"}"#,
        );
        assert_eq!((&*read.id, &*read.role, &*read.expect), ("X-1", "server", "limit"));
        assert_eq!(read.setup, "a \"b\"");
        assert_eq!(read.input, b"a\r\na\r\n\0\\");
    }
}
