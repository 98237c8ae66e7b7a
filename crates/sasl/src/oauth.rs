//! OAUTHBEARER (RFC 7628) and XOAUTH2 (Google's, which came before it): a token that somebody else
//! issued.
//!
//! Both have a step that is easily forgotten: a server that refuses the token says why in a
//! challenge, and only when the client has answered that does it refuse the command.

use crate::{Client, Credentials, Error, MAX_MESSAGE, MAX_NAME, Secret, Server, ServerStep, Step};
use crate::{name, usable};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Which of both.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Bearer,
    Xoauth2,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Bearer => "OAUTHBEARER",
            Self::Xoauth2 => "XOAUTH2",
        }
    }
}

/// The client's side of OAUTHBEARER and XOAUTH2.
///
/// ```
/// use mailwire_sasl::{Client, OAuth, Step};
///
/// let mut client = OAuth::bearer("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==")?
///     .to("server.example.com", 143);
/// let initial = client.initial().unwrap();
/// assert!(initial.expose().starts_with(b"n,a=user@example.com,\x01host=server.example.com\x01"));
///
/// // The server refuses, and says why; it wants to hear something before it ends.
/// let step = client.step(br#"{"status":"invalid_token"}"#)?;
/// assert_eq!(step, Step::Respond("\x01".into()));
/// assert_eq!(client.refusal(), Some(&br#"{"status":"invalid_token"}"#[..]));
/// # Ok::<(), mailwire_sasl::Error>(())
/// ```
#[derive(Debug)]
pub struct OAuth {
    kind: Kind,
    user: String,
    token: Option<Secret>,
    server: Option<(String, u16)>,
    refusal: Option<Vec<u8>>,
}

impl OAuth {
    /// Shows a token by OAUTHBEARER, as `user`; empty leaves that to the token.
    ///
    /// # Errors
    ///
    /// When the token is empty or holds anything but printable ASCII, or the name a control
    /// character; when one is too long.
    pub fn bearer(user: &str, token: impl Into<Secret>) -> Result<Self, Error> {
        Self::new(Kind::Bearer, user, token.into())
    }

    /// Shows a token by XOAUTH2, as `user`.
    ///
    /// # Errors
    ///
    /// As [`bearer`](Self::bearer).
    pub fn xoauth2(user: &str, token: impl Into<Secret>) -> Result<Self, Error> {
        Self::new(Kind::Xoauth2, user, token.into())
    }

    fn new(kind: Kind, user: &str, token: Secret) -> Result<Self, Error> {
        usable("the user name", user.as_bytes(), MAX_NAME)?;
        usable("the token", token.expose(), MAX_MESSAGE / 2)?;
        if user.contains(|c: char| c.is_ascii_control()) {
            return Err(Error::Unusable("the user name"));
        }
        if !is_token(token.expose()) {
            return Err(Error::Unusable("the token"));
        }
        Ok(Self { kind, user: user.into(), token: Some(token), server: None, refusal: None })
    }

    /// Says which server is meant, so that a token cannot be used elsewhere (RFC 7628 section 3.1).
    /// XOAUTH2 cannot say it. A name with control characters is not said.
    #[must_use]
    pub fn to(mut self, host: &str, port: u16) -> Self {
        let fits = !host.contains(|c: char| c.is_ascii_control()) && host.len() <= MAX_NAME;
        self.server = fits.then(|| (host.into(), port));
        self
    }

    fn message(&self, token: &Secret) -> Secret {
        let mut head = match self.kind {
            Kind::Xoauth2 => format!("user={}\x01", self.user),
            Kind::Bearer if self.user.is_empty() => "n,,\x01".to_string(),
            Kind::Bearer => {
                format!("n,a={},\x01", self.user.replace('=', "=3D").replace(',', "=2C"))
            }
        };
        if let (Kind::Bearer, Some((host, port))) = (self.kind, &self.server) {
            head += &format!("host={host}\x01port={port}\x01");
        }
        // Made at its full size, so that growing leaves no copy behind.
        Secret::new([head.as_bytes(), b"auth=Bearer ", token.expose(), b"\x01\x01"].concat())
    }
}

/// RFC 6750 section 2.1, and some more that is seen.
fn is_token(token: &[u8]) -> bool {
    !token.is_empty() && token.iter().all(u8::is_ascii_graphic)
}

