//! Commands.

use super::{LiteralSink, astring, atom, date_time, day, flags, section, set};
use crate::parse::ITEM;
use crate::types::string::ASTRING;
use crate::types::{Append, Command, FetchItem, Flag, Octets, SearchKey, StoreAction};
use mailwire_core::keyword::Class;
use mailwire_core::{Secret, Sink, base64};

/// Writes a command with its tag and its CRLF. The initial response of AUTHENTICATE is written if
/// there is one: whether the server takes it is the caller's to know.
pub(crate) fn command(tag: &str, command: &Command<'_>, out: &mut (impl LiteralSink + ?Sized)) {
    out.put(tag.as_bytes());
    out.put(if command.is_uid() { b" UID " } else { b" " });
    match command {
        Command::Other { name, rest } => {
            atom(name, out);
            raw(rest, out);
        }
        known => out.put(known.name().as_bytes()),
    }
    match command {
        Command::Authenticate { mechanism, initial } => {
            out.put(b" ");
            atom(mechanism, out);
            match initial.as_ref().map(Secret::expose) {
                None => {}
                Some([]) => out.put(b" ="),
                Some(initial) => {
                    out.put(b" ");
                    base64::encode(initial, out);
                }
            }
        }
        Command::Login { user, password } => {
            out.put(b" ");
            astring(user, out);
            out.put(b" ");
            // A password with a NUL cannot be a string; what is sent then is not it.
            let password = Octets::new(password.expose()).unwrap_or_default();
            astring(&password, out);
        }
        Command::Id(id) => {
            out.put(b" ");
            super::response::id(id, out);
        }
        Command::Enable(names) => {
            for name in names {
                out.put(b" ");
                atom(name, out);
            }
        }
        Command::Select(mailbox)
        | Command::Examine(mailbox)
        | Command::Create(mailbox)
        | Command::Delete(mailbox)
        | Command::Subscribe(mailbox)
        | Command::Unsubscribe(mailbox) => {
            out.put(b" ");
            astring(mailbox.as_wire(), out);
        }
        Command::Rename { from, to } => {
            out.put(b" ");
            astring(from.as_wire(), out);
            out.put(b" ");
            astring(to.as_wire(), out);
        }
        Command::List { reference, pattern } | Command::Lsub { reference, pattern } => {
            out.put(b" ");
            astring(reference, out);
            out.put(b" ");
            list_mailbox(pattern, out);
        }
        Command::Status { mailbox, items } => {
            out.put(b" ");
            astring(mailbox.as_wire(), out);
            for (at, item) in items.iter().enumerate() {
                out.put(if at == 0 { b" (" } else { b" " });
                out.put(item.as_str().as_bytes());
            }
            out.put(b")");
        }
        Command::Append(append) => append_arguments(append, out),
        Command::Expunge { uids: Some(uids) } => {
            out.put(b" ");
            set(uids, out);
        }
        Command::Search { charset, key, .. } => {
            if let Some(charset) = charset {
                out.put(b" CHARSET ");
                astring(charset, out);
            }
            out.put(b" ");
            search_keys(key, out);
        }
        Command::Fetch { set: messages, items, .. } => {
            out.put(b" ");
            set(messages, out);
            for (at, item) in items.iter().enumerate() {
                out.put(if at == 0 { b" (" } else { b" " });
                fetch_item(item, out);
            }
            out.put(b")");
        }
        Command::Store { set: messages, action, silent, flags: changed, .. } => {
            out.put(b" ");
            set(messages, out);
            out.put(match action {
                StoreAction::Replace => b" FLAGS",
                StoreAction::Add => b" +FLAGS",
                StoreAction::Remove => b" -FLAGS",
            });
            out.put(if *silent { b".SILENT " } else { b" " });
            flags(changed, out);
        }
        Command::Copy { set: messages, mailbox, .. }
        | Command::Move { set: messages, mailbox, .. } => {
            out.put(b" ");
            set(messages, out);
            out.put(b" ");
            astring(mailbox.as_wire(), out);
        }
        _ => {}
    }
    out.put(b"\r\n");
}

