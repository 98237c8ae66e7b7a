//! QUOTA, QUOTASET and QUOTA=RES-* (RFC 9208, RFC 2087): how much a user may keep.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{Command, Mailbox, Octets, Response, Tolerance};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// The commands of QUOTA.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum QuotaCommand<'a> {
    /// `GETQUOTA` of a quota root.
    Get(Octets<'a>),
    /// `GETQUOTAROOT` of a mailbox.
    GetRoot(Mailbox<'a>),
    /// `SETQUOTA`: the limit of each resource.
    Set {
        /// The quota root.
        root: Octets<'a>,
        /// Resources and their limits.
        limits: Vec<(Cow<'a, str>, u64)>,
    },
}

/// `QUOTA`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Quota<'a> {
    /// The quota root.
    pub root: Octets<'a>,
    /// What is limited.
    pub resources: Vec<QuotaResource<'a>>,
}

/// How much of a resource is used, and how much may be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QuotaResource<'a> {
    /// `STORAGE` (in units of 1,024 octets), `MESSAGE`, `MAILBOX`, `ANNOTATION-STORAGE`, or
    /// another.
    pub name: Cow<'a, str>,
    /// What is used.
    pub usage: u64,
    /// What may be used.
    pub limit: u64,
}

/// `QUOTAROOT`: the roots that a mailbox counts for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QuotaRoot<'a> {
    /// The mailbox.
    pub mailbox: Mailbox<'a>,
    /// The quota roots.
    pub roots: Vec<Octets<'a>>,
}

impl QuotaCommand<'_> {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Get(_) => "GETQUOTA",
            Self::GetRoot(_) => "GETQUOTAROOT",
            Self::Set { .. } => "SETQUOTA",
        }
    }
}

impl<'a> Cursor<'a, '_> {
    pub(crate) fn get_quota(&mut self) -> Parsed<Command<'a>> {
        self.space()?;
        Ok(Command::Quota(QuotaCommand::Get(self.astring()?)))
    }

    pub(crate) fn get_quota_root(&mut self) -> Parsed<Command<'a>> {
        self.space()?;
        Ok(Command::Quota(QuotaCommand::GetRoot(self.mailbox()?)))
    }

    /// ```abnf
    /// setquota-list = "(" [setquota-resource *(SP setquota-resource)] ")"
    /// ```
    pub(crate) fn set_quota(&mut self) -> Parsed<Command<'a>> {
        self.space()?;
        let root = self.astring()?;
        self.space()?;
        let limits = self.list(|cursor| {
            let name = Cow::Borrowed(cursor.atom("a resource")?);
            cursor.space()?;
            Ok((name, cursor.number64()?))
        })?;
        Ok(Command::Quota(QuotaCommand::Set { root, limits }))
    }

    /// ```abnf
    /// quota-list = "(" quota-resource *(SP quota-resource) ")"    ; empty in RFC 2087
    /// ```
    ///
    /// Accepts no list (Courier, where nothing is limited).
    pub(crate) fn quota(&mut self) -> Parsed<Response<'a>> {
        self.space()?;
        let root = self.astring()?;
        if self.peek().is_none() {
            self.tolerate(Tolerance::MissingValue, "a space")?;
            return Ok(Response::Quota(Quota { root, resources: Vec::new() }));
        }
        self.space()?;
        let resources = self.list(|cursor| {
            let name = Cow::Borrowed(cursor.atom("a resource")?);
            cursor.space()?;
            let usage = cursor.number64()?;
            cursor.space()?;
            Ok(QuotaResource { name, usage, limit: cursor.number64()? })
        })?;
        Ok(Response::Quota(Quota { root, resources }))
    }

    pub(crate) fn quota_root(&mut self) -> Parsed<Response<'a>> {
        self.space()?;
        let mailbox = self.mailbox()?;
        let roots = self.words(Self::astring)?;
        Ok(Response::QuotaRoot(QuotaRoot { mailbox, roots }))
    }
}

impl Out<'_> {
    pub(crate) fn quota_command(&mut self, command: &QuotaCommand<'_>) {
        self.space();
        match command {
            QuotaCommand::Get(root) => self.astring(root),
            QuotaCommand::GetRoot(mailbox) => self.mailbox(mailbox),
            QuotaCommand::Set { root, limits } => {
                self.astring(root);
                self.space();
                self.list(limits, |out, (name, limit)| {
                    out.atom(name);
                    out.numbered(" ", *limit);
                });
            }
        }
    }

    pub(crate) fn quota(&mut self, quota: &Quota<'_>) {
        self.put("QUOTA ");
        self.string(quota.root.as_bytes());
        self.space();
        self.list(&quota.resources, |out, resource| {
            out.atom(&resource.name);
            out.numbered(" ", resource.usage);
            out.numbered(" ", resource.limit);
        });
    }

    pub(crate) fn quota_root(&mut self, root: &QuotaRoot<'_>) {
        self.put("QUOTAROOT ");
        self.mailbox_string(&root.mailbox);
        self.spaced(&root.roots, |out, root| out.string(root.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ext::testing::{commands, responses};
    use crate::parse::{self, Grammar};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "GETQUOTA !partition/sda4",
            "GETQUOTAROOT INBOX",
            "SETQUOTA \"\" (STORAGE 512 X-Y 18446744073709551615)",
            "SETQUOTA \"\" ()",
        ]);
        responses(&[
            "QUOTA \"!partition/sda4\" (STORAGE 104 10923847)",
            "QUOTA \"\" (STORAGE 5000000000 10000000000 MESSAGE 42 1000)",
            "QUOTAROOT \"INBOX\" \"#user/alice\" \"\"",
            "QUOTAROOT \"comp.mail.mime\"",
        ]);
    }

    #[test]
    fn a_root_without_limits_may_come_without_its_list() {
        let frame = b"* QUOTA \"ROOT\"\r\n";
        let forgiving = parse::response(frame, &Grammar::default());
        let Ok(Response::Quota(quota)) = forgiving else { panic!("{forgiving:?}") };
        assert_eq!((quota.root.as_bytes(), quota.resources), (&b"ROOT"[..], Vec::new()));
        assert!(parse::response(frame, &Grammar::strict()).is_err());
    }
}
