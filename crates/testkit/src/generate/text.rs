//! Text that nobody asked for.

use proptest::prelude::*;

/// Anything that a caller may try to put into a command.
pub fn evil() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z\"\\\\@<>.:= \r\n\0-]{0,12}",
        "[a-zA-Z0-9.\"@-]{0,20}",
        "\"[ -~]{0,6}\"@[a-z.]{1,8}",
        "[a-z]{1,5}@\\[[0-9.:]{1,9}\\]",
        "\\PC{0,8}@[a-z\u{e9}]{1,5}",
    ]
}
