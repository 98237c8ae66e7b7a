//! Takes a list of addresses apart, item by item.

use super::lex::{Gap, Kind, Lexer, Token};
use super::{Address, AddressList, Mailbox, plain};
use crate::{Defect, DefectKind, Limits};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::ops::Range;

pub(super) struct Parser<'a, 'l> {
    value: &'a [u8],
    limits: &'l Limits,
    list: AddressList<'a>,
    in_group: bool,
    /// The start of the group was within the limit.
    has_group: bool,
    /// The item has an `@` outside angle brackets.
    has_at: bool,
    /// The words of the item that is read, comments aside.
    item: Vec<Token>,
    /// Where in it the angle bracket opens, and where it closes.
    open: Option<usize>,
    close: Option<usize>,
    comments: Vec<&'a [u8]>,
    /// Mailboxes that are written as nearly all are need not be taken apart.
    knows_plain: bool,
}

/// A local part and a domain.
type Spec<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

impl<'a, 'l> Parser<'a, 'l> {
    pub(super) fn new(value: &'a [u8], limits: &'l Limits) -> Self {
        Self {
            value,
            limits,
            list: AddressList::default(),
            in_group: false,
            has_group: false,
            has_at: false,
            item: Vec::new(),
            open: None,
            close: None,
            comments: Vec::new(),
            knows_plain: true,
        }
    }

    /// The same, but takes everything apart.
    #[cfg(test)]
    pub(super) fn without_plain(self) -> Self {
        Self { knows_plain: false, ..self }
    }

