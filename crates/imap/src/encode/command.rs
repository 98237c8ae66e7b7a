//! Commands.

use super::{LiteralSink, Out};
use crate::types::{
    AnnotationKey, Append, Command, Dialect, Flag, MetadataScope, Octets, Raw, SearchKey,
    StoreAction, SystemFlag,
};
use mailwire_core::{Secret, base64};

/// Writes a command with its tag and its CRLF. The initial response of AUTHENTICATE is written if
/// there is one: whether the server takes it is the caller's to know.
pub fn command(tag: &str, command: &Command<'_>, dialect: &Dialect, sink: &mut impl LiteralSink) {
    if let Command::Authenticate { mechanism, initial } = command {
        return authenticate(tag, mechanism, initial.as_ref(), *dialect, sink);
    }
    Out::new(sink, *dialect).command(tag, command);
}

/// Writes an APPEND up to where its message is announced: the space before the literal.
pub(crate) fn append_head(
    tag: &str,
    append: &Append<'_>,
    dialect: Dialect,
    sink: &mut impl LiteralSink,
) {
    let mut out = Out::new(sink, dialect);
    out.text(tag);
    out.put(" APPEND");
    out.append(append);
}

fn authenticate(
    tag: &str,
    mechanism: &str,
    initial: Option<&Secret>,
    dialect: Dialect,
    sink: &mut impl LiteralSink,
) {
    let mut out = Out::new(sink, dialect);
    out.text(tag);
    out.put(" AUTHENTICATE ");
    out.atom(mechanism);
    match initial.map(Secret::expose) {
        None => {}
        Some([]) => out.put(" ="),
        Some(initial) => {
            out.space();
            base64::encode(initial, &mut out);
            out.forget();
        }
    }
    out.put("\r\n");
}

