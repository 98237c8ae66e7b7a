//! By POP3.

use crate::{End, Options, Result};
use examples::{Link, Next};
use mailwire_core::Security;
use mailwire_pop3::Command;
use mailwire_pop3::client::{Authenticated, Authentication, Config, Connection, Event};

pub(crate) async fn login(options: &Options, mut link: Link) -> Result<End> {
    let mut config = Config::default();
    config.allow_plaintext_credentials = !options.wants_tls();
    let mut conn = Connection::new(config.into(), Security::Plain);
    let mut authentication: Option<Authentication> = None;
    let mut end = None;
    conn.send(&if options.wants_tls() { Command::Stls } else { Command::Capa })?;
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
                        end = Some(End::Refused(reply.text.as_str().to_owned()));
                        conn.send(&Command::Quit)?;
                    }
                    Authenticated::Broken => return Err("the server proved nothing".into()),
                    _ => {}
                }
                continue;
            }
            match event {
                Event::Reply { reply, .. } if !reply.is_ok() => {
                    return Err(reply.text.as_str().into());
                }
                Event::End { .. } => {
                    let offered = conn.capabilities().into_iter().flat_map(|all| all.mechanisms());
                    let mechanism = options.choose(offered, &link)?;
                    authentication = Some(Authentication::begin(&mut conn, mechanism)?);
                }
                _ => {}
            }
        }
        match link.turn(&mut conn).await? {
            Next::Tls => {
                options.connect_tls(&mut link, &mut conn).await?;
                conn.send(&Command::Capa)?;
            }
            Next::Close => return end.ok_or_else(|| "the server hung up".into()),
            Next::Receive | Next::Reply | Next::Deflate => {}
        }
    }
}
