//! Responses.

use super::{Out, to_client};
use crate::server::BodyName;
use crate::types::{Condition, Dialect, Fetch, FetchData, Response};
use mailwire_core::Sink;

/// Writes a response and its CRLF, as RFC 3501 has it.
pub fn response(response: &Response<'_>, out: &mut (impl Sink + ?Sized)) {
    response_for(response, &Dialect::rev1(), out);
}

/// Writes a response and its CRLF for a client of this dialect: names in UTF-8 or modified UTF-7,
/// UIDFETCH and VANISHED for a client of UIDONLY, no RECENT for one of IMAP4rev2. What such a client
/// must not be told is left out, so nothing may be written.
///
/// ```
/// use mailwire_imap::encode::response_for;
/// use mailwire_imap::types::{Dialect, FetchData, Fetch, FetchItems, Flags, Response};
///
/// let data = [FetchData::Uid(7), FetchData::Flags(Flags::new())];
/// let fetch = Response::Fetch(Fetch { seq: 3, data: data.into_iter().collect() });
/// let (mut rev1, mut uid_only) = (Vec::new(), Vec::new());
/// response_for(&fetch, &Dialect::rev1(), &mut rev1);
/// response_for(&fetch, &Dialect::rev1().enabled("UIDONLY"), &mut uid_only);
/// assert_eq!(rev1, b"* 3 FETCH (UID 7 FLAGS ())\r\n");
/// assert_eq!(uid_only, b"* 7 UIDFETCH (FLAGS ())\r\n");
/// ```
pub fn response_for(response: &Response<'_>, dialect: &Dialect, out: &mut (impl Sink + ?Sized)) {
    to_client(out, dialect, |out| out.response(response));
}

/// Writes a condition and its CRLF: tagged, or untagged where there is no tag.
pub(crate) fn condition(tag: Option<&str>, how: &Condition<'_>, out: &mut (impl Sink + ?Sized)) {
    to_client(out, &Dialect::rev1(), |out| out.answer(tag.unwrap_or("*"), how));
}

/// Writes an item of FETCH.
pub(crate) fn fetch_data(data: &FetchData<'_>, dialect: &Dialect, out: &mut (impl Sink + ?Sized)) {
    to_client(out, dialect, |out| out.fetch_data(data));
}

/// Writes the name of a body and the announcement of its octets.
pub(crate) fn begin_body(name: BodyName<'_, '_>, len: u64, out: &mut (impl Sink + ?Sized)) {
    to_client(out, &Dialect::default(), |out| {
        match name {
            BodyName::Section(section, origin) => out.body_section(section, origin),
            BodyName::Rfc822 => out.put("RFC822 "),
            BodyName::Rfc822Header => out.put("RFC822.HEADER "),
            BodyName::Rfc822Text => out.put("RFC822.TEXT "),
            BodyName::Binary(part, origin) => out.binary_name(part, origin),
        }
        if let BodyName::Binary(..) = name {
            out.put("~");
        }
        out.numbered("{", len);
        out.put("}\r\n");
    });
}