/// Writes an APPEND up to where its message is announced: the space before the literal.
pub(crate) fn append_head(tag: &str, append: &Append<'_>, out: &mut (impl LiteralSink + ?Sized)) {
    out.put(tag.as_bytes());
    out.put(b" APPEND");
    append_arguments(append, out);
}

fn append_arguments(append: &Append<'_>, out: &mut (impl LiteralSink + ?Sized)) {
    out.put(b" ");
    astring(append.mailbox.as_wire(), out);
    out.put(b" ");
    if !append.flags.is_empty() {
        flags(&append.flags, out);
        out.put(b" ");
    }
    if let Some(date) = append.date {
        date_time(date, out);
        out.put(b" ");
    }
}

/// The rest of an unknown command: its lines and literals are as they came, so only what could
/// not have come in one frame is left out.
fn raw(rest: &[u8], out: &mut (impl LiteralSink + ?Sized)) {
    if rest.is_empty() {
        return;
    }
    out.put(b" ");
    let mut rest = rest;
    // Every turn consumes a line and the literal that it announces.
    loop {
        let Some(end) = memchr::memchr2(b'\r', b'\n', rest) else {
            out.put(rest);
            return;
        };
        let line = rest.get(..end).unwrap_or_default();
        let after = rest.get(end..).unwrap_or_default();
        let after = after.strip_prefix(b"\r\n").unwrap_or_default();
        let Some((head, n)) = announced(line) else {
            out.put(line);
            return;
        };
        let Some((octets, more)) = after.split_at_checked(n) else {
            out.put(head);
            return;
        };
        out.put(head);
        out.literal(octets);
        rest = more;
    }
}

/// What stands before the literal that `line` announces, and how many octets it has.
fn announced(line: &[u8]) -> Option<(&[u8], usize)> {
    let inside = line.strip_suffix(b"}")?;
    let inside = inside.strip_suffix(b"+").or(inside.strip_suffix(b"-")).unwrap_or(inside);
    let open = memchr::memrchr(b'{', inside)?;
    let n = mailwire_core::keyword::number(inside.get(open + 1..)?)?;
    Some((line.get(..open)?, usize::try_from(n).ok()?))
}

/// ```abnf
/// list-mailbox = 1*list-char / string
/// ```
fn list_mailbox(pattern: &Octets<'_>, out: &mut (impl LiteralSink + ?Sized)) {
    const LIST: Class = ASTRING.with(b"%*");
    let bytes = pattern.as_bytes();
    if !bytes.is_empty() && LIST.all(bytes) && !bytes.eq_ignore_ascii_case(b"NIL") {
        out.put(bytes);
    } else {
        astring(pattern, out);
    }
}

fn fetch_item(item: &FetchItem<'_>, out: &mut (impl LiteralSink + ?Sized)) {
    let name: &str = match item {
        FetchItem::BodySection { peek: true, .. } => "BODY.PEEK",
        FetchItem::Body | FetchItem::BodySection { .. } => "BODY",
        FetchItem::BodyStructure => "BODYSTRUCTURE",
        FetchItem::Envelope => "ENVELOPE",
        FetchItem::Flags => "FLAGS",
        FetchItem::InternalDate => "INTERNALDATE",
        FetchItem::Rfc822 => "RFC822",
        FetchItem::Rfc822Header => "RFC822.HEADER",
        FetchItem::Rfc822Size => "RFC822.SIZE",
        FetchItem::Rfc822Text => "RFC822.TEXT",
        FetchItem::Uid => "UID",
        FetchItem::ModSeq => "MODSEQ",
        FetchItem::Other(name) => {
            for b in name.bytes() {
                out.put(if ITEM.holds(b) { core::slice::from_ref(&b) } else { b"-" });
            }
            return;
        }
    };
    out.put(name.as_bytes());
    if let FetchItem::BodySection { section: which, partial, .. } = item {
        section(which, &mut |name, out: &mut _| astring(name, out), out);
        if let Some(partial) = partial {
            out.put(b"<");
            out.put_number(partial.offset);
            out.put(b".");
            out.put_number(partial.length);
            out.put(b">");
        }
    }
}

