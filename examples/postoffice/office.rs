//! What all sessions share: users, their mail, the certificate.

use crate::options::{Account, Options};
use crate::relay::Relay;
use examples::Trace;
use examples::maildir::Maildir;
use examples::tls::{self, Tls, random_word};
use mailwire_core::{Misuse, Text};
use mailwire_sasl::profile::{ServerAuthentication, ServerProfile, Verdict};
use mailwire_sasl::{
    ChannelBinding, Credential, Credentials, HashFunction, Identity, Lookup, Secret, Setup,
    StoredKey, Wanted,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The largest message that is taken, in octets.
pub(crate) const MAX_MESSAGE: u64 = 128 << 20;
/// How long one who gave a wrong password waits for the next answer.
pub(crate) const PENALTY: Duration = Duration::from_millis(300);
/// How much of a message is read from disk and sent at once.
pub(crate) const PIECE: usize = 64 * 1024;

/// What all sessions share.
#[derive(Debug)]
pub(crate) struct Office {
    pub(crate) domain: String,
    pub(crate) users: BTreeMap<String, Arc<User>>,
    pub(crate) tls: Tls,
    pub(crate) data: PathBuf,
    /// How many octets each user may keep, if that is limited.
    pub(crate) quota: Option<u64>,
    /// How often a client is told how far a long command has come.
    pub(crate) progress: Duration,
    /// What takes mail for other domains, if anything does.
    pub(crate) relay: Option<Arc<Relay>>,
    /// By token.
    tokens: Vec<(Secret, Arc<User>)>,
    /// What the salts of users are made of, also of those that do not exist.
    secret: Secret,
    trace: bool,
    sessions: AtomicU64,
}

/// Someone who has mail here.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) account: Account,
    /// What SCRAM needs: for each hash function.
    keys: Vec<StoredKey>,
    pub(crate) mail: Maildir,
}

/// What an event of an exchange came to.
pub(crate) enum Login {
    /// It is none.
    NotMine,
    /// It was answered; more is to come, or the client gave up.
    Going,
    /// It was answered with a no.
    Failed,
    /// The client is this user. A yes is due.
    User(Arc<User>),
}

/// As many as everybody's password is salted with.
const ITERATIONS: u32 = 4096;