impl Client for OAuth {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn initial(&mut self) -> Option<Secret> {
        let token = self.token.take()?;
        Some(self.message(&token))
    }

    fn step(&mut self, challenge: &[u8]) -> Result<Step, Error> {
        if let Some(token) = self.token.take() {
            return match challenge {
                [] => Ok(Step::Respond(self.message(&token))),
                _ => Err(Error::Malformed(self.kind.name())),
            };
        }
        if self.refusal.is_some() {
            return Err(Error::Over);
        }
        if challenge.len() > MAX_MESSAGE {
            return Err(Error::TooLong("a message"));
        }
        self.refusal = Some(challenge.into());
        Ok(Step::Respond(Secret::new(match self.kind {
            Kind::Bearer => &b"\x01"[..],
            Kind::Xoauth2 => b"",
        })))
    }

    /// Never behind a refusal.
    fn may_end(&self) -> bool {
        self.token.is_none() && self.refusal.is_none()
    }

    fn refusal(&self) -> Option<&[u8]> {
        self.refusal.as_deref()
    }
}

/// What a client is told whose token is refused (RFC 7628 section 3.2.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenRefusal {
    /// What is wrong: `invalid_token` and other words of RFC 6750 section 3.1.
    pub status: String,
    /// What the token must be good for, if it is to be said.
    pub scope: Option<String>,
    /// The address of the document that says where tokens are issued. Only OAUTHBEARER has it.
    pub openid_configuration: Option<String>,
}

impl Default for TokenRefusal {
    fn default() -> Self {
        Self { status: "invalid_token".into(), scope: None, openid_configuration: None }
    }
}

impl TokenRefusal {
    fn json(&self, kind: Kind) -> Vec<u8> {
        // Clients of XOAUTH2 look for the number.
        let (status, schemes, openid) = match kind {
            Kind::Bearer => (self.status.as_str(), None, self.openid_configuration.as_deref()),
            Kind::Xoauth2 => ("401", Some("bearer"), None),
        };
        let members = [
            ("status", Some(status)),
            ("schemes", schemes),
            ("scope", self.scope.as_deref()),
            ("openid-configuration", openid),
        ];
        let mut out = String::new();
        for (name, value) in members {
            let Some(value) = value else { continue };
            out.push(if out.is_empty() { '{' } else { ',' });
            out += &format!("\"{name}\":\"");
            for c in value.chars() {
                match c {
                    '"' | '\\' => out.extend(['\\', c]),
                    c if c < ' ' => out += &format!("\\u{:04x}", u32::from(c)),
                    c => out.push(c),
                }
            }
            out.push('"');
        }
        out.push('}');
        out.into_bytes()
    }
}

/// The server's side of OAUTHBEARER and XOAUTH2.
#[derive(Debug)]
pub struct OAuthServer {
    kind: Kind,
    refusal: TokenRefusal,
    state: State,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Start,
    /// The application looks at the token.
    Verifying,
    /// The client was told why it is refused.
    Refusing,
    Over,
}

impl OAuthServer {
    /// OAUTHBEARER.
    #[must_use]
    pub fn bearer(refusal: TokenRefusal) -> Self {
        Self { kind: Kind::Bearer, refusal, state: State::Start }
    }

    /// XOAUTH2.
    #[must_use]
    pub fn xoauth2(refusal: TokenRefusal) -> Self {
        Self { kind: Kind::Xoauth2, refusal, state: State::Start }
    }

