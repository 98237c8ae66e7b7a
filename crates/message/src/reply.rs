//! Answers and forwards: to whom, under which subject, in which thread, quoting what.

use crate::build::{self, Builder, MessageId};
use crate::header::{self, ListCommand};
use crate::text::flowed::{self, Paragraph, Space};
use crate::{Message, bodies, text};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use mailwire_core::Text;

/// Whom an answer is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Whom {
    /// Who wrote: Mail-Reply-To, else Reply-To unless a mailing list put itself there, else From.
    /// For a message of one's own, those that it was for.
    Author,
    /// The same, and all that it was for: Mail-Followup-To, else the author, To and Cc.
    All,
    /// The mailing list: List-Post (RFC 2369 section 3.4). As [`All`](Self::All) where there is
    /// none that takes mail.
    List,
}

/// What an answer begins with.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Reply {
    /// Whom it is for.
    pub to: Vec<build::Mailbox<'static>>,
    /// Who gets a copy.
    pub cc: Vec<build::Mailbox<'static>>,
    /// The addresses that [`build::Mailbox`] refuses: show them to who writes.
    pub left_out: Vec<String>,
    /// The subject, with one `Re:`.
    pub subject: String,
    /// What it answers.
    pub in_reply_to: Option<MessageId<'static>>,
    /// The thread, the oldest first, of which no more than
    /// [`MOST_REFERENCES`](Self::MOST_REFERENCES) are kept: the first and the last.
    pub references: Vec<MessageId<'static>>,
}

impl Reply {
    /// How many references an answer has at most.
    pub const MOST_REFERENCES: usize = 21;

    /// An answer to a message by someone with the addresses `own`, who is not written to. Nobody
    /// is named twice; addresses are compared without regard to case.
    ///
    /// ```
    /// use mailwire_message::Message;
    /// use mailwire_message::reply::{Reply, Whom};
    ///
    /// let message = Message::parse(
    ///     b"From: Ann <ann@example.org>\r\nTo: Bob <bob@example.net>, c@example.org\r\n\
    ///       Cc: ANN@example.org\r\nSubject: AW: lunch\r\nMessage-ID: <2@example.org>\r\n\
    ///       References: <1@example.org>\r\n\r\nAt noon?\r\n",
    /// );
    /// let reply = Reply::to(&message, Whom::All, &["bob@example.net"]);
    /// assert_eq!(reply.to[0].address(), "ann@example.org");
    /// assert_eq!(reply.cc.len(), 1);
    /// assert_eq!(reply.subject, "Re: lunch");
    /// assert_eq!(reply.references.len(), 2);
    /// ```
    #[must_use]
    pub fn to(message: &Message<'_>, whom: Whom, own: &[&str]) -> Self {
        let root = message.root();
        let subject = root.text_field("Subject").unwrap_or_default();
        let mut reply = Self { subject: reply_subject(&subject), ..Self::default() };
        reply.thread(message);
        let mut seen: BTreeSet<String> = own.iter().map(|own| own.to_lowercase()).collect();
        let list = list_post(message);
        match (whom, &list) {
            (Whom::List, Some(list)) => {
                reply.to = reply.take([(list.clone(), None)], &mut seen);
                return reply;
            }
            (Whom::All | Whom::List, _) => {
                reply.to = reply.take(mailboxes(message, "Mail-Followup-To"), &mut seen);
                if !reply.to.is_empty() {
                    return reply;
                }
            }
            (Whom::Author, _) => {}
        }
        let is_list =
            |address: &String| list.as_ref().is_some_and(|list| list.eq_ignore_ascii_case(address));
        let mut author = mailboxes(message, "Mail-Reply-To");
        if author.is_empty() {
            author = mailboxes(message, "Reply-To");
            // Lists that put themselves there leave no way to write to the author but From.
            if whom == Whom::Author {
                author.retain(|(address, _)| !is_list(address));
            }
        }
        if author.is_empty() {
            author = mailboxes(message, "From");
        }
        reply.to = reply.take(author, &mut seen);
        let (to, cc) = (mailboxes(message, "To"), mailboxes(message, "Cc"));
        if reply.to.is_empty() {
            reply.to = reply.take(to, &mut seen);
            if whom != Whom::Author {
                reply.cc = reply.take(cc, &mut seen);
            }
        } else if whom != Whom::Author {
            reply.cc = reply.take(to.into_iter().chain(cc), &mut seen);
        }
        reply
    }

