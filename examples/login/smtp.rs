//! By SMTP.

use crate::{End, Options, Result};
use examples::{Link, Next};
use mailwire_core::Security;
use mailwire_smtp::client::{Authenticated, Authentication, Config, Connection, Event, Tls};
use mailwire_smtp::types::{Command, Domain, Mechanism, Verb};

pub(crate) async fn login(options: &Options, mut link: Link) -> Result<End> {
    let mut config = Config::default();
    config.tls = if options.wants_tls() { Tls::Required } else { Tls::Optional };
    config.allow_plaintext_credentials = !options.wants_tls();
    let mut conn = Connection::new(config.into(), Security::Plain);
    let mut authentication: Option<Authentication> = None;
    let mut end = None;
    conn.send(&Command::Ehlo(Domain::localhost()))?;
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
                        conn.send(&Command::Quit)?;
                    }
                    Authenticated::No(reply) => {
                        end = Some(End::Refused(format!("{reply}")));
                        conn.send(&Command::Quit)?;
                    }
                    Authenticated::Broken => return Err("the server proved nothing".into()),
                    _ => {}
                }
                continue;
            }
            let Event::Reply { to, reply } = event else { continue };
            if !reply.is_positive() {
                return Err(format!("{reply}").into());
            }
            if to.verb() == Verb::Ehlo && options.wants_tls() && conn.security() == Security::Plain
            {
                conn.send(&Command::StartTls)?;
            } else if to.verb() == Verb::Ehlo {
                let offered = conn.extensions().into_iter().flat_map(|all| all.mechanisms());
                let mechanism = options.choose(offered.map(Mechanism::as_str), &link)?;
                authentication = Some(Authentication::begin(&mut conn, mechanism)?);
            }
        }
        match link.turn(&mut conn).await? {
            Next::Tls => {
                options.connect_tls(&mut link, &mut conn).await?;
                conn.send(&Command::Ehlo(Domain::localhost()))?;
            }
            Next::Close => return end.ok_or_else(|| "the server hung up".into()),
            Next::Receive | Next::Reply | Next::Deflate => {}
        }
    }
}