    /// ```abnf
    /// client-resp = (gs2-header kvsep *kvpair kvsep) / kvsep
    /// kvpair      = key "=" value kvsep
    /// kvsep       = %x01
    /// key         = 1*(ALPHA)
    /// value       = *(VCHAR / SP / HTAB / CR / LF )
    /// ```
    fn credentials(&self, message: &[u8]) -> Result<Option<Credentials>, Error> {
        let malformed = Error::Malformed(self.kind.name());
        if message.len() > MAX_MESSAGE {
            return Err(Error::TooLong("a message"));
        }
        let message = message.strip_suffix(b"\x01\x01").ok_or(malformed)?;
        let mut pairs = message.split(|&b| b == 1);
        let head = pairs.next().unwrap_or_default();
        let user = match self.kind {
            Kind::Xoauth2 => name(head.strip_prefix(b"user=").ok_or(malformed)?, "XOAUTH2")?,
            Kind::Bearer => authzid(&name(head, "OAUTHBEARER")?).ok_or(malformed)?,
        };
        if user.contains(|c: char| c.is_ascii_control()) {
            return Err(malformed);
        }
        let (mut auth, mut host, mut port) = (None, None, None);
        for pair in pairs {
            let at = pair.iter().position(|&b| b == b'=').ok_or(malformed)?;
            let (key, value) = pair.split_at_checked(at).ok_or(malformed)?;
            let value = value.get(1..).unwrap_or_default();
            let slot = match key {
                b"auth" => &mut auth,
                b"host" => &mut host,
                b"port" => &mut port,
                [] => return Err(malformed),
                // RFC 7628 section 3.1: others are ignored.
                _ if key.iter().all(u8::is_ascii_alphabetic) => continue,
                _ => return Err(malformed),
            };
            if slot.replace(value).is_some() {
                return Err(malformed);
            }
        }
        let text = |value: &[u8]| core::str::from_utf8(value).ok().map(ToString::to_string);
        let port = match port {
            Some(port) => Some(text(port).and_then(|it| it.parse().ok()).ok_or(malformed)?),
            None => None,
        };
        let server = match host {
            Some(host) => Some((text(host).ok_or(malformed)?, port)),
            None => None,
        };
        // Without any, the client wants to hear where it would get one.
        let Some((scheme, token)) = auth.and_then(|auth| auth.split_at_checked(7)) else {
            return Ok(None);
        };
        if !scheme.eq_ignore_ascii_case(b"Bearer ") || !is_token(token) {
            return Ok(None);
        }
        let user = Some(user).filter(|user| !user.is_empty());
        Ok(Some(Credentials::Token { user, token: Secret::new(token), server }))
    }

    fn say_why(&mut self) -> ServerStep {
        self.state = State::Refusing;
        ServerStep::Challenge(self.refusal.json(self.kind))
    }
}

/// The authorization identity of a `gs2-header` without channel binding.
fn authzid(header: &str) -> Option<String> {
    let rest = header.strip_prefix("n,").or_else(|| header.strip_prefix("y,"))?;
    match rest.strip_suffix(',')? {
        "" | "a=" => Some(String::new()),
        authzid => {
            let escaped = authzid.strip_prefix("a=").filter(|it| !it.contains(','))?;
            let name = escaped.replace("=2C", ",").replace("=3D", "=");
            (!name.is_empty()).then_some(name)
        }
    }
}

impl Server for OAuthServer {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn step(&mut self, response: Option<&[u8]>) -> Result<ServerStep, Error> {
        match (core::mem::replace(&mut self.state, State::Over), response) {
            (State::Start, None) => {
                self.state = State::Start;
                Ok(ServerStep::Challenge(Vec::new()))
            }
            (State::Start, Some(message)) => match self.credentials(message)? {
                Some(credentials) => {
                    self.state = State::Verifying;
                    Ok(ServerStep::Verify(credentials))
                }
                None => Ok(self.say_why()),
            },
            // Whatever it says, it is refused.
            (State::Refusing, _) => Ok(ServerStep::Refused),
            (State::Verifying | State::Over, _) => Err(Error::Over),
        }
    }

