//! Reports: of delivery (RFC 3464, RFC 6533), of what became of a message (RFC 8098), and of abuse
//! (RFC 5965), read as types.
//!
//! Fields that a report should have and has not are empty: real reports lack any of them.

use crate::header::{DateTime, Field, text};
use crate::{Message, PartRef};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A report.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Report {
    /// Whether a message was delivered, and to whom.
    Delivery(Delivery),
    /// What a recipient did with a message.
    Disposition(Disposition),
    /// A complaint.
    Feedback(Feedback),
}

impl Report {
    /// The report that a message carries: its first part that is one, in its own structure.
    ///
    /// ```
    /// use mailwire_message::{Message, report::{Action, Report}};
    ///
    /// let message = Message::parse(b"Content-Type: message/delivery-status\r\n\r\n\
    ///     Reporting-MTA: dns; mx.example.org\r\n\r\n\
    ///     Final-Recipient: rfc822; a@b\r\nAction: failed\r\nStatus: 5.1.1\r\n");
    /// let Some(Report::Delivery(delivery)) = Report::of(&message) else { panic!() };
    /// assert_eq!(delivery.recipients[0].action, Some(Action::Failed));
    /// assert_eq!(delivery.recipients[0].final_recipient.as_ref().unwrap().value, "a@b");
    /// ```
    #[must_use]
    pub fn of(message: &Message<'_>) -> Option<Self> {
        message.parts().find_map(Self::of_part)
    }

    /// The report that a part is.
    #[must_use]
    pub fn of_part(part: PartRef<'_, '_>) -> Option<Self> {
        let content_type = part.content_type();
        if !content_type.kind().eq_ignore_ascii_case("message") {
            return None;
        }
        let is = |subtype: &str| content_type.subtype().eq_ignore_ascii_case(subtype);
        let body = part.body();
        if is("delivery-status") || is("global-delivery-status") {
            Some(Self::Delivery(Delivery::parse(&body)))
        } else if is("disposition-notification") || is("global-disposition-notification") {
            Some(Self::Disposition(Disposition::parse(&body)))
        } else if is("feedback-report") {
            Some(Self::Feedback(Feedback::parse(&body)))
        } else {
            None
        }
    }
}

/// A value with what kind of value it is: `rfc822; a@b`, `dns; mx.example.org`,
/// `smtp; 550 no such user`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Typed {
    /// The kind, small letters; empty when the field has none.
    pub kind: String,
    /// The value.
    pub value: String,
}

impl Typed {
    /// A value of a kind.
    #[must_use]
    pub fn new(kind: impl Into<String>, value: impl Into<String>) -> Self {
        Self { kind: kind.into(), value: value.into() }
    }

    fn parse(value: &str) -> Self {
        let (kind, value) = value.split_once(';').unwrap_or(("", value));
        let kind = kind.trim_ascii();
        // What has more than a word in front of the semicolon has no kind.
        let is_kind = !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_graphic() && b != b'@');
        let value = value.trim_ascii();
        if !is_kind && !kind.is_empty() {
            return Self { kind: String::new(), value: alloc::format!("{kind}; {value}") };
        }
        let kind = kind.to_ascii_lowercase();
        let value = if kind == "utf-8" { unescaped(value) } else { value.into() };
        Self { kind, value }
    }

    /// An address, without the angle brackets that many write around it.
    fn address(value: &str) -> Self {
        let mut address = Self::parse(value);
        let bare = address.value.strip_prefix('<').and_then(|bare| bare.strip_suffix('>'));
        if let Some(bare) = bare.map(String::from) {
            address.value = bare;
        }
        address
    }
}

