//! Reports (RFC 6522): of delivery (RFC 3464), of what became of a message (RFC 8098), of abuse
//! (RFC 5965), written from the types that [`report`](crate::report) reads.
//!
//! The fields are US-ASCII: text that is not becomes encoded-words, and an address of the type
//! `utf-8` is written as RFC 6533 section 3 has it for readers that know no UTF-8.

use super::fold::{Fold, TOKEN};
use super::{Builder, Date, FieldName, Part};
use crate::header::DateTime;
use crate::report::{Action, Delivery, Disposition, Feedback, Recipient, Report, Status, Typed};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use mailwire_core::{Invalid, Text, keyword::Class};

/// What of the message goes back with a report about it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Returned<'a> {
    /// All of it, its lines ended by CRLF: what `RET=FULL` asks for, of what failed.
    Full(Cow<'a, [u8]>),
    /// Its header, found in what is given: what `RET=HDRS` asks for (RFC 3461 section 4.3), and
    /// what goes with every report that nothing failed.
    Header(Cow<'a, [u8]>),
    /// Nothing.
    Nothing,
}

impl<'a> Builder<'a> {
    /// Makes the message a `multipart/report`: `text` for people, `report` for programs, and the
    /// message that it is about.
    ///
    /// A report of delivery or disposition is marked `Auto-Submitted: auto-replied` (RFC 3834
    /// section 5), and must be sent with the empty reverse path.
    ///
    /// ```
    /// use mailwire_core::Text;
    /// use mailwire_message::build::{Builder, Date, Mailbox, Returned};
    /// use mailwire_message::report::{Action, Delivery, Recipient, Report, Status, Typed};
    /// use mailwire_message::Message;
    ///
    /// let mut bob = Recipient::default();
    /// bob.final_recipient = Some(Typed::new("rfc822", "bob@example.org"));
    /// bob.action = Some(Action::Failed);
    /// bob.status = Some(Status { class: 5, subject: 1, detail: 1 });
    /// bob.diagnostic_code = Some(Typed::new("smtp", "550 5.1.1 no such user"));
    /// let mut delivery = Delivery::default();
    /// delivery.reporting_mta = Some(Typed::new("dns", "mx.example.net"));
    /// delivery.recipients.push(bob);
    /// let report = Report::Delivery(delivery);
    ///
    /// let original = b"From: alice@example.net\r\nSubject: Hi\r\n\r\nHow are you?\r\n";
    /// let date = Date::from_unix(1_795_525_139, 0).ok_or("no such date")?;
    /// let message = Builder::new(Mailbox::new("mailer-daemon@mx.example.net")?, date)
    ///     .to(Mailbox::new("alice@example.net")?)
    ///     .subject(Text::new("Undelivered mail")?)
    ///     .report("There is no bob.\n", &report, Returned::Header(original.into()))?;
    ///
    /// let mut out = Vec::new();
    /// message.write_to(&mut out);
    /// assert_eq!(Report::of(&Message::parse(&out)), Some(report));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the report lacks what its RFC demands: of delivery, the reporting MTA, a recipient,
    /// and of each the final recipient, the action and a status of the action's class; of
    /// disposition, the final recipient, the modes and the kind; of abuse, the kind, the user
    /// agent and the version. When a value holds CR, LF or NUL, or a kind or a name is no token.
    pub fn report(
        self,
        text: impl Into<Cow<'a, str>>,
        report: &Report,
        returned: Returned<'a>,
    ) -> Result<Self, Invalid> {
        let (kind, part) = match report {
            Report::Delivery(delivery) => (
                "delivery-status",
                Part::fields("message/delivery-status", delivery_fields(delivery)?),
            ),
            Report::Disposition(mdn) => (
                "disposition-notification",
                Part::fields("message/disposition-notification", disposition_fields(mdn)?),
            ),
            Report::Feedback(arf) => {
                ("feedback-report", Part::fields("message/feedback-report", feedback_fields(arf)?))
            }
        };
        let mut parts = alloc::vec![Part::text(text), part];
        match returned {
            Returned::Full(raw) => parts.push(Part::message(raw)),
            Returned::Header(raw) => parts.push(Part::message_header(raw)),
            Returned::Nothing => {}
        }
        let content = Part::multipart("report", parts)?.with("report-type", kind)?;
        let message = self.content(content);
        match report {
            Report::Feedback(_) => Ok(message),
            _ => Ok(message.field(FieldName::new("Auto-Submitted")?, Text::new("auto-replied")?)),
        }
    }
}

fn delivery_fields(delivery: &Delivery) -> Result<Vec<u8>, Invalid> {
    let mut fields = Fields::default();
    let reporter = delivery.reporting_mta.as_ref();
    fields.text("Original-Envelope-Id", delivery.original_envelope_id.as_deref())?;
    fields.typed("Reporting-MTA", Some(reporter.ok_or(lacks("a Reporting-MTA"))?))?;
    fields.typed("DSN-Gateway", delivery.dsn_gateway.as_ref())?;
    fields.typed("Received-From-MTA", delivery.received_from_mta.as_ref())?;
    fields.date("Arrival-Date", delivery.arrival_date)?;
    fields.others(&delivery.others)?;
    if delivery.recipients.is_empty() {
        return Err(lacks("a recipient"));
    }
    for recipient in &delivery.recipients {
        fields.recipient(recipient)?;
    }
    Ok(fields.out)
}

fn disposition_fields(mdn: &Disposition) -> Result<Vec<u8>, Invalid> {
    let mut fields = Fields::default();
    let recipient = mdn.final_recipient.as_ref().ok_or(lacks("a Final-Recipient"))?;
    let sending = match mdn.sending_mode.as_str() {
        "mdn-sent-manually" => "MDN-sent-manually",
        "mdn-sent-automatically" => "MDN-sent-automatically",
        mode => mode,
    };
    let mut value = String::new();
    for (word, sign) in [(mdn.action_mode.as_str(), "/"), (sending, "; "), (&mdn.kind, "")] {
        value.push_str(token(word)?);
        value.push_str(sign);
    }
    for (n, modifier) in mdn.modifiers.iter().enumerate() {
        value.push_str(if n == 0 { "/" } else { "," });
        value.push_str(token(modifier)?);
    }
    fields.text("Reporting-UA", mdn.reporting_ua.as_deref())?;
    fields.typed("MDN-Gateway", mdn.mdn_gateway.as_ref())?;
    fields.typed("Original-Recipient", mdn.original_recipient.as_ref())?;
    fields.typed("Final-Recipient", Some(recipient))?;
    if let Some(id) = &mdn.original_message_id {
        let id = super::MessageId::new(id.as_str())?;
        super::content::write_id(&mut fields.out, "Original-Message-ID", &id);
    }
    fields.text("Disposition", Some(&value))?;
    fields.others(&mdn.others)?;
    Ok(fields.out)
}

fn feedback_fields(arf: &Feedback) -> Result<Vec<u8>, Invalid> {
    let mut fields = Fields::default();
    let path = |path: &String| alloc::format!("<{path}>");
    let mail_from = arf.original_mail_from.as_ref().map(path);
    let incidents = arf.incidents.map(|n| alloc::format!("{n}"));
    fields.text("Feedback-Type", Some(token(&arf.kind)?))?;
    let agent = arf.user_agent.as_deref().ok_or(lacks("a User-Agent"))?;
    fields.text("User-Agent", Some(agent))?;
    fields.text("Version", Some(arf.version.as_deref().ok_or(lacks("a Version"))?))?;
    fields.text("Original-Envelope-Id", arf.original_envelope_id.as_deref())?;
    fields.text("Original-Mail-From", mail_from.as_deref())?;
    for to in &arf.original_rcpt_to {
        fields.text("Original-Rcpt-To", Some(&path(to)))?;
    }
    fields.date("Arrival-Date", arf.arrival_date)?;
    fields.typed("Reporting-MTA", arf.reporting_mta.as_ref())?;
    fields.text("Source-IP", arf.source_ip.as_deref())?;
    fields.text("Incidents", incidents.as_deref())?;
    for (name, values) in [
        ("Authentication-Results", &arf.authentication_results),
        ("Reported-Domain", &arf.reported_domains),
        ("Reported-URI", &arf.reported_uris),
    ] {
        for value in values {
            fields.text(name, Some(value))?;
        }
    }
    fields.others(&arf.others)?;
    Ok(fields.out)
}

/// Fields on their way out.
#[derive(Debug, Default)]
struct Fields {
    out: Vec<u8>,
}

impl Fields {
    fn recipient(&mut self, recipient: &Recipient) -> Result<(), Invalid> {
        let to = recipient.final_recipient.as_ref().ok_or(lacks("a Final-Recipient"))?;
        let action = recipient.action.ok_or(lacks("an Action"))?;
        let status = recipient.status.ok_or(lacks("a Status"))?;
        // RFC 3464 section 2.3.4: the class says the same as the action.
        let class = match action {
            Action::Failed => 5,
            Action::Delayed => 4,
            Action::Delivered | Action::Relayed | Action::Expanded => 2,
        };
        // What was tried too long fails with the status that it last had (RFC 3463 section 3).
        let agrees = status.class == class || action == Action::Failed && status.class == 4;
        let code = alloc::format!("{status}");
        if !agrees || Status::parse(&code) != Some(status) {
            return Err(Invalid { what: "a status for this action", at: 0 });
        }
        self.out.extend_from_slice(b"\r\n");
        self.typed("Original-Recipient", recipient.original_recipient.as_ref())?;
        self.typed("Final-Recipient", Some(to))?;
        self.text("Action", Some(action.name()))?;
        self.text("Status", Some(&code))?;
        self.typed("Remote-MTA", recipient.remote_mta.as_ref())?;
        self.typed("Diagnostic-Code", recipient.diagnostic_code.as_ref())?;
        self.date("Last-Attempt-Date", recipient.last_attempt_date)?;
        self.text("Final-Log-ID", recipient.final_log_id.as_deref())?;
        self.date("Will-Retry-Until", recipient.will_retry_until)?;
        self.others(&recipient.others)
    }

    fn text(&mut self, name: &str, value: Option<&str>) -> Result<(), Invalid> {
        if let Some(value) = value {
            let value = Text::new(value)?;
            let mut field = Fold::new(&mut self.out, name);
            field.unstructured(value.as_str());
            field.end();
        }
        Ok(())
    }

    fn typed(&mut self, name: &str, value: Option<&Typed>) -> Result<(), Invalid> {
        let Some(Typed { kind, value }) = value else { return Ok(()) };
        let value = match kind.as_str() {
            "utf-8" => Cow::Owned(escaped(value)),
            _ => Cow::Borrowed(value.as_str()),
        };
        self.text(name, Some(&alloc::format!("{}; {value}", token(kind)?)))
    }

    fn date(&mut self, name: &str, value: Option<DateTime>) -> Result<(), Invalid> {
        let Some(value) = value else { return Ok(()) };
        let date = Date::from_unix(value.unix(), value.zone.unwrap_or(0));
        let mut text = String::new();
        // Nothing that is written to a string fails.
        let _ = write!(text, "{}", date.ok_or(Invalid { what: "a date", at: 0 })?);
        self.text(name, Some(&text))
    }

    fn others(&mut self, others: &[(String, String)]) -> Result<(), Invalid> {
        for (name, value) in others {
            self.text(FieldName::new(name.as_str())?.as_str(), Some(value))?;
        }
        Ok(())
    }
}

fn lacks(what: &'static str) -> Invalid {
    Invalid { what, at: 0 }
}

fn token(word: &str) -> Result<&str, Invalid> {
    match TOKEN.prefix(word.as_bytes()) {
        0 => Err(Invalid { what: "a token", at: 0 }),
        n if n < word.len() => Err(Invalid { what: "a token", at: n }),
        _ => Ok(word),
    }
}

/// ```abnf
/// utf-8-addr-xtext = 1*(QCHAR / EmbeddedUnicodeChar)
/// QCHAR            = %x21-2a / %x2c-3c / %x3e-5b / %x5d-7e
/// EmbeddedUnicodeChar = %x5C.78 "{" HEXPOINT "}"
/// ```
fn escaped(address: &str) -> String {
    const QCHAR: Class = Class::graphic().without(b"+=\\");
    let mut out = String::new();
    for c in address.chars() {
        if c.is_ascii() && u8::try_from(c).is_ok_and(|b| QCHAR.holds(b)) {
            out.push(c);
        } else {
            // Nothing that is written to a string fails.
            let _ = write!(out, "\\x{{{:X}}}", u32::from(c));
        }
    }
    out
}