/// Keys at the top, or in parentheses: separated by spaces.
fn search_keys(key: &SearchKey<'_>, out: &mut (impl LiteralSink + ?Sized)) {
    match key {
        SearchKey::And(keys) if !keys.is_empty() => {
            for (at, key) in keys.iter().enumerate() {
                if at > 0 {
                    out.put(b" ");
                }
                search_key(key, out);
            }
        }
        key => search_key(key, out),
    }
}

/// As deep as the caller nested them.
fn search_key(key: &SearchKey<'_>, out: &mut (impl LiteralSink + ?Sized)) {
    let mut text = |name: &str, value: &Octets<'_>| {
        out.put(name.as_bytes());
        out.put(b" ");
        astring(value, out);
    };
    match key {
        SearchKey::And(keys) if keys.is_empty() => out.put(b"ALL"),
        SearchKey::And(_) => {
            out.put(b"(");
            search_keys(key, out);
            out.put(b")");
        }
        SearchKey::All => out.put(b"ALL"),
        SearchKey::New => out.put(b"NEW"),
        SearchKey::Bcc(value) => text("BCC", value),
        SearchKey::Body(value) => text("BODY", value),
        SearchKey::Cc(value) => text("CC", value),
        SearchKey::From(value) => text("FROM", value),
        SearchKey::Subject(value) => text("SUBJECT", value),
        SearchKey::Text(value) => text("TEXT", value),
        SearchKey::To(value) => text("TO", value),
        SearchKey::Header(name, value) => {
            text("HEADER", name);
            out.put(b" ");
            astring(value, out);
        }
        SearchKey::Flag(flag) => search_flag(flag, true, out),
        SearchKey::NotFlag(flag) => search_flag(flag, false, out),
        SearchKey::Before(date) => search_date(b"BEFORE ", *date, out),
        SearchKey::On(date) => search_date(b"ON ", *date, out),
        SearchKey::Since(date) => search_date(b"SINCE ", *date, out),
        SearchKey::SentBefore(date) => search_date(b"SENTBEFORE ", *date, out),
        SearchKey::SentOn(date) => search_date(b"SENTON ", *date, out),
        SearchKey::SentSince(date) => search_date(b"SENTSINCE ", *date, out),
        SearchKey::Larger(n) => {
            out.put(b"LARGER ");
            out.put_number(*n);
        }
        SearchKey::Smaller(n) => {
            out.put(b"SMALLER ");
            out.put_number(*n);
        }
        SearchKey::Uid(uids) => {
            out.put(b"UID ");
            set(uids, out);
        }
        SearchKey::Sequence(numbers) => set(numbers, out),
        SearchKey::Not(key) => {
            out.put(b"NOT ");
            search_key(key, out);
        }
        SearchKey::Or(one, other) => {
            out.put(b"OR ");
            search_key(one, out);
            out.put(b" ");
            search_key(other, out);
        }
    }
}

fn search_date(name: &[u8], date: crate::types::Day, out: &mut (impl Sink + ?Sized)) {
    out.put(name);
    day(date, out);
}

fn search_flag(flag: &Flag<'_>, set: bool, out: &mut (impl Sink + ?Sized)) {
    let name = flag.as_str();
    match flag {
        Flag::System(crate::types::SystemFlag::Recent) if !set => out.put(b"OLD"),
        Flag::System(_) => {
            out.put(if set { b"" } else { b"UN" });
            for b in name.bytes().skip(1) {
                out.put(&[b.to_ascii_uppercase()]);
            }
        }
        Flag::Keyword(_) => {
            out.put(if set { b"KEYWORD " } else { b"UNKEYWORD " });
            out.put(name.as_bytes());
        }
    }
}
