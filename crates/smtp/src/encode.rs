//! Types out.

use crate::Sink;
use crate::types::Command;
use mailwire_core::base64;

impl Command<'_> {
    /// Writes it, with its line end: exactly one CRLF, whatever it holds.
    pub fn encode(&self, out: &mut (impl Sink + ?Sized)) {
        let verb = match self {
            Self::Other(other) => other.verb(),
            known => known.verb().as_str(),
        };
        out.put(verb.as_bytes());
        match self {
            Self::Ehlo(domain) | Self::Helo(domain) | Self::Lhlo(domain) => {
                out.put(b" ");
                out.put(domain.as_str().as_bytes());
            }
            Self::Mail(mail) => {
                out.put(b" FROM:");
                mail.from.encode(out);
                mail.params.encode(out);
            }
            Self::Rcpt(rcpt) => {
                out.put(b" TO:");
                rcpt.to.encode(out);
                rcpt.params.encode(out);
            }
            Self::Bdat { size, last } => {
                out.put(b" ");
                out.put_number(*size);
                out.put(if *last { b" LAST" } else { b"" });
            }
            Self::Burl { url, last } => {
                rest(url.as_str(), out);
                out.put(if *last { b" LAST" } else { b"" });
            }
            Self::XClient(attributes) | Self::XForward(attributes) => attributes.encode(out),
            Self::Etrn(text) | Self::Atrn(text) => rest(text.as_str(), out),
            Self::Vrfy(text) | Self::Expn(text) | Self::Help(text) | Self::Noop(text) => {
                rest(text.as_str(), out);
            }
            Self::Other(other) => rest(other.rest(), out),
            Self::Auth { mechanism, initial } => {
                out.put(b" ");
                out.put(mechanism.as_str().as_bytes());
                match initial.as_ref().map(crate::Secret::expose) {
                    None => {}
                    Some([]) => out.put(b" ="),
                    Some(bytes) => {
                        out.put(b" ");
                        base64::encode(bytes, out);
                    }
                }
            }
            Self::Data | Self::Rset | Self::Quit | Self::StartTls => {}
        }
        out.put(b"\r\n");
    }
}

fn rest(text: &str, out: &mut (impl Sink + ?Sized)) {
    if !text.is_empty() {
        out.put(b" ");
        out.put(text.as_bytes());
    }
}
