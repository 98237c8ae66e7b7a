//! ACL and RIGHTS= (RFC 4314): who may do what with a mailbox.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{Command, Mailbox, Octets, Response};
use alloc::vec::Vec;

/// What SETACL does with the rights it is given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AclChange {
    /// These and no others.
    Replace,
    /// `+`: these too.
    Add,
    /// `-`: not these.
    Remove,
}

/// The commands of ACL.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AclCommand<'a> {
    /// `SETACL`.
    Set {
        /// The mailbox.
        mailbox: Mailbox<'a>,
        /// Who.
        identifier: Octets<'a>,
        /// What is done with the rights.
        change: AclChange,
        /// The rights, a letter each.
        rights: Octets<'a>,
    },
    /// `DELETEACL`.
    Delete {
        /// The mailbox.
        mailbox: Mailbox<'a>,
        /// Who.
        identifier: Octets<'a>,
    },
    /// `GETACL`.
    Get(Mailbox<'a>),
    /// `LISTRIGHTS`.
    ListRights {
        /// The mailbox.
        mailbox: Mailbox<'a>,
        /// Who.
        identifier: Octets<'a>,
    },
    /// `MYRIGHTS`.
    MyRights(Mailbox<'a>),
}

/// `ACL`: all identifiers and their rights.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Acl<'a> {
    /// The mailbox.
    pub mailbox: Mailbox<'a>,
    /// Who, and the rights.
    pub entries: Vec<(Octets<'a>, Octets<'a>)>,
}

/// `LISTRIGHTS`: the rights that an identifier can have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListRights<'a> {
    /// The mailbox.
    pub mailbox: Mailbox<'a>,
    /// Who.
    pub identifier: Octets<'a>,
    /// What it always has.
    pub required: Octets<'a>,
    /// What it can be given: the letters of one go together.
    pub optional: Vec<Octets<'a>>,
}

/// `MYRIGHTS`: the rights of who asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MyRights<'a> {
    /// The mailbox.
    pub mailbox: Mailbox<'a>,
    /// The rights, a letter each.
    pub rights: Octets<'a>,
}

impl AclCommand<'_> {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Set { .. } => "SETACL",
            Self::Delete { .. } => "DELETEACL",
            Self::Get(_) => "GETACL",
            Self::ListRights { .. } => "LISTRIGHTS",
            Self::MyRights(_) => "MYRIGHTS",
        }
    }
}

impl<'a> Cursor<'a, '_> {
    /// The arguments of SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS.
    pub(crate) fn acl_command(&mut self, name: &[u8]) -> Parsed<Command<'a>> {
        self.space()?;
        let mailbox = self.mailbox()?;
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        let command = match () {
            () if is("GETACL") => AclCommand::Get(mailbox),
            () if is("MYRIGHTS") => AclCommand::MyRights(mailbox),
            () => {
                self.space()?;
                let identifier = self.astring()?;
                match () {
                    () if is("DELETEACL") => AclCommand::Delete { mailbox, identifier },
                    () if is("LISTRIGHTS") => AclCommand::ListRights { mailbox, identifier },
                    () => {
                        self.space()?;
                        let (change, rights) = self.rights_change()?;
                        AclCommand::Set { mailbox, identifier, change, rights }
                    }
                }
            }
        };
        Ok(Command::Acl(command))
    }

    /// ```abnf
    /// mod-rights = astring    ; +rights to add, -rights to remove, rights to replace
    /// ```
    fn rights_change(&mut self) -> Parsed<(AclChange, Octets<'a>)> {
        let rights = self.astring()?;
        let (change, skip) = match rights.as_bytes() {
            [b'+', ..] => (AclChange::Add, 1),
            [b'-', ..] => (AclChange::Remove, 1),
            _ => (AclChange::Replace, 0),
        };
        Ok((change, rights.without_first(skip)))
    }

    pub(crate) fn acl(&mut self) -> Parsed<Response<'a>> {
        self.space()?;
        let mailbox = self.mailbox()?;
        let entries = self.words(|cursor| {
            let identifier = cursor.astring()?;
            cursor.space()?;
            Ok((identifier, cursor.astring()?))
        })?;
        Ok(Response::Acl(Acl { mailbox, entries }))
    }

    pub(crate) fn list_rights(&mut self) -> Parsed<Response<'a>> {
        self.space()?;
        let mailbox = self.mailbox()?;
        self.space()?;
        let identifier = self.astring()?;
        self.space()?;
        let required = self.astring()?;
        let optional = self.words(Self::astring)?;
        Ok(Response::ListRights(ListRights { mailbox, identifier, required, optional }))
    }

    pub(crate) fn my_rights(&mut self) -> Parsed<Response<'a>> {
        self.space()?;
        let mailbox = self.mailbox()?;
        self.space()?;
        Ok(Response::MyRights(MyRights { mailbox, rights: self.astring()? }))
    }
}

impl Out<'_> {
    pub(crate) fn acl_command(&mut self, command: &AclCommand<'_>) {
        self.space();
        match command {
            AclCommand::Get(mailbox) | AclCommand::MyRights(mailbox) => self.mailbox(mailbox),
            AclCommand::Delete { mailbox, identifier }
            | AclCommand::ListRights { mailbox, identifier } => {
                self.mailbox(mailbox);
                self.space();
                self.astring(identifier);
            }
            AclCommand::Set { mailbox, identifier, change, rights } => {
                self.mailbox(mailbox);
                self.space();
                self.astring(identifier);
                self.space();
                let sign: &[u8] = match change {
                    AclChange::Replace => b"",
                    AclChange::Add => b"+",
                    AclChange::Remove => b"-",
                };
                self.astring_bytes(&[sign, rights.as_bytes()].concat());
            }
        }
    }

    pub(crate) fn acl(&mut self, acl: &Acl<'_>) {
        self.put("ACL ");
        self.mailbox_string(&acl.mailbox);
        self.spaced(&acl.entries, |out, (identifier, rights)| {
            out.astring(identifier);
            out.space();
            out.astring(rights);
        });
    }

    pub(crate) fn list_rights(&mut self, rights: &ListRights<'_>) {
        self.put("LISTRIGHTS ");
        self.mailbox_string(&rights.mailbox);
        self.space();
        self.astring(&rights.identifier);
        self.space();
        self.astring(&rights.required);
        self.spaced(&rights.optional, Self::astring);
    }

    pub(crate) fn my_rights(&mut self, rights: &MyRights<'_>) {
        self.put("MYRIGHTS ");
        self.mailbox_string(&rights.mailbox);
        self.space();
        self.astring(&rights.rights);
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "SETACL INBOX/Drafts Byron lrswikda",
            "SETACL INBOX/Drafts Chris +cda",
            "SETACL a \"b c\" -x",
            "DELETEACL INBOX Fred",
            "GETACL INBOX/Drafts",
            "LISTRIGHTS ~/Mail/saved smith",
            "MYRIGHTS INBOX",
        ]);
        responses(&[
            "ACL \"INBOX/Drafts\" David lrswideta Fred rwipslxetad",
            "LISTRIGHTS \"~/Mail/saved\" smith la r swicdkxte",
            "LISTRIGHTS \"archive\" anyone \"\" l r s w i p k x t e c d a 0 1",
            "MYRIGHTS \"INBOX\" rwiptsldaex",
        ]);
    }
}