    pub(super) fn run(mut self) -> AddressList<'a> {
        let mut lexer = Lexer::new(self.value);
        let mut after_comment = false;
        // Every turn consumes a word, or a mailbox; every word is in one item.
        loop {
            let is_start = self.item.is_empty() && self.comments.is_empty() && !after_comment;
            if is_start && self.knows_plain && lexer.may_quote() {
                if let Some((mailbox, at)) = plain::mailbox(self.value, lexer.at()) {
                    self.push(Address::Mailbox(mailbox));
                    lexer.skip_to(at);
                }
            }
            let Some((mut token, defect)) = lexer.next() else { break };
            if let Some(kind) = defect {
                self.defect(kind, token.range());
            }
            if token.kind == Kind::Comment {
                after_comment = true;
                self.comment(&token, defect.is_some());
                continue;
            }
            if core::mem::take(&mut after_comment) {
                token.gap = Gap::Comment;
            }
            self.token(token);
        }
        self.finish();
        if self.in_group {
            self.defect(DefectKind::OpenGroup, self.value.len()..self.value.len());
            self.push(Address::GroupEnd);
        }
        self.list
    }

    fn comment(&mut self, token: &Token, is_open: bool) {
        /// Comments of an item that are kept.
        const COMMENTS: usize = 16;
        let raw = self.raw(token.range());
        let text = raw.get(1..raw.len() - usize::from(!is_open)).unwrap_or_default();
        if self.comments.len() < COMMENTS && !(is_open && text.is_empty()) {
            self.comments.push(text);
        }
    }

    fn token(&mut self, token: Token) {
        let in_angle = self.open.is_some() && self.close.is_none();
        let Kind::Special(special) = token.kind else { return self.item.push(token) };
        match special {
            b',' if in_angle && self.in_route() => self.item.push(token),
            b',' => self.finish(),
            b';' => {
                self.finish();
                if core::mem::take(&mut self.in_group) {
                    self.push(Address::GroupEnd);
                } else {
                    self.defect(DefectKind::OpenGroup, token.range());
                }
            }
            b':' if self.open.is_none() && !self.has_at => {
                self.group(&token);
            }
            b'<' if in_angle && self.open == self.item.len().checked_sub(1) => {
                self.defect(DefectKind::OpenAngle, token.range());
            }
            b'<' => {
                if in_angle {
                    self.finish();
                } else if let Some(close) = self.close {
                    self.defect(DefectKind::MissingComma, token.range());
                    let name = self.item.split_off(close + 1);
                    self.finish();
                    self.item = name;
                }
                self.open = Some(self.item.len());
                self.item.push(token);
            }
            b'>' if in_angle => {
                self.close = Some(self.item.len());
                self.item.push(token);
            }
            b'>' => self.defect(DefectKind::OpenAngle, token.range()),
            _ => {
                self.has_at |= special == b'@';
                self.item.push(token);
            }
        }
    }

    /// Whether what stands between the angle brackets begins as a route does.
    fn in_route(&self) -> bool {
        let first = self.open.and_then(|open| self.item.get(open + 1));
        first.is_none_or(|token| token.is(b'@') || token.is(b','))
            && !self.item.iter().skip(self.open.unwrap_or(0)).take(64).any(|token| token.is(b':'))
    }

    fn group(&mut self, colon: &Token) {
        if self.in_group {
            self.defect(DefectKind::NestedGroup, colon.range());
            let item = core::mem::take(&mut self.item);
            self.invalid(&item);
            self.item = item;
            return self.reset();
        }
        let item = core::mem::take(&mut self.item);
        let name = self.phrase(&item);
        let before = self.list.addresses.len();
        self.push(Address::GroupStart(name));
        self.has_group = self.list.addresses.len() > before;
        self.in_group = true;
        self.item = item;
        self.reset();
    }

    fn reset(&mut self) {
        self.item.clear();
        self.comments.clear();
        self.has_at = false;
        (self.open, self.close) = (None, None);
    }

    /// The item is whole.
    fn finish(&mut self) {
        let item = core::mem::take(&mut self.item);
        match (self.open, self.close) {
            (Some(open), close) => {
                let end = close.unwrap_or(item.len());
                if let (None, Some(token)) = (close, item.get(open)) {
                    self.defect(DefectKind::OpenAngle, token.range());
                }
                let inside = item.get(open + 1..end).unwrap_or_default();
                let after = item.get(end + 1..).unwrap_or_default();
                self.angle(&item, open, inside, after);
            }
            _ if item.is_empty() => {}
            _ => self.bare(&item),
        }
        self.item = item;
        self.reset();
    }

    /// ```abnf
    /// name-addr = [display-name] angle-addr
    /// ```
    fn angle(&mut self, item: &[Token], open: usize, inside: &[Token], after: &[Token]) {
        if after.iter().any(|token| token.is(b'@')) {
            return self.bad(item);
        }
        let (mut route, mut inside) = (None, inside);
        if inside.first().is_some_and(|token| token.is(b'@') || token.is(b',')) {
            let Some(colon) = inside.iter().position(|token| token.is(b':')) else {
                return self.bad(item);
            };
            let (head, tail) = inside.split_at(colon);
            inside = tail.get(1..).unwrap_or_default();
            self.defect(DefectKind::Route, span(head));
            route = Some(self.joined(head));
        }
        let spec = match inside {
            [] => Some(Spec::default()),
            inside => self.spec(inside),
        };
        let Some((local, domain)) = spec else { return self.bad(item) };
        if local.is_empty() {
            self.defect(DefectKind::EmptyAddress, span(item));
        } else if domain.is_empty() {
            self.defect(DefectKind::NoDomain, span(inside));
        }
        if !after.is_empty() {
            self.defect(DefectKind::TrailingWords, span(after));
        }
        let words = item.get(..open).unwrap_or_default();
        if words.iter().any(|token| token.is(b'@')) {
            self.defect(DefectKind::AmbiguousAddress, span(item));
        }
        let name = if words.is_empty() { None } else { Some(self.phrase(words)) };
        self.mailbox(name, route, local, domain);
    }

    /// An item without angle brackets.
    fn bare(&mut self, item: &[Token]) {
        let mut rest = item;
        // Every turn consumes an address.
        loop {
            let Some(at) = rest.iter().position(|token| token.is(b'@')) else {
                return self.words(rest);
            };
            // Back over word *("." word), forth over domain.
            let (before, from) = rest.split_at(at);
            let mut start = before.len();
            let mut wants_word = true;
            for token in before.iter().rev() {
                if token.is(b'.') {
                    wants_word = true;
                } else if token.is_word() && wants_word {
                    wants_word = false;
                } else {
                    break;
                }
                start -= 1;
            }
            let mut len = 1;
            let mut wants_word = true;
            for token in from.iter().skip(1) {
                if token.is(b'.') {
                    wants_word = true;
                } else if wants_word && (token.is_word() || token.kind == Kind::Literal) {
                    wants_word = false;
                } else {
                    break;
                }
                len += 1;
            }
            let (spec, behind) = rest.split_at(at + len);
            let (words, spec) = spec.split_at(start);
            let is_apart = |tokens: &[Token]| tokens.first().is_some_and(|t| t.gap == Gap::White);
            let more = behind.iter().any(|token| token.is(b'@')) && is_apart(behind);
            if (!behind.is_empty() && !more) || (!words.is_empty() && !is_apart(spec)) {
                return self.bad(rest);
            }
            let Some((local, domain)) = self.spec(spec) else { return self.bad(rest) };
            if domain.is_empty() {
                self.defect(DefectKind::NoDomain, span(spec));
            }
            let name = if words.is_empty() {
                None
            } else {
                self.defect(DefectKind::AmbiguousAddress, span(rest));
                Some(self.phrase(words))
            };
            self.mailbox(name, None, local, domain);
            if behind.is_empty() {
                return;
            }
            self.defect(DefectKind::MissingComma, span(behind));
            rest = behind;
        }
    }

    /// Words that have no `@`: one is a local part, several are no address.
    fn words(&mut self, item: &[Token]) {
        match self.spec(item) {
            Some((local, domain)) => {
                self.defect(DefectKind::NoDomain, span(item));
                self.mailbox(None, None, local, domain);
            }
            None => self.bad(item),
        }
    }

    /// ```abnf
    /// addr-spec      = local-part "@" domain
    /// obs-local-part = word *("." word)
    /// obs-domain     = atom *("." atom)
    /// ```
    ///
    /// Accepts dots too many (Japanese telephones), and that there is no domain.
    fn spec(&mut self, tokens: &[Token]) -> Option<Spec<'a>> {
        let at = tokens.iter().position(|token| token.is(b'@'));
        let (local, domain) = tokens.split_at(at.unwrap_or(tokens.len()));
        let domain = domain.get(1..).unwrap_or_default();
        let is_literal = matches!(domain, [token] if token.kind == Kind::Literal);
        if local.is_empty()
            || !is_dotted(local, true)
            || !is_literal && !is_dotted(domain, false)
            || tokens.iter().any(|token| self.raw(token.range()).iter().any(is_control))
        {
            return None;
        }
        if has_bad_dots(local) || has_bad_dots(domain) {
            self.defect(DefectKind::Dots, span(tokens));
        }
        if tokens.iter().any(|token| token.kind == Kind::Encoded) {
            self.defect(DefectKind::EncodedWord, span(tokens));
        }
        let (local, domain) = (self.joined(local), self.joined(domain));
        // RFC 5321 section 4.5.3.1.
        if domain.len() > 255 || !is_literal && domain.split(|&b| b == b'.').any(is_fake_a_label) {
            return None;
        }
        let is_long = |label: &[u8]| label.len() > 63;
        if local.len() > 64 || !is_literal && domain.split(|&b| b == b'.').any(is_long) {
            self.defect(DefectKind::AddressTooLong, span(tokens));
        }
        Some((local, domain))
    }

    /// The words without what stands between them; line ends in them are removed.
    fn joined(&self, tokens: &[Token]) -> Cow<'a, [u8]> {
        let is_line_end = |b: &u8| matches!(b, b'\r' | b'\n');
        let range = span(tokens);
        let whole = self.raw(range.clone());
        let sum: usize = tokens.iter().map(|token| token.end - token.start).sum();
        if sum == range.len() && !whole.iter().any(is_line_end) {
            return Cow::Borrowed(whole);
        }
        let pieces = tokens.iter().flat_map(|token| self.raw(token.range()));
        Cow::Owned(pieces.copied().filter(|b| !is_line_end(b)).collect())
    }

    /// Words as a name: without quotes, one space where something stood between.
    fn phrase(&mut self, tokens: &[Token]) -> Cow<'a, [u8]> {
        let range = span(tokens);
        let raw = self.raw(range.clone());
        if raw.windows(3).any(is_bidirectional) {
            self.defect(DefectKind::Bidirectional, range);
        }
        let is_odd = |b: &u8| matches!(b, b'\\' | b'\r' | b'\n');
        if let [token] = tokens {
            let text = match token.kind {
                Kind::Quoted => raw.get(1..raw.len() - 1).unwrap_or_default(),
                _ => raw,
            };
            if !text.iter().any(is_odd) {
                return Cow::Borrowed(text);
            }
        }
        let mut out = Vec::with_capacity(raw.len());
        for token in tokens {
            if token.gap != Gap::None && !out.is_empty() {
                out.push(b' ');
            }
            let text = self.raw(token.range());
            if token.kind != Kind::Quoted {
                out.extend_from_slice(text);
                continue;
            }
            let mut escaped = false;
            for &b in text.get(1..text.len() - 1).unwrap_or_default() {
                if !escaped && b == b'\\' {
                    escaped = true;
                    continue;
                }
                escaped = false;
                if !matches!(b, b'\r' | b'\n') {
                    out.push(b);
                }
            }
        }
        Cow::Owned(out)
    }

    fn mailbox(
        &mut self,
        name: Option<Cow<'a, [u8]>>,
        route: Option<Cow<'a, [u8]>>,
        local: Cow<'a, [u8]>,
        domain: Cow<'a, [u8]>,
    ) {
        let comments = core::mem::take(&mut self.comments);
        let from_comment = || {
            let text = comments.last()?.trim_ascii();
            Some(match text.contains(&b'\\') {
                true => Cow::Owned(text.iter().copied().filter(|&b| b != b'\\').collect()),
                false => Cow::Borrowed(text),
            })
        };
        let name = name.or_else(from_comment).filter(|name| !name.is_empty());
        self.push(Address::Mailbox(Mailbox { name, route, local, domain, comments }));
    }

    fn bad(&mut self, item: &[Token]) {
        self.defect(DefectKind::BadAddress, span(item));
        self.invalid(item);
    }

    fn invalid(&mut self, item: &[Token]) {
        let raw = self.raw(span(item));
        if !raw.is_empty() {
            self.push(Address::Invalid(raw));
        }
    }

    fn push(&mut self, address: Address<'a>) {
        // A group that was kept is closed whatever the limit.
        let is_end = self.has_group && address == Address::GroupEnd;
        if self.list.addresses.len() < self.limits.addresses || is_end {
            self.list.addresses.push(address);
        } else {
            if self.list.omitted == 0 {
                self.defect(DefectKind::TooManyAddresses, 0..self.value.len());
            }
            self.list.omitted += 1;
        }
    }

    fn defect(&mut self, kind: DefectKind, range: Range<usize>) {
        if self.list.defects.len() < self.limits.defects {
            let octets = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
            let (start, end) = (octets(range.start), octets(range.end));
            self.list.defects.push(Defect { start, end, kind });
        }
    }

    fn raw(&self, range: Range<usize>) -> &'a [u8] {
        self.value.get(range).unwrap_or_default()
    }
}