/// `\x{1F600}` as the character (RFC 6533 section 3).
fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    // Every turn consumes an escape, or what looked like one.
    while let Some((before, after)) = rest.split_once("\\x{") {
        out.push_str(before);
        let digits = after.get(..after.find('}').unwrap_or(0)).unwrap_or_default();
        match u32::from_str_radix(digits, 16).ok().and_then(char::from_u32) {
            Some(c) if digits.len() <= 6 => {
                out.push(c);
                rest = after.get(digits.len() + 1..).unwrap_or_default();
            }
            _ => {
                out.push_str("\\x{");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// An enhanced status code (RFC 3463).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "crate::serial::StatusFields"))]
pub struct Status {
    /// 2 success, 4 not yet, 5 never.
    pub class: u16,
    /// What it is about.
    pub subject: u16,
    /// What exactly.
    pub detail: u16,
}

impl Status {
    /// Parses the first code in a value; a comment may follow.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let word =
            value.split(|c: char| !c.is_ascii_digit() && c != '.').find(|w| !w.is_empty())?;
        let mut numbers = word.split('.').map(|n| n.parse::<u16>().ok().filter(|n| *n < 1000));
        let status =
            Self { class: numbers.next()??, subject: numbers.next()??, detail: numbers.next()?? };
        (matches!(status.class, 2 | 4 | 5) && numbers.next().is_none()).then_some(status)
    }
}

/// What was done for a recipient (RFC 3464 section 2.3.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Action {
    /// Not delivered, and will not be.
    Failed,
    /// Not delivered yet.
    Delayed,
    /// Delivered.
    Delivered,
    /// Given to what sends no reports.
    Relayed,
    /// Delivered, and forwarded to others.
    Expanded,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

impl Action {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Relayed => "relayed",
            Self::Expanded => "expanded",
        }
    }

    fn parse(value: &str) -> Option<Self> {
        let word = value.split(|c: char| !c.is_ascii_alphabetic()).next()?;
        let is = |name: &str| word.eq_ignore_ascii_case(name);
        Some(match () {
            () if is("failed") || is("failure") => Self::Failed,
            () if is("delayed") => Self::Delayed,
            () if is("delivered") => Self::Delivered,
            () if is("relayed") => Self::Relayed,
            () if is("expanded") => Self::Expanded,
            () => return None,
        })
    }
}

/// A report of delivery.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct Delivery {
    /// What the sender called the message.
    pub original_envelope_id: Option<String>,
    /// Who reports.
    pub reporting_mta: Option<Typed>,
    /// The gateway that made the report from a foreign one.
    pub dsn_gateway: Option<Typed>,
    /// From whom the reporter had the message.
    pub received_from_mta: Option<Typed>,
    /// When the reporter had it.
    pub arrival_date: Option<DateTime>,
    /// What became of it for whom.
    pub recipients: Vec<Recipient>,
    /// Fields that are not known: names and values.
    pub others: Vec<(String, String)>,
}

/// What became of a message for one recipient.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct Recipient {
    /// Whom the sender named.
    pub original_recipient: Option<Typed>,
    /// For whom it is in the end.
    pub final_recipient: Option<Typed>,
    /// What was done.
    pub action: Option<Action>,
    /// How it went.
    pub status: Option<Status>,
    /// Who said so.
    pub remote_mta: Option<Typed>,
    /// What it said.
    pub diagnostic_code: Option<Typed>,
    /// When it was last tried.
    pub last_attempt_date: Option<DateTime>,
    /// What it is called in the log of the reporter.
    pub final_log_id: Option<String>,
    /// Until when it is tried.
    pub will_retry_until: Option<DateTime>,
    /// Fields that are not known: names and values.
    pub others: Vec<(String, String)>,
}

impl Recipient {
    /// The enhanced code that says most: the status, unless it is one of the general `x.0.0` and
    /// what the other side said has one that is not.
    #[must_use]
    pub fn best_status(&self) -> Option<Status> {
        let general = |status: &Status| status.subject == 0 && status.detail == 0;
        let said = self.diagnostic_code.as_ref().and_then(|code| {
            code.value.split_ascii_whitespace().take(20).find_map(|word| {
                let word = word.trim_start_matches(['#', '(', '[', '<']);
                Status::parse(word).filter(|_| word.starts_with(['2', '4', '5']))
            })
        });
        match (self.status, said) {
            (Some(status), Some(said)) if general(&status) && !general(&said) => Some(said),
            (Some(status), _) => Some(status),
            (None, said) => said,
        }
    }
}

impl Delivery {
    /// Parses the body of a `message/delivery-status`.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        let mut delivery = Self::default();
        let mut of_message = true;
        for group in Groups(body) {
            let fields: Vec<_> = fields(group).collect();
            // Some leave out the empty line behind the fields of the message, or the fields.
            let first = fields.iter().position(|(name, _)| is_of_recipient(name));
            let own = if of_message { first.unwrap_or(fields.len()) } else { 0 };
            for (name, value) in fields.get(..own).unwrap_or_default() {
                delivery.take(name, value);
            }
            let rest = fields.get(own..).unwrap_or_default();
            if !rest.is_empty() {
                let mut recipient = Recipient::default();
                for (name, value) in rest {
                    recipient.take(name, value);
                }
                delivery.recipients.push(recipient);
            }
            of_message = of_message && fields.is_empty();
        }
        delivery
    }

    fn take(&mut self, name: &str, value: &str) {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match () {
            () if is("Original-Envelope-Id") => {
                first(&mut self.original_envelope_id, || Some(value.into()))
            }
            () if is("Reporting-MTA") => {
                first(&mut self.reporting_mta, || Some(Typed::parse(value)))
            }
            () if is("DSN-Gateway") => first(&mut self.dsn_gateway, || Some(Typed::parse(value))),
            () if is("Received-From-MTA") => {
                first(&mut self.received_from_mta, || Some(Typed::parse(value)));
            }
            () if is("Arrival-Date") => {
                first(&mut self.arrival_date, || DateTime::parse(value.as_bytes()))
            }
            () => self.others.push((name.into(), value.into())),
        }
    }
}

