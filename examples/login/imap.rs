//! By IMAP.

use crate::{End, Options, Result};
use examples::{Link, Next};
use mailwire_core::Security;
use mailwire_imap::client::{Authenticated, Authentication, Config, Connection, Event};
use mailwire_imap::types::{Capability, Command};

pub(crate) async fn login(options: &Options, mut link: Link) -> Result<End> {
    let mut config = Config::default();
    config.allow_plaintext_credentials = !options.wants_tls();
    let mut conn = Connection::new(config.into(), Security::Plain);
    let mut authentication: Option<Authentication> = None;
    let mut end = None;
    let first = if options.wants_tls() { Command::StartTls } else { Command::Capability };
    let mut asked = conn.send(&first)?;
    loop {
        // Every turn takes what the server said, then says what there is to say.
        while let Some(event) = conn.receive(&mut link.rx)? {
            if let Some(open) = &mut authentication {
                match open.see(&mut conn, &event)? {
                    Authenticated::NeedKdf(kdf) => {
                        open.derived(&mut conn, &kdf.derive())?;
                    }
                    Authenticated::Yes => {
                        end = Some(End::In(open.mechanism().to_owned()));
                        conn.send(&Command::Logout)?;
                    }
                    Authenticated::No(condition) => {
                        end = Some(End::Refused(condition.text.as_str().to_owned()));
                        conn.send(&Command::Logout)?;
                    }
                    Authenticated::Broken => return Err("the server proved nothing".into()),
                    _ => {}
                }
                continue;
            }
            if matches!(&event, Event::Done { tag, .. } if *tag == asked) {
                let known = conn.capabilities().map(|all| all.as_slice()).unwrap_or_default();
                let offered = known.iter().filter_map(|capability| match capability {
                    Capability::Auth(mechanism) => Some(mechanism.as_str()),
                    _ => None,
                });
                let mechanism = options.choose(offered, &link)?;
                authentication = Some(Authentication::begin(&mut conn, mechanism)?);
            }
        }
        match link.turn(&mut conn).await? {
            Next::Tls => {
                options.connect_tls(&mut link, &mut conn).await?;
                asked = conn.send(&Command::Capability)?;
            }
            Next::Close => return end.ok_or_else(|| "the server hung up".into()),
            Next::Receive | Next::Reply | Next::Deflate => {}
        }
    }
}