impl Office {
    /// Opens the folder, making what is not there.
    pub(crate) fn open(options: &Options, relay: Option<Arc<Relay>>) -> io::Result<Self> {
        let data = std::path::absolute(&options.data)?;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&data)?;
        for inner in ["mail", "tls"] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(data.join(inner))?;
        }
        // The folder may lie in a checkout of the project.
        tls::write_private(&data.join(".gitignore"), b"*\n")?;
        let accounts =
            if options.users.is_empty() { kept_accounts(&data)? } else { options.users.clone() };
        let secret = kept_secret(&data)?;
        let mut users = BTreeMap::new();
        for account in accounts {
            let mail = Maildir::open(&data.join("mail").join(&account.name))?;
            let keys = keys(&secret, &account);
            users.insert(account.name.clone(), Arc::new(User { account, keys, mail }));
        }
        let mut tokens = Vec::new();
        for token in &options.tokens {
            let user = users.get(&token.name).ok_or_else(|| {
                io::Error::other(format!("a token for {}, who is no user", token.name))
            })?;
            tokens.push((Secret::from(token.password.as_str()), Arc::clone(user)));
        }
        let tls = tls::load_or_make(&data.join("tls"), &options.domain)?;
        let domain = options.domain.clone();
        let (trace, sessions) = (options.trace, AtomicU64::new(0));
        let (quota, progress) = (options.quota, Duration::from_secs(options.progress));
        Ok(Self {
            domain,
            users,
            tls,
            data,
            quota,
            progress,
            relay,
            tokens,
            secret,
            trace,
            sessions,
        })
    }

    /// Whether so many octets more are too many for a user, when so many are freed.
    pub(crate) fn is_over_quota(&self, user: &User, octets: u64, freed: u64) -> io::Result<bool> {
        let Some(limit) = self.quota else { return Ok(false) };
        Ok(user.mail.usage()?.octets.saturating_sub(freed).saturating_add(octets) > limit)
    }

    /// The user of that name, alone or with our domain, if the password is right.
    pub(crate) fn login(&self, name: &[u8], password: &[u8]) -> Option<Arc<User>> {
        let user = self.named(std::str::from_utf8(name).ok()?)?;
        same(user.account.password.as_bytes(), password).then(|| user.clone())
    }

    /// The user of a name whose password gives this digest with the timestamp.
    pub(crate) fn apop(&self, name: &[u8], digest: &str, timestamp: &str) -> Option<Arc<User>> {
        let user = self.named(std::str::from_utf8(name).ok()?)?;
        let password = user.account.password.as_str().into();
        mailwire_sasl::is_apop(digest, timestamp, &password).then(|| user.clone())
    }

    /// What no connection ever had before, for APOP.
    pub(crate) fn timestamp(&self) -> io::Result<Text<'static>> {
        let word = random_word(20)?;
        Ok(Text::lossy(format!("<{word}@{}>", self.domain)))
    }

    /// Answers what belongs to an exchange, but for the yes of the protocol.
    pub(crate) fn authenticate<P: ServerProfile>(
        &self,
        exchange: &mut ServerAuthentication,
        conn: &mut P,
        event: &P::Event<'_>,
        bindings: &[ChannelBinding],
    ) -> Result<Login, Misuse> {
        let make = |name: &str| self.exchange(name, bindings);
        let mut verdict = exchange.see_with(conn, event, make)?;
        if let Verdict::Lookup(lookup) = &verdict {
            verdict = exchange.provide(conn, self.credential(lookup))?;
        }
        let user = match &verdict {
            Verdict::NotMine => return Ok(Login::NotMine),
            Verdict::Due(credentials) => self.verify(credentials),
            Verdict::Proved(identity) => self.proved(identity),
            Verdict::Failed => return Ok(Login::Failed),
            _ => return Ok(Login::Going),
        };
        let Some(user) = user else {
            exchange.refuse(conn)?;
            return Ok(Login::Failed);
        };
        Ok(Login::User(user))
    }

    /// The user whom these credentials prove. Nobody acts for anybody else here.
    fn verify(&self, credentials: &Credentials) -> Option<Arc<User>> {
        match credentials {
            Credentials::Password { authzid, user, password } => {
                let proved = self.login(user.as_bytes(), password.expose())?;
                let same = authzid.as_ref().is_none_or(|other| other == user);
                same.then_some(proved)
            }
            Credentials::Token { user, token, .. } => {
                let mut known = self.tokens.iter();
                let (_, owner) = known.find(|(known, _)| same(known.expose(), token.expose()))?;
                let claimed = user.as_ref().map(|user| self.named(user));
                let same = claimed.is_none_or(|it| it.is_some_and(|it| Arc::ptr_eq(it, owner)));
                same.then(|| owner.clone())
            }
            _ => None,
        }
    }

    /// The user that proved to be one. Nobody acts for anybody else here.
    fn proved(&self, identity: &Identity) -> Option<Arc<User>> {
        let same = identity.authzid.as_ref().is_none_or(|other| *other == identity.user);
        self.named(&identity.user).filter(|_| same).cloned()
    }

    /// What is known of a user that says its name.
    fn credential(&self, lookup: &Lookup) -> Credential {
        let Some(user) = self.named(&lookup.user) else { return Credential::Unknown };
        match lookup.wanted {
            Wanted::Password => Credential::Password(user.account.password.as_str().into()),
            Wanted::ScramKey(hash) => {
                let key = user.keys.iter().find(|key| key.hash() == hash);
                key.map_or(Credential::Unknown, |key| Credential::Scram(key.clone()))
            }
            _ => Credential::Unknown,
        }
    }

    /// An exchange by that mechanism, over a connection with these bindings.
    fn exchange(
        &self,
        mechanism: &str,
        bindings: &[ChannelBinding],
    ) -> Option<Box<dyn mailwire_sasl::Server + Send>> {
        let setup = Setup {
            random: tls::random().ok()?,
            domain: self.domain.clone(),
            secret: self.secret.clone(),
            iterations: ITERATIONS,
            bindings: bindings.to_vec(),
            ..Setup::default()
        };
        setup.server(mechanism)
    }

    /// The mechanisms that are offered, the best first.
    pub(crate) fn mechanisms(&self) -> Vec<&'static str> {
        // What they are bound to does not matter here; over TLS there is something.
        let bindings = vec![ChannelBinding::tls_exporter([0; 32])];
        let mut names = Setup { bindings, ..Setup::default() }.mechanisms();
        let token = |name: &str| matches!(name, "OAUTHBEARER" | "XOAUTH2");
        names.retain(|name| !matches!(*name, "EXTERNAL" | "ANONYMOUS"));
        names.retain(|name| !token(name) || !self.tokens.is_empty());
        names
    }

    /// The user of that name, alone or with our domain.
    fn named(&self, name: &str) -> Option<&Arc<User>> {
        match name.rsplit_once('@') {
            Some((local, domain)) if domain.eq_ignore_ascii_case(&self.domain) => self.local(local),
            Some(_) => None,
            None => self.local(name),
        }
    }

    /// The user of that local part; case does not matter.
    pub(crate) fn local(&self, local: &str) -> Option<&Arc<User>> {
        self.users.get(&local.to_ascii_lowercase())
    }

    /// A trace for a new session, if conversations are to be printed.
    pub(crate) fn trace(&self, service: &str) -> Option<Trace> {
        let n = self.sessions.fetch_add(1, Ordering::Relaxed);
        self.trace.then(|| Trace::new(format!("{service}#{n}"), false))
    }
}