fn is_of_recipient(name: &str) -> bool {
    [
        "Original-Recipient",
        "Final-Recipient",
        "Action",
        "Status",
        "Remote-MTA",
        "Diagnostic-Code",
        "Last-Attempt-Date",
        "Will-Retry-Until",
        "Final-Log-ID",
    ]
    .into_iter()
    .any(|known| name.eq_ignore_ascii_case(known))
}

impl Recipient {
    fn take(&mut self, name: &str, value: &str) {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        let date = || DateTime::parse(value.as_bytes());
        match () {
            () if is("Original-Recipient") => {
                first(&mut self.original_recipient, || Some(Typed::address(value)));
            }
            () if is("Final-Recipient") => {
                first(&mut self.final_recipient, || Some(Typed::address(value)));
            }
            () if is("Action") => first(&mut self.action, || Action::parse(value)),
            () if is("Status") => first(&mut self.status, || Status::parse(value)),
            () if is("Remote-MTA") => first(&mut self.remote_mta, || Some(Typed::parse(value))),
            () if is("Diagnostic-Code") => {
                first(&mut self.diagnostic_code, || Some(Typed::parse(value)));
            }
            () if is("Last-Attempt-Date") => first(&mut self.last_attempt_date, date),
            () if is("Final-Log-ID") => first(&mut self.final_log_id, || Some(value.into())),
            () if is("Will-Retry-Until") => first(&mut self.will_retry_until, date),
            () => self.others.push((name.into(), value.into())),
        }
    }
}

/// The first field of a name counts.
fn first<T>(place: &mut Option<T>, value: impl FnOnce() -> Option<T>) {
    if place.is_none() {
        *place = value();
    }
}

/// What a recipient did with a message (RFC 8098).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct Disposition {
    /// The program that reports.
    pub reporting_ua: Option<String>,
    /// The gateway that made the report from a foreign one.
    pub mdn_gateway: Option<Typed>,
    /// Whom the sender named.
    pub original_recipient: Option<Typed>,
    /// Who reports.
    pub final_recipient: Option<Typed>,
    /// Which message.
    pub original_message_id: Option<String>,
    /// Whether a person did it: `manual-action`, small letters.
    pub action_mode: String,
    /// Whether a person sent the report: `mdn-sent-manually`, small letters.
    pub sending_mode: String,
    /// What was done: `displayed`, small letters.
    pub kind: String,
    /// More about it: `error`, small letters.
    pub modifiers: Vec<String>,
    /// The fields Error, Failure and Warning, and those that are not known.
    pub others: Vec<(String, String)>,
}

impl Disposition {
    /// Parses the body of a `message/disposition-notification`.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        let mut mdn = Self::default();
        for (name, value) in Groups(body).flat_map(fields) {
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            match () {
                () if is("Reporting-UA") => first(&mut mdn.reporting_ua, || Some(value)),
                () if is("MDN-Gateway") => {
                    first(&mut mdn.mdn_gateway, || Some(Typed::parse(&value)))
                }
                () if is("Original-Recipient") => {
                    first(&mut mdn.original_recipient, || Some(Typed::address(&value)));
                }
                () if is("Final-Recipient") => {
                    first(&mut mdn.final_recipient, || Some(Typed::address(&value)));
                }
                () if is("Original-Message-ID") => {
                    first(&mut mdn.original_message_id, || {
                        crate::header::message_ids(value.as_bytes())
                            .into_iter()
                            .next()
                            .or(Some(value))
                    });
                }
                () if is("Disposition") && mdn.kind.is_empty() => mdn.disposition(&value),
                () => mdn.others.push((name, value)),
            }
        }
        mdn
    }

    /// ```abnf
    /// disposition-mode = action-mode OWS "/" OWS sending-mode
    /// disposition = disposition-mode OWS ";" OWS disposition-type [ OWS "/" OWS modifiers ]
    /// ```
    fn disposition(&mut self, value: &str) {
        let lower = |text: &str| text.trim_ascii().to_ascii_lowercase();
        let (mode, kind) = value.split_once(';').unwrap_or(("", value));
        let (action, sending) = mode.split_once('/').unwrap_or((mode, ""));
        (self.action_mode, self.sending_mode) = (lower(action), lower(sending));
        let (kind, modifiers) = kind.split_once('/').unwrap_or((kind, ""));
        self.kind = lower(kind);
        self.modifiers = modifiers.split(',').map(lower).filter(|m| !m.is_empty()).collect();
    }
}

