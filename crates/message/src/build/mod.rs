//! Writes messages: typed values in, CRLF-ended lines of seven bits out.
//!
//! Whatever is given, no line is longer than 998 octets, no CR or LF stands alone, no value ends
//! the field that it stands in, and no boundary occurs where there is none: boundaries begin with
//! `=_`, which quoted-printable and base64 cannot hold, and a body that has it is encoded.

mod address;
mod base64;
mod body;
mod carry;
mod content;
mod date;
mod field;
mod fold;
mod id;
mod part;
mod quoted_printable;
mod report;
mod stream;

pub use address::{Address, Mailbox};
pub use carry::{Carries, Unpreparable};
pub use content::{Attachment, ContentType};
pub use date::Date;
pub use field::FieldName;
pub use id::MessageId;
pub use part::Part;
pub use report::Returned;
pub use stream::{Streamed, Writer};

use address::write_list;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use body::{BOUNDARY_START, Count, Encoding, LastLine};
use carry::{Form, together};
use content::{text_encoding, write_id, write_text};
use fold::{Fold, hex};
use mailwire_core::{Invalid, Sink, Text};
use part::Boundaries;

/// A message to be written: text, HTML, files, and who it is from and for.
///
/// The same values write the same octets: dates, ids and what makes boundaries differ are given.
///
/// ```
/// use mailwire_message::build::{Builder, Date, Mailbox, MessageId};
/// use mailwire_core::Text;
///
/// let date = Date::from_unix(1_795_525_139, 0).ok_or("no such date")?;
/// let message = Builder::new(Mailbox::new("alice@example.org")?.named("Alice")?, date)
///     .to(Mailbox::new("bob@example.org")?)
///     .subject(Text::new("Grüße")?)
///     .message_id(MessageId::of("1", "example.org")?)
///     .text("Do you like ketchup?\n");
///
/// let mut out = Vec::new();
/// message.write_to(&mut out);
/// assert!(out.starts_with(b"Date: Tue, 24 Nov 2026 12:58:59 +0000\r\nFrom: Alice <alice@"));
/// assert!(out.ends_with(b"\r\n\r\nDo you like ketchup?\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder<'a> {
    date: Date,
    from: Vec<Address<'a>>,
    sender: Option<Mailbox<'a>>,
    reply_to: Vec<Address<'a>>,
    to: Vec<Address<'a>>,
    cc: Vec<Address<'a>>,
    bcc: Vec<Address<'a>>,
    keep_bcc: bool,
    message_id: Option<MessageId<'a>>,
    in_reply_to: Vec<MessageId<'a>>,
    references: Vec<MessageId<'a>>,
    subject: Option<Text<'a>>,
    fields: Vec<(FieldName<'a>, Text<'a>)>,
    text: Option<Cow<'a, str>>,
    html: Option<Cow<'a, str>>,
    content: Option<Part<'a>>,
    attachments: Vec<Attachment<'a>>,
    seed: Option<Cow<'a, str>>,
    form: Form,
}

impl<'a> Builder<'a> {
    /// A message by `from`, written at `date`: all that RFC 5322 section 3.6 demands.
    pub fn new(from: Mailbox<'a>, date: Date) -> Self {
        Self {
            date,
            from: alloc::vec![from.into()],
            sender: None,
            reply_to: Vec::new(),
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            keep_bcc: false,
            message_id: None,
            in_reply_to: Vec::new(),
            references: Vec::new(),
            subject: None,
            fields: Vec::new(),
            text: None,
            html: None,
            content: None,
            attachments: Vec::new(),
            seed: None,
            form: Form::SEVEN_BIT,
        }
    }

    /// Adds an author. With more than one, the first is the sender unless another
    /// [`sender`](Self::sender) is given (RFC 5322 section 3.6.2).
    pub fn from(mut self, author: Mailbox<'a>) -> Self {
        self.from.push(author.into());
        self
    }

    /// Says who sends the message for its authors.
    pub fn sender(mut self, sender: Mailbox<'a>) -> Self {
        self.sender = Some(sender);
        self
    }

    /// Adds an address that replies go to.
    pub fn reply_to(mut self, address: impl Into<Address<'a>>) -> Self {
        self.reply_to.push(address.into());
        self
    }

    /// Adds a recipient.
    pub fn to(mut self, address: impl Into<Address<'a>>) -> Self {
        self.to.push(address.into());
        self
    }

    /// Adds a recipient of a copy.
    pub fn cc(mut self, address: impl Into<Address<'a>>) -> Self {
        self.cc.push(address.into());
        self
    }

    /// Adds a recipient of whom the others do not learn: one of
    /// [`recipients`](Self::recipients) that is not written.
    pub fn bcc(mut self, address: impl Into<Address<'a>>) -> Self {
        self.bcc.push(address.into());
        self
    }