/// Alice and bob, whose passwords are made once and kept.
fn kept_accounts(data: &Path) -> io::Result<Vec<Account>> {
    let path = data.join("users");
    match fs::read_to_string(&path) {
        Ok(text) => {
            let accounts = text.lines().map(str::parse).collect::<Result<Vec<Account>, _>>();
            return accounts
                .map_err(|what| io::Error::other(format!("{}: {what}", path.display())));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut accounts = Vec::new();
    let mut text = String::new();
    for name in ["alice", "bob"] {
        let password = tls::random_word(12)?;
        text.push_str(&format!("{name}:{password}\n"));
        accounts.push(Account { name: name.into(), password });
    }
    tls::write_private(&path, text.as_bytes())?;
    Ok(accounts)
}

/// What SCRAM needs of a user; nothing, if the password is not fit for it.
fn keys(secret: &Secret, account: &Account) -> Vec<StoredKey> {
    let mut salt = Sha256::new();
    salt.update(secret.expose());
    salt.update(account.name.as_bytes());
    let salt = salt.finalize();
    let salt = salt.get(..16).unwrap_or_default();
    let key = |hash| StoredKey::from_password(hash, &account.password, salt, ITERATIONS).ok();
    HashFunction::ALL.into_iter().filter_map(key).collect()
}

/// Made once and kept.
fn kept_secret(data: &Path) -> io::Result<Secret> {
    let path = data.join("secret");
    match fs::read(&path) {
        Ok(kept) if kept.len() == 32 => return Ok(Secret::new(kept)),
        Ok(_) => return Err(io::Error::other(format!("{}: not 32 octets", path.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let made: [u8; 32] = tls::random()?;
    tls::write_private(&path, &made)?;
    Ok(Secret::new(made))
}

/// Whether they are equal, in a time that tells nothing of where they differ.
fn same(right: &[u8], given: &[u8]) -> bool {
    let differ = right.iter().zip(given).fold(0, |differ, (a, b)| differ | (a ^ b));
    right.len() == given.len() && differ == 0
}
