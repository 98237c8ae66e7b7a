//! What all sessions share: users, their mail, the certificate.

use crate::options::{Account, Options};
use examples::Trace;
use examples::maildir::Maildir;
use examples::tls::{self, Tls};
use mailwire_sasl::Credentials;
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
    trace: bool,
    sessions: AtomicU64,
}

/// Someone who has mail here.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) account: Account,
    pub(crate) mail: Maildir,
}

impl Office {
    /// Opens the folder, making what is not there.
    pub(crate) fn open(options: &Options) -> io::Result<Self> {
        let data = std::path::absolute(&options.data)?;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&data)?;
        for inner in ["mail", "tls"] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(data.join(inner))?;
        }
        // The folder may lie in a checkout of the project.
        tls::write_private(&data.join(".gitignore"), b"*\n")?;
        let accounts =
            if options.users.is_empty() { kept_accounts(&data)? } else { options.users.clone() };
        let mut users = BTreeMap::new();
        for account in accounts {
            let mail = Maildir::open(&data.join("mail").join(&account.name))?;
            users.insert(account.name.clone(), Arc::new(User { account, mail }));
        }
        let tls = tls::load_or_make(&data.join("tls"), &options.domain)?;
        let domain = options.domain.clone();
        let sessions = AtomicU64::new(0);
        Ok(Self { domain, users, tls, data, trace: options.trace, sessions })
    }

    /// The user of that name, alone or with our domain, if the password is right.
    pub(crate) fn login(&self, name: &[u8], password: &[u8]) -> Option<Arc<User>> {
        let name = std::str::from_utf8(name).ok()?;
        let local = match name.rsplit_once('@') {
            Some((local, domain)) if domain.eq_ignore_ascii_case(&self.domain) => local,
            Some(_) => return None,
            None => name,
        };
        let user = self.local(local)?;
        same(user.account.password.as_bytes(), password).then(|| user.clone())
    }

    /// The user whom these credentials prove. Nobody acts for anybody else here.
    pub(crate) fn verify(&self, credentials: &Credentials) -> Option<Arc<User>> {
        let Credentials::Password { authzid, user, password } = credentials else { return None };
        let proved = self.login(user.as_bytes(), password.expose())?;
        let same = authzid.as_ref().is_none_or(|other| other == user);
        same.then_some(proved)
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

/// Whether they are equal, in a time that tells nothing of where they differ.
fn same(right: &[u8], given: &[u8]) -> bool {
    let differ = right.iter().zip(given).fold(0, |differ, (a, b)| differ | (a ^ b));
    right.len() == given.len() && differ == 0
}
