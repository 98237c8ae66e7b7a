//! One file a capability: its types, its grammar, its encoding, its tests.
//!
//! The public types are in [`types`](crate::types).

pub(crate) mod acl;
pub(crate) mod annotate;
pub(crate) mod annotatemore;
pub(crate) mod append;
pub(crate) mod binary;
pub(crate) mod condstore;
pub(crate) mod convert;
pub(crate) mod converted;
pub(crate) mod esearch;
pub(crate) mod gmail;
pub(crate) mod id;
pub(crate) mod language;
pub(crate) mod list;
pub(crate) mod metadata;
pub(crate) mod namespace;
pub(crate) mod notify;
pub(crate) mod objectid;
pub(crate) mod push;
pub(crate) mod quota;
pub(crate) mod sort;
pub(crate) mod status;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod thread;
pub(crate) mod uidbatches;
pub(crate) mod url;
pub(crate) mod urlauth;