    /// Puts all of it into a message.
    pub fn apply(self, mut message: Builder<'_>) -> Builder<'_> {
        for to in self.to {
            message = message.to(to);
        }
        for cc in self.cc {
            message = message.cc(cc);
        }
        if let Some(id) = self.in_reply_to {
            message = message.in_reply_to(id);
        }
        for id in self.references {
            message = message.references(id);
        }
        message.subject(Text::lossy(self.subject))
    }

    /// RFC 5322 section 3.6.4.
    fn thread(&mut self, message: &Message<'_>) {
        let ids = |name| message.root().message_ids(name).into_iter();
        let known = |id| MessageId::new(id).ok();
        self.in_reply_to = ids("Message-ID").find_map(known);
        self.references = ids("References").filter_map(known).collect();
        if self.references.is_empty() && ids("In-Reply-To").count() == 1 {
            self.references = ids("In-Reply-To").filter_map(known).collect();
        }
        self.references.retain(|id| Some(id) != self.in_reply_to.as_ref());
        self.references.extend(self.in_reply_to.clone());
        let n = self.references.len();
        if n > Self::MOST_REFERENCES {
            self.references.drain(1..=n - Self::MOST_REFERENCES);
        }
    }

    /// The mailboxes that were not seen yet.
    fn take(
        &mut self,
        list: impl IntoIterator<Item = (String, Option<String>)>,
        seen: &mut BTreeSet<String>,
    ) -> Vec<build::Mailbox<'static>> {
        let mut taken = Vec::new();
        for (address, name) in list {
            let key = address.to_lowercase();
            if !seen.insert(key) {
                continue;
            }
            let named = build::Mailbox::new(address.clone()).and_then(|mailbox| {
                let name = Text::lossy(name.unwrap_or_default());
                mailbox.named(String::from(name.as_str()))
            });
            match named {
                Ok(mailbox) => taken.push(mailbox),
                Err(_) => self.left_out.push(address),
            }
        }
        taken
    }
}

/// Addresses and names, groups opened.
fn mailboxes(message: &Message<'_>, field: &str) -> Vec<(String, Option<String>)> {
    // Who is written to are people; nobody writes to more by hand.
    const MOST: usize = 1000;
    let list = message.root().addresses(field);
    let mailboxes = list.iter().filter_map(header::Address::mailbox);
    mailboxes.filter_map(|it| Some((it.address()?, it.name()))).take(MOST).collect()
}

/// The address that a mailing list takes mail at.
fn list_post(message: &Message<'_>) -> Option<String> {
    let field = message.root().field("List-Post")?;
    let post = ListCommand::parse(field.value());
    let mailto = post.uris.iter().find_map(|uri| {
        let uri = core::str::from_utf8(uri).ok()?;
        let (scheme, rest) = uri.split_once(':')?;
        let address = rest.split('?').next()?;
        scheme.eq_ignore_ascii_case("mailto").then(|| String::from(address))
    });
    mailto.filter(|_| !post.is_no)
}

/// What programs of the world put in front of the subject of an answer, small letters.
const REPLIES: [&str; 13] = [
    "re",
    "aw",
    "sv",
    "antw",
    "antwort",
    "odp",
    "rif",
    "ynt",
    "res",
    "\u{56de}\u{590d}",
    "\u{7b54}\u{590d}",
    "\u{56de}\u{8986}",
    "\u{8fd4}\u{4fe1}",
];

/// The same of what is forwarded.
const FORWARDS: [&str; 10] =
    ["fwd", "fw", "wg", "tr", "rv", "enc", "pd", "doorst", "\u{8f6c}\u{53d1}", "\u{8f49}\u{5bc4}"];

/// A subject with one `Re:`, whatever in whichever language was there.
///
/// ```
/// use mailwire_message::reply::{forward_subject, reply_subject};
///
/// assert_eq!(reply_subject("AW: Re[2]: SV: lunch"), "Re: lunch");
/// assert_eq!(reply_subject("Fwd: lunch"), "Re: Fwd: lunch");
/// assert_eq!(forward_subject("WG: Fwd: lunch"), "Fwd: lunch");
/// assert_eq!(forward_subject("Re: lunch"), "Fwd: Re: lunch");
/// ```
#[must_use]
pub fn reply_subject(subject: &str) -> String {
    with_prefix("Re: ", &REPLIES, subject)
}

/// A subject with one `Fwd:`, as [`reply_subject`].
#[must_use]
pub fn forward_subject(subject: &str) -> String {
    with_prefix("Fwd: ", &FORWARDS, subject)
}

fn with_prefix(prefix: &str, words: &[&str], subject: &str) -> String {
    let mut rest = subject.trim();
    // Every turn removes a prefix.
    while let Some(after) = words.iter().find_map(|word| strip(word, rest)) {
        rest = after.trim_start();
    }
    let mut out = String::from(prefix);
    out.push_str(rest);
    out
}

