//! QUOTA (RFC 9208): how much a user may keep. There is one quota root, over all folders.

use super::{Answer, Failure, Session, no, yes};
use mailwire_imap::types::{
    Code, Condition, Mailbox, Octets, Quota, QuotaCommand, QuotaResource, QuotaRoot, Response,
};
use tokio::task::block_in_place;

impl Session<'_> {
    pub(super) fn quota(&mut self, command: &QuotaCommand<'_>) -> Answer {
        match command {
            QuotaCommand::Get(root) => match self.limits()? {
                Some(quota) if root.as_bytes().is_empty() => {
                    self.conn.send(&Response::Quota(quota))?;
                    Ok(yes("that is all"))
                }
                _ => Ok(no("there is no such quota root").with_code(Code::NonExistent)),
            },
            QuotaCommand::GetRoot(mailbox) => self.quota_root(mailbox),
            _ => Ok(no("not yours to set").with_code(Code::named("NOPERM"))),
        }
    }

    fn quota_root(&mut self, mailbox: &Mailbox<'_>) -> Answer {
        let user = self.user()?;
        if block_in_place(|| user.mail.folder(&super::name(mailbox)))?.is_none() {
            return Ok(super::missing(Code::NonExistent));
        }
        let quota = self.limits()?;
        let roots = quota.iter().map(|quota| quota.root.clone()).collect();
        self.conn.send(&Response::QuotaRoot(QuotaRoot { mailbox: mailbox.clone(), roots }))?;
        if let Some(quota) = quota {
            self.conn.send(&Response::Quota(quota))?;
        }
        Ok(yes("that is all"))
    }

    /// What is used and what may be; `None` where nothing is limited.
    fn limits(&self) -> Result<Option<Quota<'static>>, Failure> {
        let Some(limit) = self.office.quota else { return Ok(None) };
        let user = self.user()?;
        let usage = block_in_place(|| user.mail.usage())?;
        let storage = QuotaResource {
            name: "STORAGE".into(),
            usage: usage.octets.div_ceil(1024),
            limit: limit / 1024,
        };
        let root = Octets::new(Vec::new()).map_err(std::io::Error::other)?;
        Ok(Some(Quota { root, resources: vec![storage] }))
    }

    /// What is said to who would add so many octets and free some: nothing, if there is room. Two
    /// who add at the same moment may find the same room.
    pub(super) fn over_quota(
        &self,
        octets: u64,
        freed: u64,
    ) -> Result<Option<Condition<'static>>, Failure> {
        let user = self.user()?;
        let full = block_in_place(|| self.office.is_over_quota(&user, octets, freed))?;
        let refusal = || no("that is more than you may keep").with_code(Code::named("OVERQUOTA"));
        Ok(full.then(refusal))
    }
}
