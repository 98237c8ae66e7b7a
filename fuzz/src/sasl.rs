//! Targets for `mailwire-sasl`: exchanges that somebody edits on their way, and what stands alone.

use mailwire_sasl::{ChannelBinding, Secret, StoredKey, opaque_string, saslprep};
use mailwire_testkit::sasl::{MECHANISMS, check_edits_of};

/// SCRAM with each hash function, with and without channel binding.
pub fn sasl_scram(data: &[u8]) {
    let Some((&mechanism, edits)) = data.split_first() else { return };
    let all: Vec<&str> = MECHANISMS.into_iter().filter(|name| name.starts_with("SCRAM")).collect();
    check_edits_of(all[usize::from(mechanism) % all.len()], edits);
}

/// OAUTHBEARER and XOAUTH2.
pub fn sasl_oauth(data: &[u8]) {
    let Some((&which, edits)) = data.split_first() else { return };
    check_edits_of(if which & 1 == 0 { "OAUTHBEARER" } else { "XOAUTH2" }, edits);
}

/// PLAIN.
pub fn sasl_plain(data: &[u8]) {
    check_edits_of("PLAIN", data);
}

/// LOGIN.
pub fn sasl_login(data: &[u8]) {
    check_edits_of("LOGIN", data);
}

/// CRAM-MD5.
pub fn sasl_cram_md5(data: &[u8]) {
    check_edits_of("CRAM-MD5", data);
}

/// EXTERNAL and ANONYMOUS.
pub fn sasl_external(data: &[u8]) {
    let Some((&which, edits)) = data.split_first() else { return };
    check_edits_of(if which & 1 == 0 { "EXTERNAL" } else { "ANONYMOUS" }, edits);
}

/// What is prepared stays as it is; stored keys are read back; certificates are survived.
///
/// # Panics
///
/// When not.
pub fn sasl_prep(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        if let Ok(once) = saslprep(text) {
            assert_eq!(saslprep(&once).as_ref(), Ok(&once));
        }
        if let Ok(once) = opaque_string(text) {
            assert_eq!(opaque_string(&once).as_ref(), Ok(&once));
        }
    }
    if let Ok(key) = StoredKey::decode(&Secret::new(data)) {
        assert_eq!(StoredKey::decode(&key.encode()), Ok(key));
    }
    let _ = ChannelBinding::tls_server_end_point(data);
}