/// A complaint (RFC 5965).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct Feedback {
    /// What it complains about: `abuse`, `fraud`, `auth-failure`, ..., small letters.
    pub kind: String,
    /// The program that reports.
    pub user_agent: Option<String>,
    /// The version of the format.
    pub version: Option<String>,
    /// The reverse path of the message.
    pub original_mail_from: Option<String>,
    /// Its recipients.
    pub original_rcpt_to: Vec<String>,
    /// What the sender called it.
    pub original_envelope_id: Option<String>,
    /// When it was received.
    pub arrival_date: Option<DateTime>,
    /// Who received it.
    pub reporting_mta: Option<Typed>,
    /// Where it came from: an IP address, as it stands.
    pub source_ip: Option<String>,
    /// How many messages it stands for.
    pub incidents: Option<u64>,
    /// Domains that are reported.
    pub reported_domains: Vec<String>,
    /// URIs that are reported.
    pub reported_uris: Vec<String>,
    /// What was found out about who sent it.
    pub authentication_results: Vec<String>,
    /// Fields that are not known: names and values.
    pub others: Vec<(String, String)>,
}

impl Feedback {
    /// Parses the body of a `message/feedback-report`.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        let mut arf = Self::default();
        for (name, value) in Groups(body).flat_map(fields) {
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            let bare = |value: &str| {
                let bare = value.strip_prefix('<').and_then(|bare| bare.strip_suffix('>'));
                String::from(bare.unwrap_or(value))
            };
            match () {
                () if is("Feedback-Type") && arf.kind.is_empty() => {
                    arf.kind = value.to_ascii_lowercase()
                }
                () if is("User-Agent") => first(&mut arf.user_agent, || Some(value)),
                () if is("Version") => first(&mut arf.version, || Some(value)),
                () if is("Original-Mail-From") => {
                    first(&mut arf.original_mail_from, || Some(bare(&value)))
                }
                () if is("Original-Rcpt-To") => arf.original_rcpt_to.push(bare(&value)),
                () if is("Original-Envelope-Id") => {
                    first(&mut arf.original_envelope_id, || Some(value))
                }
                () if is("Arrival-Date") || is("Received-Date") => {
                    first(&mut arf.arrival_date, || DateTime::parse(value.as_bytes()));
                }
                () if is("Reporting-MTA") => {
                    first(&mut arf.reporting_mta, || Some(Typed::parse(&value)))
                }
                () if is("Source-IP") => first(&mut arf.source_ip, || Some(value)),
                () if is("Incidents") => first(&mut arf.incidents, || value.parse().ok()),
                () if is("Reported-Domain") => arf.reported_domains.push(value),
                () if is("Reported-URI") => arf.reported_uris.push(value),
                () if is("Authentication-Results") => arf.authentication_results.push(value),
                () => arf.others.push((name, value)),
            }
        }
        arf
    }
}

/// Groups of fields, with empty lines between.
struct Groups<'a>(&'a [u8]);

impl<'a> Iterator for Groups<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let mut start = 0;
        let mut at = 0;
        // Every turn takes a line.
        loop {
            let rest = self.0.get(at..).unwrap_or_default();
            if rest.is_empty() {
                let group = self.0.get(start..)?;
                self.0 = &[];
                return (!group.is_empty()).then_some(group);
            }
            let n = memchr::memchr(b'\n', rest).map_or(rest.len(), |n| n + 1);
            let empty = rest.get(..n).is_some_and(|line| line.trim_ascii().is_empty());
            if empty && at > start {
                let group = self.0.get(start..at);
                self.0 = self.0.get(at + n..).unwrap_or_default();
                return group;
            }
            at += n;
            if empty {
                start = at;
            }
        }
    }
}

/// The fields of a group: names, and values as text. Lines that are no field are left out.
fn fields(group: &[u8]) -> impl Iterator<Item = (String, String)> {
    let mut rest = group;
    core::iter::from_fn(move || {
        // Every turn takes a field.
        while !rest.is_empty() {
            let mut n = 0;
            loop {
                let tail = rest.get(n..).unwrap_or_default();
                n += memchr::memchr(b'\n', tail).map_or(tail.len(), |n| n + 1);
                if !matches!(rest.get(n), Some(b' ' | b'\t')) {
                    break;
                }
            }
            let (raw, more) = rest.split_at(n);
            rest = more;
            if let Some(colon) = memchr::memchr(b':', raw) {
                let name = raw.get(..colon).unwrap_or_default().trim_ascii();
                if !name.is_empty() && name.iter().all(u8::is_ascii_graphic) {
                    let value = text(Field::new(raw).value());
                    let name = String::from_utf8_lossy(name).into_owned();
                    return Some((name, value.trim_ascii().into()));
                }
            }
        }
        None
    })
}

#[cfg(test)]
mod tests;