/// Removes `word:`, `word[2]:`, `word (2):`, `word^2:`.
fn strip<'s>(word: &str, subject: &'s str) -> Option<&'s str> {
    let (head, rest) = subject.split_at_checked(word.len())?;
    let count = |c: char| c.is_ascii_digit() || "[]()^ ".contains(c);
    let rest = rest.trim_start_matches(count);
    let rest = rest.strip_prefix(':').or_else(|| rest.strip_prefix('\u{ff1a}'))?;
    head.eq_ignore_ascii_case(word).then_some(rest)
}

/// The text of a message one level deeper quoted, as flowed text (RFC 3676), its signature left
/// out: for [`Part::flowed`](build::Part::flowed) with [`Space::Kept`], below what introduces it.
///
/// ```
/// use mailwire_message::{Message, reply::quote};
///
/// let message = Message::parse(b"From: a@b\r\n\r\nHi\r\n> you said\r\n-- \r\nAnn\r\n");
/// assert_eq!(quote(&message), "> Hi\r\n>> you said\r\n");
/// ```
#[must_use]
pub fn quote(message: &Message<'_>) -> String {
    let mut quoted = paragraphs(message);
    if let Some(at) = quoted.iter().position(|it| it.depth == 0 && it.text == "-- ") {
        quoted.truncate(at);
    }
    let ends = quoted.iter().rposition(|it| !it.text.trim().is_empty()).map_or(0, |at| at + 1);
    quoted.truncate(ends);
    for paragraph in &mut quoted {
        paragraph.depth += 1;
    }
    flowed::write(&quoted, flowed::WIDTH, Space::Kept)
}

/// A message in the text of another, under its From, Date, Subject, To and Cc, as flowed text. To
/// forward it whole see [`Part::message`](build::Part::message).
#[must_use]
pub fn forward_inline(message: &Message<'_>) -> String {
    let line = |text: String| Paragraph { depth: 0, text, fixed: true };
    let mut all = alloc::vec![line("---------- Forwarded message ----------".into())];
    for name in ["From", "Date", "Subject", "To", "Cc"] {
        if let Some(value) = message.root().text_field(name) {
            let value = Text::lossy(value);
            all.push(line(alloc::format!("{name}: {}", value.as_str().trim())));
        }
    }
    all.push(line(String::new()));
    all.extend(paragraphs(message));
    flowed::write(&all, flowed::WIDTH, Space::Kept)
}

/// What the message says, as paragraphs with their depths.
fn paragraphs(message: &Message<'_>) -> Vec<Paragraph> {
    let mut all = Vec::new();
    for part in bodies::of(message).text {
        let content_type = part.content_type();
        let text = part.text();
        let is = |name: &str, value: &str| {
            content_type.parameter(name).is_some_and(|it| it.eq_ignore_ascii_case(value))
        };
        if content_type.is("text", "html") {
            fixed(&text::html::to_text(&text), &mut all);
        } else if is("format", "flowed") {
            let space = if is("delsp", "yes") { Space::Deleted } else { Space::Kept };
            all.extend(flowed::read(&text, space));
        } else if content_type.kind().eq_ignore_ascii_case("text") {
            fixed(&text, &mut all);
        }
    }
    all
}

