//! ANONYMOUS (RFC 4505): anyone, with a word for the log.

use crate::{Client, Credentials, Error, Secret, Server, ServerStep, Step, name, usable};
use alloc::vec::Vec;

/// The longest trace, in octets (RFC 4505 section 2 counts 255 characters).
const MAX_TRACE: usize = 255 * 4;

/// The client's side of ANONYMOUS.
#[derive(Debug)]
pub struct Anonymous {
    trace: Option<Secret>,
}

impl Anonymous {
    /// Logs in as anyone. `trace`, which may be empty, is an address or a token without meaning.
    ///
    /// # Errors
    ///
    /// When it holds NUL or is too long.
    pub fn new(trace: &str) -> Result<Self, Error> {
        usable("the trace", trace.as_bytes(), MAX_TRACE)?;
        if trace.chars().count() > 255 {
            return Err(Error::TooLong("the trace"));
        }
        Ok(Self { trace: Some(trace.into()) })
    }
}

impl Client for Anonymous {
    fn name(&self) -> &str {
        "ANONYMOUS"
    }

    fn initial(&mut self) -> Option<Secret> {
        self.trace.take()
    }

    fn step(&mut self, challenge: &[u8]) -> Result<Step, Error> {
        if !challenge.is_empty() {
            return Err(Error::Malformed("ANONYMOUS"));
        }
        self.trace.take().map(Step::Respond).ok_or(Error::Over)
    }

    fn needs_privacy(&self) -> bool {
        false
    }
}

/// The server's side of ANONYMOUS.
#[derive(Debug, Default)]
pub struct AnonymousServer {
    over: bool,
}

impl Server for AnonymousServer {
    fn name(&self) -> &str {
        "ANONYMOUS"
    }

    fn step(&mut self, response: Option<&[u8]>) -> Result<ServerStep, Error> {
        if self.over {
            return Err(Error::Over);
        }
        let Some(response) = response else {
            return Ok(ServerStep::Challenge(Vec::new()));
        };
        self.over = true;
        let trace = name(response, "ANONYMOUS")?;
        if trace.chars().count() > 255 {
            return Err(Error::TooLong("the trace"));
        }
        Ok(ServerStep::Verify(Credentials::Anonymous { trace }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 4505 section 4.
    #[test]
    fn both_sides_agree() {
        let initial = Anonymous::new("sirhc").unwrap().initial().unwrap();

        let step = AnonymousServer::default().step(Some(initial.expose()));

        assert_eq!(step, Ok(ServerStep::Verify(Credentials::Anonymous { trace: "sirhc".into() })));
    }

    #[test]
    fn traces_of_exactly_255_characters_are_taken() {
        let trace = |n| "\u{e9}".repeat(n);

        assert!(Anonymous::new(&trace(255)).is_ok());
        assert_eq!(Anonymous::new(&trace(256)).err(), Some(Error::TooLong("the trace")));
        let mut server = AnonymousServer::default();
        assert_eq!(server.step(Some(trace(256).as_bytes())), Err(Error::TooLong("the trace")));
    }
}
