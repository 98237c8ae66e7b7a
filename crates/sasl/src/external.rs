//! EXTERNAL (RFC 4422 appendix A): who the client is was shown outside of SASL.

use crate::{Client, Credentials, Error, MAX_NAME, Secret, Server, ServerStep, Step, name, usable};
use alloc::vec::Vec;

/// The client's side of EXTERNAL.
#[derive(Debug)]
pub struct External {
    authzid: Option<Secret>,
}

impl External {
    /// Logs in to act as `authzid`; empty leaves that to the server.
    ///
    /// # Errors
    ///
    /// When it holds NUL or is too long.
    pub fn new(authzid: &str) -> Result<Self, Error> {
        usable("the authorization identity", authzid.as_bytes(), MAX_NAME)?;
        Ok(Self { authzid: Some(authzid.into()) })
    }
}

impl Client for External {
    fn name(&self) -> &str {
        "EXTERNAL"
    }

    fn initial(&mut self) -> Option<Secret> {
        self.authzid.take()
    }

    fn step(&mut self, challenge: &[u8]) -> Result<Step, Error> {
        if !challenge.is_empty() {
            return Err(Error::Malformed("EXTERNAL"));
        }
        self.authzid.take().map(Step::Respond).ok_or(Error::Over)
    }

    fn needs_privacy(&self) -> bool {
        false
    }
}

/// The server's side of EXTERNAL.
#[derive(Debug, Default)]
pub struct ExternalServer {
    over: bool,
}

impl Server for ExternalServer {
    fn name(&self) -> &str {
        "EXTERNAL"
    }

    fn step(&mut self, response: Option<&[u8]>) -> Result<ServerStep, Error> {
        if self.over {
            return Err(Error::Over);
        }
        let Some(response) = response else {
            return Ok(ServerStep::Challenge(Vec::new()));
        };
        self.over = true;
        let authzid = Some(name(response, "EXTERNAL")?).filter(|authzid| !authzid.is_empty());
        Ok(ServerStep::Verify(Credentials::External { authzid }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // SASL-19 of the robustness cases.
    #[test]
    fn an_empty_response_is_not_an_absent_one() {
        let mut server = ExternalServer::default();
        assert_eq!(server.step(None), Ok(ServerStep::Challenge(Vec::new())));
        assert_eq!(
            server.step(Some(b"")),
            Ok(ServerStep::Verify(Credentials::External { authzid: None }))
        );
    }

    #[test]
    fn both_sides_agree() {
        let mut client = External::new("fred@example.com").unwrap();
        let initial = client.initial().unwrap();

        let step = ExternalServer::default().step(Some(initial.expose()));

        let authzid = Some("fred@example.com".into());
        assert_eq!(step, Ok(ServerStep::Verify(Credentials::External { authzid })));
        assert_eq!(client.step(b""), Err(Error::Over));
        assert_eq!(External::new("a\0").err(), Some(Error::Unusable("the authorization identity")));
    }
}