/// Lines as they stand; `> > ` is a depth of two.
fn fixed(text: &str, all: &mut Vec<Paragraph>) {
    for line in text.lines() {
        let (mut depth, mut rest) = (0, line);
        // Every turn takes a sign.
        while let Some(after) = rest.strip_prefix('>') {
            depth += 1;
            rest = after;
            if let Some(more) = after.strip_prefix(' ').filter(|more| more.starts_with('>')) {
                rest = more;
            }
        }
        if depth > 0 {
            rest = rest.strip_prefix(' ').unwrap_or(rest);
        }
        all.push(Paragraph { depth, text: rest.into(), fixed: true });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(raw: &str, whom: Whom) -> (Vec<String>, Vec<String>) {
        let reply = Reply::to(&Message::parse(raw.as_bytes()), whom, &["Me@x"]);
        let list = |list: Vec<build::Mailbox<'_>>| {
            list.iter().map(|it| it.address().into()).collect::<Vec<String>>()
        };
        (list(reply.to), list(reply.cc))
    }

    #[test]
    fn answers_go_where_people_expect() {
        let list = "List-Post: <mailto:l@x?subject=y>\r\n";
        for (head, author, all, all_cc) in [
            ("From: a@x\r\nTo: me@x, b@x\r\nCc: c@x, B@x\r\n", "a@x", "a@x", "b@x c@x"),
            ("From: a@x\r\nReply-To: r@x, q@x\r\nTo: me@x\r\n", "r@x q@x", "r@x q@x", ""),
            (
                "From: a@x\r\nMail-Reply-To: m@x\r\nReply-To: r@x\r\nTo: b@x\r\n",
                "m@x",
                "m@x",
                "b@x",
            ),
            ("From: a@x\r\nMail-Followup-To: f@x, me@x\r\nTo: b@x\r\n", "a@x", "f@x", ""),
            ("From: me@x\r\nTo: b@x\r\nCc: c@x\r\n", "b@x", "b@x", "c@x"),
            ("From: a@x\r\nTo: G: b@x, c@x;, me@x\r\n", "a@x", "a@x", "b@x c@x"),
            ("Subject: nobody\r\n", "", "", ""),
        ] {
            let joined = |(to, cc): (Vec<String>, Vec<String>)| (to.join(" "), cc.join(" "));
            assert_eq!(joined(reply(head, Whom::Author)), (author.into(), String::new()), "{head}");
            assert_eq!(joined(reply(head, Whom::All)), (all.into(), all_cc.into()), "{head}");
            assert_eq!(reply(head, Whom::List), reply(head, Whom::All));
            let head = alloc::format!("{list}{head}");
            assert_eq!(reply(&head, Whom::List), (alloc::vec!["l@x".into()], Vec::new()));
        }
        let munged = alloc::format!("{list}From: a@x\r\nReply-To: L@x\r\nTo: l@x\r\n");
        assert_eq!(reply(&munged, Whom::Author).0, ["a@x"]);
        assert_eq!(reply(&munged, Whom::All).0, ["L@x"]);
        let no = "List-Post: NO\r\nFrom: a@x\r\n";
        assert_eq!(reply(no, Whom::List).0, ["a@x"]);
    }

    #[test]
    fn what_cannot_be_written_to_is_told() {
        let message = Message::parse(b"From: a..b@x, a@x\r\n");
        let reply = Reply::to(&message, Whom::Author, &[]);
        assert_eq!((reply.to.len(), reply.left_out), (1, alloc::vec!["a..b@x".into()]));
    }

    #[test]
    fn threads_keep_their_beginning_and_their_end() {
        let references: String = (0..40).map(|n| alloc::format!(" <{n}@x>\r\n")).collect();
        let raw = alloc::format!("References:{references}Message-ID: <m@x>\r\n\r\n");
        let reply = Reply::to(&Message::parse(raw.as_bytes()), Whom::All, &[]);
        let ids: Vec<_> = reply.references.iter().map(MessageId::as_str).collect();
        assert_eq!(ids.len(), Reply::MOST_REFERENCES);
        assert_eq!((ids[0], ids[1], ids[20]), ("0@x", "21@x", "m@x"));

        let reply = Reply::to(
            &Message::parse(b"In-Reply-To: <1@x>\r\nMessage-ID: <2@x>\r\n"),
            Whom::All,
            &[],
        );
        let ids: Vec<_> = reply.references.iter().map(MessageId::as_str).collect();
        assert_eq!(ids, ["1@x", "2@x"]);
        assert_eq!(reply.in_reply_to.unwrap().as_str(), "2@x");
    }

    #[test]
    fn subjects_have_one_prefix() {
        for (subject, re, fwd) in [
            ("", "Re: ", "Fwd: "),
            ("a", "Re: a", "Fwd: a"),
            ("re : RE(3):a", "Re: a", "Fwd: re : RE(3):a"),
            ("\u{56de}\u{590d}\u{ff1a}a", "Re: a", "Fwd: \u{56de}\u{590d}\u{ff1a}a"),
            ("Reading: a", "Re: Reading: a", "Fwd: Reading: a"),
            ("FW: WG: a", "Re: FW: WG: a", "Fwd: a"),
        ] {
            assert_eq!((&*reply_subject(subject), &*forward_subject(subject)), (re, fwd));
        }
    }

    #[test]
    fn quotes_are_one_level_deeper() {
        let flowed = "Content-Type: text/plain; format=flowed\r\n\r\none \r\ntwo\r\n> three\r\n";
        assert_eq!(quote(&Message::parse(flowed.as_bytes())), "> one two\r\n>> three\r\n");
        let fixed = b"From: a@b\r\nSubject: s\r\n\r\n> > old\r\n>no\r\nnew\r\n\r\n";
        assert_eq!(quote(&Message::parse(fixed)), ">>> old\r\n>> no\r\n> new\r\n");
        assert_eq!(
            forward_inline(&Message::parse(fixed)),
            "---------- Forwarded message ----------\r\nFrom: a@b\r\nSubject: s\r\n\r\n\
             >> old\r\n> no\r\nnew\r\n\r\n"
        );
    }
}
