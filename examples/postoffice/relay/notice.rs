//! What senders are told.

use super::spool::Spool;
use super::{Relay, now};
use crate::office::Office;
use examples::maildir::Draft;
use examples::tls::random_word;
use examples::unix_now;
use mailwire_message::build::{Date, Mailbox, MessageId, Returned};
use mailwire_smtp::queue::{Envelope, Notice, Recipient, Reporter};
use std::error::Error;
use std::fs::File;
use std::io::{self, Read};

/// The longest message that goes back whole; of others the header does.
const WHOLE: u64 = 4 << 20;

impl Relay {
    /// Writes the report and sends it: to one of us, or through the queue.
    pub(super) fn tell(
        &self,
        office: &Office,
        spool: &mut Spool,
        notice: &Notice,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let Some(message) = spool.queue.message(notice.message) else { return Ok(()) };
        let mut original = Vec::new();
        File::open(spool.path(notice.message))?.take(WHOLE + 1).read_to_end(&mut original)?;
        let whole = notice.returns_message(message) && original.len() as u64 <= WHOLE;
        let reporter = Reporter {
            host: &office.domain,
            from: Mailbox::new(format!("mailer-daemon@{}", office.domain))?,
            date: Date::from_unix(unix_now(), 0).ok_or("the clock is wrong")?,
            id: MessageId::of(&random_word(20)?, &office.domain)?,
        };
        let returned = match whole {
            true => Returned::Full((&original).into()),
            false => Returned::Header((&original).into()),
        };
        let mut report = Vec::new();
        notice.report(message, &reporter, returned)?.write_to(&mut report);
        let (local, domain) = notice.to.rsplit_once('@').ok_or("that is no address")?;
        let finished = |mut draft: Draft| -> io::Result<Draft> {
            draft.write(&report)?;
            draft.finish(None)?;
            Ok(draft)
        };
        if domain.eq_ignore_ascii_case(&office.domain) {
            let user = office.local(local).ok_or("there is no such user here")?;
            let inbox = user.mail.inbox()?;
            inbox.deliver(&finished(inbox.draft()?)?)?;
            return Ok(());
        }
        let destination = self.destination(domain).ok_or("there is no way to the domain")?;
        let recipient = Recipient::new(notice.to.as_str(), destination);
        let draft = finished(spool.draft()?)?;
        spool.accept(now(), Envelope::new("", vec![recipient]), &draft)?;
        Ok(())
    }
}
