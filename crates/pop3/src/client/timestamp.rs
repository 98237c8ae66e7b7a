//! The timestamp of a greeting (RFC 1939 section 7).

use mailwire_core::keyword::Class;

const ATOM: Class = Class::none()
    .with_range(b'a', b'z')
    .with_range(b'A', b'Z')
    .with_range(b'0', b'9')
    .with(b"!#$%&'*+-/=?^_`{|}~");

/// The first `<…@…>` in a greeting that is a message id. One with anything odd in it is how
/// passwords were recovered through APOP (CVE-2007-1558), so it must be well-formed.
///
/// ```abnf
/// timestamp = "<" dot-atom-text "@" dot-atom-text ">"    ; RFC 5322 section 3.6.4
/// ```
pub(super) fn timestamp(greeting: &[u8]) -> Option<&str> {
    let mut rest = greeting;
    // Every turn consumes what stands before a `>`.
    while let Some(end) = memchr::memchr(b'>', rest) {
        if let Some(start) = memchr::memrchr(b'<', rest.get(..end)?) {
            if is_id(rest.get(start + 1..end)?) {
                return core::str::from_utf8(rest.get(start..=end)?).ok();
            }
        }
        rest = rest.get(end + 1..)?;
    }
    None
}

fn is_id(inside: &[u8]) -> bool {
    let mut sides = inside.split(|&b| b == b'@');
    let mut dot_atom = || {
        sides.next().is_some_and(|side| {
            side.split(|&b| b == b'.').all(|atom| !atom.is_empty() && ATOM.all(atom))
        })
    };
    dot_atom() && dot_atom() && sides.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    // POP3-C-04 of the robustness cases.
    #[test]
    fn only_a_message_id_is_a_timestamp() {
        for (greeting, found) in [
            (
                &b"+OK <1896.697170952@dbc.mtview.ca.us>"[..],
                Some("<1896.697170952@dbc.mtview.ca.us>"),
            ),
            (b"+OK <ready> at <a@b> <c@d>", Some("<a@b>")),
            (b"+OK <<a@b>", Some("<a@b>")),
            (b"+OK ready <a\x01b@evil.example>", None),
            (b"+OK <a\xc3\xa9@b>", None),
            (b"+OK <a@b", None),
            (b"+OK a@b>", None),
            (b"+OK <a@b@c>", None),
            (b"+OK <@b>", None),
            (b"+OK <a@>", None),
            (b"+OK <a..b@c>", None),
            (b"+OK <a b@c>", None),
            (b"+OK <\"a\"@b>", None),
        ] {
            assert_eq!(timestamp(greeting), found, "{}", greeting.escape_ascii());
        }
    }
}