    /// Writes the `Bcc` field too: for the copy that the author keeps, never for what is sent.
    pub fn keep_bcc(mut self) -> Self {
        self.keep_bcc = true;
        self
    }

    /// Gives the message its name. Without one a submission server makes it up (RFC 6409).
    pub fn message_id(mut self, id: MessageId<'a>) -> Self {
        self.message_id = Some(id);
        self
    }

    /// Adds a message that this one answers.
    pub fn in_reply_to(mut self, id: MessageId<'a>) -> Self {
        self.in_reply_to.push(id);
        self
    }

    /// Adds a message of the thread that this one belongs to, the oldest first.
    pub fn references(mut self, id: MessageId<'a>) -> Self {
        self.references.push(id);
        self
    }

    /// Says what it is about.
    pub fn subject(mut self, subject: Text<'a>) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Adds any other field, in the order given. What is not US-ASCII becomes encoded-words
    /// (RFC 2047), which fields with a syntax of their own do not allow.
    pub fn field(mut self, name: FieldName<'a>, value: Text<'a>) -> Self {
        self.fields.push((name, value));
        self
    }

    /// Says it as plain text, its lines ended by LF, CRLF or CR: each is written as CRLF, which
    /// is added behind a last line that has none.
    pub fn text(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Says it as HTML; with [`text`](Self::text), as the better of two alternatives. Line ends
    /// are treated as there.
    pub fn html(mut self, html: impl Into<Cow<'a, str>>) -> Self {
        self.html = Some(html.into());
        self
    }

    /// Says it as this part, in the place of [`text`](Self::text) and [`html`](Self::html).
    pub fn content(mut self, part: Part<'a>) -> Self {
        self.content = Some(part);
        self
    }

    /// Adds a file, in the order given.
    pub fn attach(mut self, attachment: Attachment<'a>) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// Makes the boundaries of this message differ from those of others that may be put inside
    /// it or around it. Without it the [`message_id`](Self::message_id) does.
    pub fn seed(mut self, seed: impl Into<Cow<'a, str>>) -> Self {
        self.seed = Some(seed.into());
        self
    }

    /// Lets bodies be written as octets above 127: for a server that offers 8BITMIME (RFC 6152).
    pub fn eight_bit(mut self) -> Self {
        self.form.carries = Carries::EightBit;
        self
    }

    /// Writes the message for a server: in the octets that it carries, and where it takes `utf8`
    /// (SMTPUTF8, RFC 6531) with names, subjects and file names as they are. The shortest encodings
    /// that are right there are chosen; asked for another server, others are.
    ///
    /// ```
    /// use mailwire_message::build::{Builder, Carries, Date, Mailbox, Unpreparable};
    ///
    /// let date = Date::from_unix(0, 0).ok_or("no such date")?;
    /// let message = Builder::new(Mailbox::new("alice@example.org")?, date)
    ///     .to(Mailbox::new("jürgen@example.org")?)
    ///     .text("Grüße\n");
    /// let old = message.clone().prepare(Carries::SevenBit, false);
    /// assert_eq!(old.err(), Some(Unpreparable::Address("jürgen@example.org".into())));
    ///
    /// let mut out = Vec::new();
    /// message.prepare(Carries::EightBit, true)?.write_to(&mut out);
    /// assert!(out.ends_with("8bit\r\n\r\nGrüße\r\n".as_bytes()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When an address is not US-ASCII and `utf8` is not offered; when a part that must stay as it
    /// is has octets that are not carried.
    pub fn prepare(mut self, carries: Carries, utf8: bool) -> Result<Self, Unpreparable> {
        let far = if utf8 { None } else { self.utf8_address() };
        if let Some(address) = far {
            return Err(Unpreparable::Address(address.address().into()));
        }
        let fixed = self.content.as_ref().is_some_and(Part::needs_eight_bit);
        if carries == Carries::SevenBit && fixed {
            return Err(Unpreparable::Part);
        }
        self.form = Form { carries, utf8 };
        Ok(self)
    }

    /// An address that is not US-ASCII, if there is one: the message needs SMTPUTF8 then, and is
    /// written with it as it is.
    #[must_use]
    pub fn utf8_address(&self) -> Option<&Mailbox<'a>> {
        let named = [&self.from, &self.reply_to].into_iter().flatten();
        let named = named.flat_map(Address::mailboxes).chain(&self.sender);
        named.chain(self.recipients()).find(|mailbox| mailbox.is_utf8())
    }

    /// Whom the message is for: the mailboxes of To, Cc and Bcc, groups opened.
    pub fn recipients(&self) -> impl Iterator<Item = &Mailbox<'a>> {
        [&self.to, &self.cc, &self.bcc].into_iter().flatten().flat_map(Address::mailboxes)
    }

    /// How many octets [`write_to`](Self::write_to) writes; costs as much as writing them.
    #[must_use]
    pub fn size(&self) -> u64 {
        let mut count = Count::default();
        self.write_to(&mut count);
        count.0
    }

    /// Writes the message, piece by piece: nothing of a body is held but a few lines.
    pub fn write_to(&self, out: &mut (impl Sink + ?Sized)) {
        self.write_with(&[], &mut |_: &mut _| {}, out);
    }

    /// A machine that writes the message with `files` behind all else that is attached, their
    /// octets given to it as they come. See [`Writer`].
    #[must_use]
    pub fn stream(&self, files: &[Streamed<'_>]) -> Writer {
        Writer::new(self, files)
    }

    /// Writes the message; `body` writes the body of each of the `streamed`.
    fn write_with<S: Sink + ?Sized>(
        &self,
        streamed: &[Streamed<'_>],
        body: &mut impl FnMut(&mut S),
        out: &mut S,
    ) {
        self.write_fields(out);
        let stem = self.content.as_ref().map(|part| part::stem(self.boundary_seed(), part));
        let mut boundaries = Boundaries::new(stem.as_deref().unwrap_or_default());
        let files = || self.attachments.iter().filter(|file| !self.is_related(file));
        let end = if files().next().is_none() && streamed.is_empty() {
            self.write_said(&mut boundaries, out)
        } else {
            let boundary = match stem {
                Some(_) => boundaries.next(),
                None => self.boundary(b'm'),
            };
            let mut mixed = self.begin("mixed", boundary, self.encoding(), out);
            mixed.next(out);
            self.write_said(&mut boundaries, out);
            for file in files() {
                mixed.next(out);
                file.write(self.form, out);
            }
            for file in streamed {
                mixed.next(out);
                file.write_head(self.form, out);
                body(out);
            }
            mixed.end(out)
        };
        if end == LastLine::Open {
            out.put(b"\r\n");
        }
    }

    /// Writes all but the files.
    fn write_said(
        &self,
        boundaries: &mut Boundaries<'_>,
        out: &mut (impl Sink + ?Sized),
    ) -> LastLine {
        match &self.content {
            Some(part) => part.write(boundaries, self.form, out),
            None => self.write_content(out),
        }
    }

    fn write_fields(&self, out: &mut (impl Sink + ?Sized)) {
        out.put(b"Date: ");
        self.date.write(out);
        out.put(b"\r\n");
        write_list(out, "From", &self.from, self.form);
        let author = match self.from.as_slice() {
            [Address::Mailbox(first), _, ..] => Some(first),
            _ => None,
        };
        if let Some(sender) = self.sender.as_ref().or(author) {
            let mut field = Fold::new(out, "Sender").utf8(self.form);
            sender.write(&mut field);
            field.end();
        }
        write_list(out, "Reply-To", &self.reply_to, self.form);
        write_list(out, "To", &self.to, self.form);
        write_list(out, "Cc", &self.cc, self.form);
        if self.keep_bcc {
            write_list(out, "Bcc", &self.bcc, self.form);
        }
        if let Some(id) = &self.message_id {
            write_id(out, "Message-ID", id);
        }
        write_ids(out, "In-Reply-To", &self.in_reply_to);
        write_ids(out, "References", &self.references);
        if let Some(subject) = &self.subject {
            write_unstructured(out, "Subject", subject, self.form);
        }
        for (name, value) in &self.fields {
            write_unstructured(out, name.as_str(), value, self.form);
        }
        out.put(b"MIME-Version: 1.0\r\n");
    }

    fn begin(
        &self,
        subtype: &str,
        boundary: String,
        encoding: Encoding,
        out: &mut (impl Sink + ?Sized),
    ) -> Multipart {
        Multipart::begin(subtype, &[], boundary, encoding, self.form, out)
    }

    /// What all parts need together.
    fn encoding(&self) -> Encoding {
        if !self.form.eight_bit() {
            return Encoding::SevenBit;
        }
        let content = match &self.content {
            Some(part) => part.encoding(self.form),
            None => self.said(),
        };
        together(self.attachments.iter().map(|file| file.encoding(self.form)).chain([content]))
    }

    /// What the text, the HTML and the files that it shows need together.
    fn said(&self) -> Encoding {
        if !self.form.eight_bit() {
            return Encoding::SevenBit;
        }
        let text = self.text.as_deref().map(|text| text_encoding(text, self.form));
        together(text.into_iter().chain([self.shown()]))
    }

    /// What the HTML and the files that it shows need together.
    fn shown(&self) -> Encoding {
        if !self.form.eight_bit() {
            return Encoding::SevenBit;
        }
        let html = self.html.as_deref().map(|html| text_encoding(html, self.form));
        let files = self.attachments.iter().filter(|file| self.is_related(file));
        together(files.map(|file| file.encoding(self.form)).chain(html))
    }

    /// Writes what the message says: its text, its HTML, or both.
    fn write_content(&self, out: &mut (impl Sink + ?Sized)) -> LastLine {
        match (&self.text, &self.html) {
            (Some(text), Some(_)) => {
                let mut both = self.begin("alternative", self.boundary(b'a'), self.said(), out);
                both.next(out);
                write_text("plain", text, self.form, out);
                both.next(out);
                self.write_html(out);
                both.end(out)
            }
            (None, Some(_)) => self.write_html(out),
            (text, None) => {
                write_text("plain", text.as_deref().unwrap_or_default(), self.form, out)
            }
        }
    }

    /// Writes the HTML, with the files that it shows.
    fn write_html(&self, out: &mut (impl Sink + ?Sized)) -> LastLine {
        let html = self.html.as_deref().unwrap_or_default();
        let shown = || self.attachments.iter().filter(|file| self.is_related(file));
        if shown().next().is_none() {
            return write_text("html", html, self.form, out);
        }
        let mut related = self.begin("related", self.boundary(b'r'), self.shown(), out);
        related.next(out);
        write_text("html", html, self.form, out);
        for file in shown() {
            related.next(out);
            file.write(self.form, out);
        }
        related.end(out)
    }

    fn is_related(&self, file: &Attachment<'_>) -> bool {
        file.is_inline() && self.html.is_some() && self.content.is_none()
    }

    fn boundary_seed(&self) -> &str {
        match (&self.seed, &self.message_id) {
            (Some(seed), _) => seed,
            (None, Some(id)) => id.as_str(),
            (None, None) => "",
        }
    }

    /// No boundary begins with another: the letter stands at the same place in each.
    fn boundary(&self, level: u8) -> String {
        let seed = self.boundary_seed();
        let mut boundary = String::from(BOUNDARY_START);
        boundary.push(char::from(level));
        for b in fnv1a(seed.as_bytes()).to_be_bytes() {
            boundary.extend([char::from(hex(b >> 4)), char::from(hex(b))]);
        }
        boundary
    }
}

/// A body of parts on its way out (RFC 2046 section 5.1).
#[derive(Debug)]
struct Multipart {
    boundary: String,
    first: bool,
}

impl Multipart {
    fn begin(
        subtype: &str,
        parameters: &[(Cow<'_, str>, Text<'_>)],
        boundary: String,
        encoding: Encoding,
        form: Form,
        out: &mut (impl Sink + ?Sized),
    ) -> Self {
        let mut field = Fold::new(out, "Content-Type").utf8(form);
        field.word(&[b"multipart/", subtype.as_bytes()]);
        for (name, value) in parameters {
            field.parameter(name, value.as_str());
        }
        field.parameter("boundary", &boundary);
        field.end();
        if encoding != Encoding::SevenBit {
            out.put(encoding.field());
        }
        out.put(b"\r\n");
        Self { boundary, first: true }
    }

    /// Begins the next part. The line end before the boundary belongs to it (RFC 2046 section
    /// 5.1.1), so bodies come back without one added.
    fn next(&mut self, out: &mut (impl Sink + ?Sized)) {
        if !core::mem::take(&mut self.first) {
            out.put(b"\r\n");
        }
        self.line(b"\r\n", out);
    }

    fn end(self, out: &mut (impl Sink + ?Sized)) -> LastLine {
        out.put(b"\r\n");
        self.line(b"--", out);
        LastLine::Open
    }

    fn line(&self, end: &[u8], out: &mut (impl Sink + ?Sized)) {
        for piece in [&b"--"[..], self.boundary.as_bytes(), end] {
            out.put(piece);
        }
    }
}

fn write_ids(out: &mut (impl Sink + ?Sized), name: &str, ids: &[MessageId<'_>]) {
    if ids.is_empty() {
        return;
    }
    let mut field = Fold::new(out, name);
    for id in ids {
        field.word(&[b"<", id.as_str().as_bytes(), b">"]);
    }
    field.end();
}

fn write_unstructured(out: &mut (impl Sink + ?Sized), name: &str, text: &Text<'_>, form: Form) {
    let mut field = Fold::new(out, name).utf8(form);
    field.unstructured(text.as_str());
    field.end();
}

/// A field of any name, folded and ended.
pub(crate) fn field_lines(name: &str, text: &Text<'_>) -> Result<Vec<u8>, Invalid> {
    field::check(name)?;
    let mut out = Vec::new();
    write_unstructured(&mut out, name, text, Form::SEVEN_BIT);
    Ok(out)
}

/// A hash (FNV-1a) of what is hoped to be unique. Nothing but tidiness depends on it.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &b| {
        (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    })
}
