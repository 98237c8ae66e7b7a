//! What is wrong with the values of fields and with bodies, which the index does not look at.

use crate::encoding::Faults;
use crate::{Defect, DefectKind, Kind, Message, PartRef};
use alloc::vec::Vec;
use memchr::memmem;

/// The fields whose values are addresses.
const ADDRESSES: [&str; 6] = ["From", "Sender", "Reply-To", "To", "Cc", "Bcc"];

impl Message<'_> {
    /// All that is wrong with the message: [`defects`](Self::defects), and then what is found when
    /// the addresses and the bodies are looked at too. As many as the limit says.
    ///
    /// ```
    /// use mailwire_message::{DefectKind, Message};
    ///
    /// let message = Message::parse(b"From: <a@example.org> <b@example.org>\r\n\r\n");
    /// assert!(message.defects().is_empty());
    /// assert_eq!(message.examine()[0].kind, DefectKind::AmbiguousAddress);
    /// ```
    #[must_use]
    pub fn examine(&self) -> Vec<Defect> {
        let mut defects = self.defects().to_vec();
        let limit = self.limits().defects;
        for part in self.parts() {
            if defects.len() >= limit {
                break;
            }
            examine_addresses(part, &mut defects);
            examine_body(part, &mut defects);
        }
        defects.truncate(limit.max(self.defects().len()));
        defects
    }
}

fn examine_addresses(part: PartRef<'_, '_>, defects: &mut Vec<Defect>) {
    if part.parent().is_some_and(|parent| parent.kind() != Kind::Message) {
        return;
    }
    for (range, field) in part.field_ranges().zip(part.fields()) {
        if ADDRESSES.iter().any(|name| field.is(name)) {
            if let Some(kind) = odd_addresses(field.value()) {
                let (start, end) = (range.start as u64, range.end as u64);
                defects.push(Defect { start, end, kind });
            }
        }
    }
}

/// What readers take apart differently in a list of addresses.
fn odd_addresses(value: &[u8]) -> Option<DefectKind> {
    let (mut quoted, mut escaped, mut depth) = (false, false, 0usize);
    let (mut angle, mut angles, mut at_signs) = (false, 0, 0);
    for (at, &b) in value.iter().enumerate() {
        let next = value.get(at + 1);
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted || depth > 0 => escaped = true,
            b'"' if depth == 0 => quoted = !quoted,
            _ if quoted => {}
            b'(' if angle => return Some(DefectKind::AmbiguousAddress),
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            b'<' => {
                angles += 1;
                if angle || angles > 1 || at_signs > 0 {
                    return Some(DefectKind::AmbiguousAddress);
                }
                angle = true;
            }
            b'>' => angle = false,
            b'=' if angle && next == Some(&b'?') => return Some(DefectKind::EncodedWord),
            b'@' if !angle => {
                at_signs += 1;
                if angles > 0 || at_signs > 1 {
                    return Some(DefectKind::AmbiguousAddress);
                }
            }
            b',' | b';' | b':' if !angle => (angles, at_signs) = (0, 0),
            _ => {}
        }
    }
    (quoted || angle || depth > 0).then_some(DefectKind::AmbiguousAddress)
}

fn examine_body(part: PartRef<'_, '_>, defects: &mut Vec<Defect>) {
    if part.children().next().is_some() {
        return;
    }
    let body = part.body_raw();
    let start = part.body_range().start;
    let found = match part.decoded().1 {
        Faults::Base64(faults) => odd_base64(body).or_else(|| {
            // Where it stands was not found, or is nowhere.
            faults.any().then_some((body.len(), DefectKind::Base64Padding))
        }),
        Faults::QuotedPrintable(faults) => odd_escape(body).or_else(|| {
            faults.any().then_some(match faults.bad_escapes > 0 || faults.cut_off {
                true => (body.len(), DefectKind::BadEscape),
                false => (0, DefectKind::LooseQuotedPrintable),
            })
        }),
        // A file that is whole is said too: few readers find it.
        faults if faults.any() => Some((0, DefectKind::DamagedFile)),
        _ => encoded_file(body),
    };
    for (at, kind) in found.into_iter().chain(delimiter_in_line(part, body)) {
        let start = (start + at) as u64;
        defects.push(Defect { start, end: start + 1, kind });
    }
}

/// Octets that are no base64, or more of it where it should have ended.
fn odd_base64(body: &[u8]) -> Option<(usize, DefectKind)> {
    let (mut n, mut padding) = (0usize, 0usize);
    for (at, &b) in body.iter().enumerate() {
        match b {
            b'\r' | b'\n' => {}
            b'=' => padding += 1,
            _ if b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/') => {
                if padding > 0 {
                    return Some((at, DefectKind::Base64Padding));
                }
                n += 1;
            }
            b' ' | b'\t' => {}
            _ => return Some((at, DefectKind::Base64Junk)),
        }
    }
    let whole = (n + padding) % 4 == 0 && padding < 3;
    (!whole).then_some((body.len(), DefectKind::Base64Padding))
}

/// An equals sign that neither two hexadecimal digits nor a line end follow.
fn odd_escape(body: &[u8]) -> Option<(usize, DefectKind)> {
    memchr::memchr_iter(b'=', body).find_map(|at| {
        let rest = body.get(at + 1..).unwrap_or_default();
        let line = rest.trim_ascii_start();
        let ends = rest.first().is_some_and(|b| b.is_ascii_whitespace())
            && rest.get(..rest.len() - line.len()).is_some_and(|blank| blank.contains(&b'\n'));
        let good = match rest {
            [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => true,
            _ => ends,
        };
        (!good).then_some((at, DefectKind::BadEscape))
    })
}

/// The first line of a file that is uuencoded, or in yEnc.
fn encoded_file(body: &[u8]) -> Option<(usize, DefectKind)> {
    [&b"begin "[..], b"=ybegin "].into_iter().find_map(|start| {
        memmem::find_iter(body, start).find_map(|at| {
            let first = at == 0 || body.get(at - 1) == Some(&b'\n');
            let rest = body.get(at + start.len()..).unwrap_or_default();
            let mode = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            let is = start.starts_with(b"=") || (3..=4).contains(&mode);
            (first && is).then_some((at, DefectKind::EncodedFile))
        })
    })
}

/// A delimiter of a multipart around it that does not stand at the start of a line.
fn delimiter_in_line(part: PartRef<'_, '_>, body: &[u8]) -> Option<(usize, DefectKind)> {
    let mut around = part.parent();
    // Parts are nested no deeper than the limit, but each level costs a look at the body: readers
    // that take such a delimiter for one look at the innermost.
    while let Some(outer) = around {
        if let Some(boundary) = outer.content_type().parameter("boundary") {
            let boundary = boundary.as_bytes();
            if boundary.is_empty() {
                return None;
            }
            let hyphens = memmem::find_iter(body, b"--");
            return hyphens
                .filter(|&at| at > 0 && body.get(at - 1) != Some(&b'\n'))
                .find(|&at| body.get(at + 2..).is_some_and(|rest| rest.starts_with(boundary)))
                .map(|at| (at, DefectKind::DelimiterInLine));
        }
        around = outer.parent();
    }
    None
}
