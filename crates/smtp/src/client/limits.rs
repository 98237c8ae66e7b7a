//! What of a server's LIMITS (RFC 9422) was used.

use crate::types::{Extensions, ForwardPath, Limits};
use alloc::string::String;
use alloc::vec::Vec;

/// What a session has used.
#[derive(Debug, Default)]
pub(super) struct Used {
    mails: u64,
    /// The domains of recipients, where the server counts them.
    domains: Vec<String>,
}

impl Used {
    pub(super) fn mail(&mut self) {
        self.mails += 1;
    }

    pub(super) fn rcpt(&mut self, to: &ForwardPath<'_>, offered: Option<&Extensions>) {
        let max = limits(offered).and_then(Limits::rcpt_domain_max);
        if max.is_some() && !self.knows(to) {
            self.domains.push(domain(to).to_ascii_lowercase());
        }
    }

    /// Whether another MAIL would be one too many.
    pub(super) fn mail_is_full(&self, offered: Option<&Extensions>) -> bool {
        limits(offered).and_then(Limits::mail_max).is_some_and(|max| self.mails >= max)
    }

    /// Whether a recipient behind `sent` others would be one too many.
    pub(super) fn rcpt_is_full(
        &self,
        sent: u64,
        to: &ForwardPath<'_>,
        offered: Option<&Extensions>,
    ) -> bool {
        let Some(limits) = limits(offered) else { return false };
        let domains = self.domains.len() as u64;
        limits.rcpt_max().is_some_and(|max| sent >= max)
            || limits.rcpt_domain_max().is_some_and(|max| domains >= max && !self.knows(to))
    }

    /// Whether these recipients together would be too many of domains.
    pub(super) fn domains_fit(&self, to: &[ForwardPath<'_>], offered: Option<&Extensions>) -> bool {
        let Some(max) = limits(offered).and_then(Limits::rcpt_domain_max) else { return true };
        let mut new: Vec<&str> = Vec::new();
        for path in to.iter().filter(|path| !self.knows(path)) {
            if !new.iter().any(|it| it.eq_ignore_ascii_case(domain(path))) {
                new.push(domain(path));
            }
            if (self.domains.len() + new.len()) as u64 > max {
                return false;
            }
        }
        true
    }

    fn knows(&self, to: &ForwardPath<'_>) -> bool {
        self.domains.iter().any(|known| known.eq_ignore_ascii_case(domain(to)))
    }
}

fn limits(offered: Option<&Extensions>) -> Option<&Limits<'static>> {
    offered?.limits()
}

fn domain<'a>(to: &'a ForwardPath<'_>) -> &'a str {
    match to {
        ForwardPath::Postmaster => "",
        ForwardPath::Mailbox(mailbox) => mailbox.domain(),
    }
}