impl Out<'_> {
    fn command(&mut self, tag: &str, command: &Command<'_>) {
        self.text(tag);
        self.put(if command.is_uid() { " UID " } else { " " });
        match command {
            Command::Other { name, .. } => self.atom(name),
            known => self.put(known.name()),
        }
        self.arguments(command);
        self.put("\r\n");
    }

    fn arguments(&mut self, command: &Command<'_>) {
        match command {
            Command::Capability
            | Command::Noop
            | Command::Logout
            | Command::StartTls
            | Command::Authenticate { .. }
            | Command::Unauthenticate
            | Command::GetJmapAccess
            | Command::Namespace
            | Command::Idle
            | Command::Check
            | Command::Close
            | Command::Unselect
            | Command::Expunge { uids: None } => {}
            Command::Other { rest, .. } if rest.is_empty() => {}
            Command::Other { rest, .. } => {
                self.space();
                self.raw(rest);
            }
            Command::Login { user, password } => {
                self.space();
                self.astring(user);
                self.space();
                // A password with a NUL cannot be a string; what is sent then is not it.
                let password = Octets::new(password.expose()).unwrap_or_default();
                self.astring(&password);
                self.forget();
            }
            Command::Id(id) => {
                self.space();
                self.id(id);
            }
            Command::Enable(names) => self.spaced(names, |out, name| out.atom(name)),
            Command::Compress(algorithm) => {
                self.space();
                self.atom(algorithm);
            }
            Command::Language(tags) => self.spaced(tags, Self::astring),
            Command::Comparator(orders) => self.spaced(orders, Self::list_mailbox),
            Command::Select(mailbox, options) | Command::Examine(mailbox, options) => {
                self.space();
                self.mailbox(mailbox);
                self.select_options(options);
            }
            Command::Create(mailbox, options) => {
                self.space();
                self.mailbox(mailbox);
                self.create_options(options);
            }
            Command::Delete(mailbox)
            | Command::Subscribe(mailbox)
            | Command::Unsubscribe(mailbox) => {
                self.space();
                self.mailbox(mailbox);
            }
            Command::Rename { from, to } => {
                self.space();
                self.mailbox(from);
                self.space();
                self.mailbox(to);
            }
            Command::List(query) => self.list_query(query),
            Command::Lsub { reference, pattern }
            | Command::XList { reference, pattern }
            | Command::RList { reference, pattern }
            | Command::RLsub { reference, pattern } => {
                self.space();
                self.astring(reference);
                self.space();
                self.list_mailbox(pattern);
            }
            Command::Status { mailbox, items } => {
                self.space();
                self.mailbox(mailbox);
                self.space();
                self.status_names(items);
            }
            Command::Append { mailbox, messages } => {
                self.space();
                self.mailbox(mailbox);
                self.spaced(messages, Self::append_message);
            }
            Command::Notify(notify) => self.notify(notify),
            Command::Acl(acl) => self.acl_command(acl),
            Command::Quota(quota) => self.quota_command(quota),
            Command::GetMetadata(get) => self.get_metadata(get),
            Command::SetMetadata { mailbox, entries } => self.set_metadata(mailbox, entries),
            Command::GetAnnotation(get) => self.get_annotation(get),
            Command::SetAnnotation { mailbox, entries } => {
                self.space();
                self.list_mailbox(mailbox);
                self.space();
                self.list(entries, Self::mailbox_annotation);
            }
            Command::UrlAuth(command) => self.url_auth(command),
            Command::ApplePush(fields) => self.push_fields(fields),
            Command::Conversions { from, to } => {
                self.space();
                self.string(from.as_bytes());
                self.space();
                self.string(to.as_bytes());
            }
            Command::MultiSearch(search) => self.multi_search(search),
            Command::Expunge { uids: Some(uids) } => {
                self.space();
                self.set(uids);
            }
            Command::Search { returns, charset, key, .. } => {
                self.search_returns(returns.as_deref());
                self.search_program(charset.as_ref(), key);
            }
            Command::Sort(sort) => self.sort_command(sort),
            Command::Thread(thread) => self.thread_command(thread),
            Command::CancelUpdate(tags) => {
                self.spaced(tags, |out, tag| out.astring(tag));
            }
            Command::UidBatches { size, range } => {
                self.numbered(" ", *size);
                if let Some((first, last)) = range {
                    self.numbered(" ", *first);
                    self.numbered(":", *last);
                }
            }
            Command::Fetch { set, items, modifiers, .. } => {
                self.space();
                self.set(set);
                self.space();
                self.list(items, |out, item| out.fetch_item(item));
                self.fetch_modifiers(modifiers);
            }
            Command::Convert(convert) => self.convert(convert),
            Command::Store { set, modifiers, action, silent, flags, .. } => {
                self.space();
                self.set(set);
                self.store_modifiers(modifiers);
                self.put(match action {
                    StoreAction::Replace => " FLAGS",
                    StoreAction::Add => " +FLAGS",
                    StoreAction::Remove => " -FLAGS",
                });
                self.put(if *silent { ".SILENT " } else { " " });
                self.flags(flags);
            }
            Command::StoreAnnotation(store) => self.store_annotation(store),
            Command::StoreLabels(store) => self.store_labels(store),
            Command::Copy { set, mailbox, .. } | Command::Move { set, mailbox, .. } => {
                self.space();
                self.set(set);
                self.space();
                self.mailbox(mailbox);
            }
            Command::Replace { number, mailbox, message, .. } => {
                self.replace(*number, mailbox);
                self.append_message(message);
            }
        }
    }

    pub(crate) fn search_program(&mut self, charset: Option<&Octets<'_>>, key: &SearchKey<'_>) {
        if let Some(charset) = charset {
            self.put(" CHARSET ");
            self.astring(charset);
        }
        self.space();
        let first = match key {
            SearchKey::And(keys) => keys.first(),
            key => Some(key),
        };
        // An unknown key that at the top would not be one.
        let is_option =
            |name: &str| ["RETURN", "CHARSET"].iter().any(|it| it.eq_ignore_ascii_case(name));
        if matches!(first, Some(SearchKey::Other(name, _)) if is_option(name)) {
            self.put("(");
            self.search_keys(key);
            self.put(")");
        } else {
            self.search_keys(key);
        }
    }

    /// Keys at the top, or in parentheses: separated by spaces.
    pub(crate) fn search_keys(&mut self, key: &SearchKey<'_>) {
        match key {
            SearchKey::And(keys) if !keys.is_empty() => {
                let last = keys.len() - 1;
                self.words(keys.iter().enumerate(), |out, (at, key)| match key {
                    // Its arguments may go up to the end.
                    SearchKey::Other(name, rest) if at == last => out.unknown_key(name, rest),
                    key => out.search_key(key),
                });
            }
            SearchKey::Other(name, rest) => self.unknown_key(name, rest),
            key => self.search_key(key),
        }
    }

    fn unknown_key(&mut self, name: &str, rest: &Raw<'_>) {
        self.atom(name);
        if !rest.is_empty() {
            self.space();
            self.raw(rest);
        }
    }

    /// As deep as the caller nested them.
    fn search_key(&mut self, key: &SearchKey<'_>) {
        match key {
            SearchKey::And(keys) if keys.is_empty() => self.put("ALL"),
            SearchKey::And(_) => {
                self.put("(");
                self.search_keys(key);
                self.put(")");
            }
            SearchKey::All => self.put("ALL"),
            SearchKey::New => self.put("NEW"),
            SearchKey::Bcc(value) => self.search_text("BCC ", value),
            SearchKey::Body(value) => self.search_text("BODY ", value),
            SearchKey::Cc(value) => self.search_text("CC ", value),
            SearchKey::From(value) => self.search_text("FROM ", value),
            SearchKey::Subject(value) => self.search_text("SUBJECT ", value),
            SearchKey::Text(value) => self.search_text("TEXT ", value),
            SearchKey::To(value) => self.search_text("TO ", value),
            SearchKey::GmRaw(value) => self.search_text("X-GM-RAW ", value),
            SearchKey::Header(name, value) => {
                self.search_text("HEADER ", name);
                self.space();
                self.astring(value);
            }
            SearchKey::Flag(flag) => self.search_flag(flag, true),
            SearchKey::NotFlag(flag) => self.search_flag(flag, false),
            SearchKey::Before(date) => self.search_date("BEFORE ", *date),
            SearchKey::On(date) => self.search_date("ON ", *date),
            SearchKey::Since(date) => self.search_date("SINCE ", *date),
            SearchKey::SentBefore(date) => self.search_date("SENTBEFORE ", *date),
            SearchKey::SentOn(date) => self.search_date("SENTON ", *date),
            SearchKey::SentSince(date) => self.search_date("SENTSINCE ", *date),
            SearchKey::SavedBefore(date) => self.search_date("SAVEDBEFORE ", *date),
            SearchKey::SavedOn(date) => self.search_date("SAVEDON ", *date),
            SearchKey::SavedSince(date) => self.search_date("SAVEDSINCE ", *date),
            SearchKey::SaveDateSupported => self.put("SAVEDATESUPPORTED"),
            SearchKey::Larger(n) => self.numbered("LARGER ", *n),
            SearchKey::Smaller(n) => self.numbered("SMALLER ", *n),
            SearchKey::Younger(n) => self.numbered("YOUNGER ", *n),
            SearchKey::Older(n) => self.numbered("OLDER ", *n),
            SearchKey::GmMsgId(n) => self.numbered("X-GM-MSGID ", *n),
            SearchKey::GmThrId(n) => self.numbered("X-GM-THRID ", *n),
            SearchKey::GmLabels(label) => {
                self.put("X-GM-LABELS ");
                self.label(label);
            }
            SearchKey::EmailId(id) => {
                self.put("EMAILID ");
                self.put(id.as_str());
            }
            SearchKey::ThreadId(id) => {
                self.put("THREADID ");
                self.put(id.as_str());
            }
            SearchKey::Filter(name) => {
                self.put("FILTER ");
                self.atom(name);
            }
            SearchKey::Annotation(wanted) => {
                let AnnotationKey { entry, attribute, value } = &**wanted;
                self.put("ANNOTATION ");
                self.list_mailbox(entry);
                self.space();
                self.astring(attribute);
                self.space();
                match value {
                    None => self.put("NIL"),
                    Some(value) => self.string(value.as_bytes()),
                }
            }
            SearchKey::ModSeq { entry, value } => {
                self.put("MODSEQ ");
                if let Some((name, scope)) = entry {
                    self.quoted_text(&name.to_text());
                    self.put(match scope {
                        MetadataScope::Private => " priv ",
                        MetadataScope::Shared => " shared ",
                        MetadataScope::All => " all ",
                    });
                }
                self.number(*value);
            }
            SearchKey::Uid(uids) => {
                self.put("UID ");
                self.set(uids);
            }
            SearchKey::Sequence(numbers) => self.set(numbers),
            SearchKey::Not(key) => {
                self.put("NOT ");
                self.search_key(key);
            }
            SearchKey::Fuzzy(key) => {
                self.put("FUZZY ");
                self.search_key(key);
            }
            SearchKey::Or(one, other) => {
                self.put("OR ");
                self.search_key(one);
                self.space();
                self.search_key(other);
            }
            // Parentheses say where its arguments end.
            SearchKey::Other(name, rest) => {
                self.put("(");
                self.unknown_key(name, rest);
                self.put(")");
            }
        }
    }

    fn search_text(&mut self, name: &str, value: &Octets<'_>) {
        self.put(name);
        self.astring(value);
    }

    fn search_date(&mut self, name: &str, date: crate::types::Day) {
        self.put(name);
        self.day(date);
    }

    fn search_flag(&mut self, flag: &Flag<'_>, set: bool) {
        match flag {
            Flag::System(SystemFlag::Recent) if !set => self.put("OLD"),
            Flag::System(_) => {
                self.put(if set { "" } else { "UN" });
                for b in flag.as_str().bytes().skip(1) {
                    self.bytes(&[b.to_ascii_uppercase()]);
                }
            }
            Flag::Keyword(_) => {
                self.put(if set { "KEYWORD " } else { "UNKEYWORD " });
                self.one_flag(flag);
            }
        }
    }
}