    fn refuse(&mut self) -> Result<ServerStep, Error> {
        match core::mem::replace(&mut self.state, State::Over) {
            State::Verifying => Ok(self.say_why()),
            _ => Err(Error::Over),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";

    // RFC 7628 section 4.1 (whose base64 says "Bearer", whose text "Bearer").
    #[test]
    fn rfc7628_exchange() {
        let client = OAuth::bearer("user@example.com", TOKEN).unwrap();
        let initial = client.to("server.example.com", 143).initial().unwrap();
        let expected = format!(
            "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer {TOKEN}\x01\x01"
        );
        assert_eq!(initial.expose(), expected.as_bytes());

        let mut server = OAuthServer::bearer(TokenRefusal::default());
        let step = server.step(Some(initial.expose()));
        let credentials = Credentials::Token {
            user: Some("user@example.com".into()),
            token: TOKEN.into(),
            server: Some(("server.example.com".into(), Some(143))),
        };
        assert_eq!(step, Ok(ServerStep::Verify(credentials)));
    }

    // Google's documentation of XOAUTH2.
    #[test]
    fn xoauth2_exchange() {
        let mut client =
            OAuth::xoauth2("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")
                .unwrap();
        let initial = client.initial().unwrap();
        let expected = b"user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01";
        assert_eq!(initial.expose(), expected);
        assert!(client.may_end());

        let mut server = OAuthServer::xoauth2(TokenRefusal::default());
        assert!(matches!(server.step(Some(expected)), Ok(ServerStep::Verify(_))));
        let why = br#"{"status":"401","schemes":"bearer"}"#;
        assert_eq!(server.refuse(), Ok(ServerStep::Challenge(why.to_vec())));
        assert_eq!(client.step(why), Ok(Step::Respond("".into())));
        assert!(!client.may_end(), "success behind a refusal is none");
        assert_eq!(client.refusal(), Some(&why[..]));
        assert_eq!(client.step(why), Err(Error::Over));
        assert_eq!(server.step(Some(b"")), Ok(ServerStep::Refused));
        assert_eq!(server.step(Some(b"")), Err(Error::Over));
        assert_eq!(server.refuse(), Err(Error::Over));
    }

    #[test]
    fn a_refusal_is_json_whatever_it_holds() {
        let refusal = TokenRefusal {
            status: "a\"b\\c\n".into(),
            scope: Some("mail \u{e9}".into()),
            openid_configuration: Some("https://example.com/.well-known".into()),
        };
        assert_eq!(
            String::from_utf8(refusal.json(Kind::Bearer)).unwrap(),
            "{\"status\":\"a\\\"b\\\\c\\u000a\",\"scope\":\"mail \u{e9}\",\
             \"openid-configuration\":\"https://example.com/.well-known\"}"
        );
    }

    #[test]
    fn one_who_shows_no_token_is_told_why() {
        for message in [
            "n,,\x01\x01",
            "n,a=ann,\x01auth=\x01\x01",
            "n,,\x01auth=Bearer \x01\x01",
            "n,,\x01auth=Basic eA==\x01\x01",
            "n,,\x01auth=Bearer a b\x01\x01",
        ] {
            let mut server = OAuthServer::bearer(TokenRefusal::default());
            let step = server.step(Some(message.as_bytes()));
            let why = br#"{"status":"invalid_token"}"#;
            assert_eq!(step, Ok(ServerStep::Challenge(why.to_vec())), "{message:?}");
            assert_eq!(server.step(Some(b"\x01")), Ok(ServerStep::Refused));
        }
    }

    #[test]
    fn what_is_no_token_message_is_refused() {
        for message in [
            "",
            "\x01",
            "n,,\x01auth=Bearer x\x01",
            "n,,auth=Bearer x\x01\x01",
            "p=tls-exporter,,\x01auth=Bearer x\x01\x01",
            "n,x=y,\x01auth=Bearer x\x01\x01",
            "n,a=x,y,\x01auth=Bearer x\x01\x01",
            "n,,\x01auth=Bearer x\x01auth=Bearer y\x01\x01",
            "n,,\x01port=x\x01auth=Bearer x\x01\x01",
            "n,,\x01=x\x01auth=Bearer x\x01\x01",
            "n,,\x01a-b=x\x01auth=Bearer x\x01\x01",
            "user=ann\x01auth=Bearer x\x01\x01",
        ] {
            let mut server = OAuthServer::bearer(TokenRefusal::default());
            let step = server.step(Some(message.as_bytes()));
            assert_eq!(step, Err(Error::Malformed("OAUTHBEARER")), "{message:?}");
        }
        let mut server = OAuthServer::xoauth2(TokenRefusal::default());
        let step = server.step(Some(b"n,,\x01auth=Bearer x\x01\x01"));
        assert_eq!(step, Err(Error::Malformed("XOAUTH2")));
    }

    #[test]
    fn what_a_message_cannot_carry_is_not_sent() {
        let unusable = |user, token: &str| OAuth::bearer(user, token).err();
        assert_eq!(unusable("a\x01b", "x"), Some(Error::Unusable("the user name")));
        assert_eq!(unusable("a", ""), Some(Error::Unusable("the token")));
        assert_eq!(unusable("a", "x\x01y"), Some(Error::Unusable("the token")));
        assert_eq!(unusable("a", "x y"), Some(Error::Unusable("the token")));
        let mut client = OAuth::bearer("a,b=c", "x").unwrap().to("a\x01b", 1);
        assert_eq!(client.initial().unwrap().expose(), b"n,a=a=2Cb=3Dc,\x01auth=Bearer x\x01\x01");
    }
}