fn span(tokens: &[Token]) -> Range<usize> {
    match tokens {
        [first, .., last] => first.start..last.end,
        [only] => only.range(),
        [] => 0..0,
    }
}

/// Words with dots between them; two words without a dot are none.
fn is_dotted(tokens: &[Token], quotes: bool) -> bool {
    let mut after_word = false;
    tokens.iter().all(|token| {
        let is_dot = token.is(b'.');
        let fits =
            is_dot || !after_word && token.is_word() && (quotes || token.kind != Kind::Quoted);
        after_word = !is_dot;
        fits
    })
}

fn has_bad_dots(tokens: &[Token]) -> bool {
    let is_dot = |token: Option<&Token>| token.is_some_and(|token| token.is(b'.'));
    let pairs = tokens.iter().zip(tokens.iter().skip(1));
    is_dot(tokens.first())
        || is_dot(tokens.last())
        || pairs.into_iter().any(|(a, b)| a.is(b'.') && b.is(b'.'))
}

/// Control characters, but for what folds a quoted string.
fn is_control(b: &u8) -> bool {
    b.is_ascii_control() && !matches!(b, b'\r' | b'\n' | b'\t')
}

/// A label that says it is Punycode and holds nothing but US-ASCII (RFC 5890 section 2.3.2.1).
fn is_fake_a_label(label: &[u8]) -> bool {
    let head = label.get(..4).unwrap_or_default();
    head.eq_ignore_ascii_case(b"xn--") && label.ends_with(b"-")
}

fn is_bidirectional(bytes: &[u8]) -> bool {
    matches!(bytes, [0xe2, 0x80, 0xaa..=0xae] | [0xe2, 0x81, 0xa6..=0xa9])
}