impl Out<'_> {
    fn response(&mut self, response: &Response<'_>) {
        match response {
            Response::Tagged { tag, condition } => return self.answer(tag, condition),
            Response::Continue(text) => {
                self.put("+ ");
                self.one_line(text);
                return self.put("\r\n");
            }
            Response::Condition(condition) => return self.answer("*", condition),
            Response::Recent(_) if self.dialect.rev2 => return,
            Response::Expunge(_) if self.dialect.uid_only => return,
            Response::Fetch(fetch) if self.dialect.uid_only => {
                // A message without its UID cannot be spoken of.
                let Some(uid) = fetch.uid() else { return };
                self.put("* ");
                self.uid_fetch(uid, fetch);
                return self.put("\r\n");
            }
            _ => self.put("* "),
        }
        self.data(response);
        self.put("\r\n");
    }

    fn data(&mut self, response: &Response<'_>) {
        match response {
            Response::Capability(known) => {
                self.put("CAPABILITY");
                self.capabilities(known);
            }
            Response::Enabled(names) => {
                self.put("ENABLED");
                self.spaced(names, |out, name| out.atom(name));
            }
            Response::Id(fields) => {
                self.put("ID ");
                self.id(fields);
            }
            Response::List(entry) => self.mailbox_list("LIST", entry),
            Response::Lsub(entry) => self.mailbox_list("LSUB", entry),
            Response::XList(entry) => self.mailbox_list("XLIST", entry),
            Response::Status(status) => self.status(status),
            Response::Namespace { personal, others, shared } => {
                self.namespaces([personal, others, shared]);
            }
            Response::Search(found) => self.numbers("SEARCH", &found.numbers, found.mod_seq),
            Response::Sort(sorted) => self.numbers("SORT", &sorted.numbers, sorted.mod_seq),
            Response::ESearch(found) => self.esearch(found),
            Response::Thread(threads) => self.threads(threads),
            Response::Flags(known) => {
                self.put("FLAGS ");
                self.flags(known);
            }
            Response::Exists(n) => self.counted(*n, " EXISTS"),
            Response::Recent(n) => self.counted(*n, " RECENT"),
            Response::Expunge(n) => self.counted(*n, " EXPUNGE"),
            Response::Vanished(vanished) => self.vanished(vanished),
            Response::Fetch(fetch) => {
                self.counted(fetch.seq, " FETCH ");
                self.list(&*fetch.data, |out, data| out.fetch_data(data));
            }
            Response::UidFetch(fetch) => {
                self.uid_fetch(fetch.seq, fetch);
            }
            Response::Converted(converted) => self.converted(converted),
            Response::Conversion(conversion) => self.conversion(conversion),
            Response::Acl(acl) => self.acl(acl),
            Response::ListRights(rights) => self.list_rights(rights),
            Response::MyRights(rights) => self.my_rights(rights),
            Response::Quota(quota) => self.quota(quota),
            Response::QuotaRoot(root) => self.quota_root(root),
            Response::Metadata(metadata) => self.metadata(metadata),
            Response::Annotation(told) => self.mailbox_annotations(told),
            Response::Language(tags) => {
                self.put("LANGUAGE ");
                self.list(tags, Self::astring);
            }
            Response::Comparator(comparator) => self.comparator(comparator),
            Response::GenUrlAuth(urls) => {
                self.put("GENURLAUTH");
                self.spaced(urls, |out, url| out.string(url.as_bytes()));
            }
            Response::UrlFetch(urls) => self.url_data(urls),
            Response::UidBatches(told) => self.uid_batches(told),
            Response::JmapAccess(url) => {
                self.put("JMAPACCESS ");
                self.quoted_text(&url.to_text());
            }
            Response::ApplePush(fields) => {
                self.put("XAPPLEPUSHSERVICE");
                self.push_fields(fields);
            }
            Response::Other(raw) => self.raw(raw),
            Response::Tagged { .. } | Response::Continue(_) | Response::Condition(_) => {}
        }
    }

    fn answer(&mut self, tag: &str, condition: &Condition<'_>) {
        self.text(tag);
        self.space();
        self.condition(condition);
    }

    fn counted(&mut self, n: u32, name: &str) {
        self.number(n);
        self.put(name);
    }

    /// The UID stands before the name, so it is not told again.
    fn uid_fetch(&mut self, uid: u32, fetch: &Fetch<'_>) {
        self.counted(uid, " UIDFETCH ");
        let told = fetch.data.iter().filter(|data| **data != FetchData::Uid(uid));
        self.list(told, |out, data| out.fetch_data(data));
    }

    fn numbers(&mut self, name: &str, numbers: &[u32], mod_seq: Option<u64>) {
        self.put(name);
        for number in numbers {
            self.space();
            self.number(*number);
        }
        if let Some(mod_seq) = mod_seq {
            self.numbered(" (MODSEQ ", mod_seq);
            self.put(")");
        }
    }
}
